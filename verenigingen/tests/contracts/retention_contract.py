"""Prune, erase and export as they are typed, on whatever site: one suite, by pytest and inside a bench."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.retention.book_years import keep_from
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ERASED, PRUNED
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.verification import MAINTENANCE, verify
from vuurtoren.site.protocol import Site

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

TREASURER, COMMITTEE = "penning@keep.example", "kas@keep.example"
PREFIX = "keep-test-"
OLD, NEW = 3, 2
LAST = f"{PREFIX}{OLD + NEW - 1}"


class RetentionContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; no entry is in the log, the clock is real.

    There are two people: `TREASURER` without a role, and `COMMITTEE` who may confirm.
    """

    site: Site

    def typed(self, *arguments: str) -> tuple[int, str]:
        """The exit code of `audit …` in a process or site of its own, and what it said."""
        raise NotImplementedError

    def is_kept(self, event: str) -> None:
        """The database refuses to delete this event."""
        raise NotImplementedError

    def events(self) -> None:
        """Three of 2012 and two of today, sealed behind the guard."""
        append_only_guard.install(self.site)
        for number in range(OLD + NEW):
            when = {"timestamp": datetime(2012, 5, 1 + number)} if number < OLD else {}
            record(
                self.site, "Bank Submission", "Note", f"keep-{number}", "sent", "Compliant",
                {"note": f"caf\u00e9 {number}"}, event_id=f"{PREFIX}{number}", outcome=when,
            )  # fmt: skip
            self.site.commit()
        seal(self.site)

    def by_two(self, *arguments: str) -> str:
        people = ("--requested-by", TREASURER, "--confirmed-by", COMMITTEE)
        code, said = self.typed(*arguments, *people)
        self.assertEqual(code, 0, said)
        return said

    def present(self) -> list[str]:
        rows = self.site.get_all(LOG, ["event_id"], {"reference_doctype": "Note"}, order_by="event_id")
        return [row["event_id"] for row in rows]

    def test_what_is_pruned_is_in_the_archive_and_the_rest_is_guarded_and_verifies(self) -> None:
        self.events()
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "archive")
            before = keep_from(self.site, 7).isoformat()
            said = self.by_two("prune", "--before", before, "--archive", str(archive))
            self.assertIn(f"Events pruned: {OLD}, all before position {OLD}", said)
            (made,) = [path.parent for path in archive.rglob("manifest.json")]
            key = load_public_keys(self.site)[0].text
            self.assertIn(verify_sepa_audit.main([str(made), "--key", key]), (0, 2))
            lines = (made / "events.jsonl").read_text("utf-8").splitlines()
            held = [json.loads(line)["event_id"] for line in lines]
        self.assertEqual(held[: OLD + NEW], [f"{PREFIX}{number}" for number in range(OLD + NEW)])
        self.assertEqual(self.present(), [f"{PREFIX}{OLD + number}" for number in range(NEW)])
        result = verify(self.site)
        self.assertFalse(result.tampered, result.findings)
        self.assertEqual(len(result.of(PRUNED)), 1)
        self.is_kept(LAST)

    def test_what_is_erased_is_gone_for_good_and_said(self) -> None:
        self.events()
        said = self.by_two("erase", LAST, "--basis", "GDPR article 17, a test")
        self.assertIn(f"the details of event {LAST} are erased; its seal stays", said)
        fields = ["details", "details_salt", "details_commit"]
        (row,) = self.site.get_all(LOG, fields, {"event_id": LAST})
        gone = (row["details"], row["details_salt"], len(row["details_commit"]))
        self.assertEqual(gone, (None, None, 64))
        result = verify(self.site)
        self.assertFalse(result.tampered, result.findings)
        self.assertEqual([finding.event for finding in result.of(ERASED)], [LAST])
        self.is_kept(LAST)
        told = self.site.get_all(LOG, ["action", "actor", "entity_name"], {"process_type": MAINTENANCE})
        self.assertEqual(
            [tuple(entry.values()) for entry in told], [("details_erased", COMMITTEE, f"User/{TREASURER}")]
        )

    def test_a_trail_is_exported_and_verified_with_a_kept_checkpoint(self) -> None:
        self.events()
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out")
            self.assertEqual(self.typed("export", str(out))[0], 0)
            code, said = self.typed("verify", "--checkpoint", str(out / "checkpoint.txt"))
        self.assertIn(code, (0, 2), said)
        self.assertIn("1 anchors", said)

    def test_one_person_alone_is_refused_and_nothing_goes(self) -> None:
        self.events()
        for who in (COMMITTEE, TREASURER):
            people = ("--requested-by", who, "--confirmed-by", who)
            code, said = self.typed("erase", LAST, "--basis", "x", *people)
            self.assertEqual(code, 3, said)
            self.assertIn("whoever asks for it cannot confirm it too", said)
        (row,) = self.site.get_all(LOG, ["details"], {"event_id": LAST})
        self.assertTrue(row["details"])
