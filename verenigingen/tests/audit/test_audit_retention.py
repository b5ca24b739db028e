"""Prune and erase in a bench, as typed: two people, an archive, and a trail that still verifies."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import frappe

from verenigingen.tests.support.support import SiteTest, bench
from verenigingen.tests.support.visitor import make_user
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.retention.book_years import keep_from
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ERASED, PRUNED
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.verification import verify

TREASURER, COMMITTEE = "penning@keep.example", "kas@keep.example"
PREFIX = "keep-test-"
OLD, NEW = 3, 2


class TestRetention(SiteTest):
    """On a trail of its own: whatever the site's log held is taken away first."""

    def setUp(self) -> None:
        super().setUp()
        self.empty()
        self.addCleanup(self.empty)
        make_user(TREASURER, "Inbox User")
        make_user(COMMITTEE, "Kascommissie")
        append_only_guard.install(self.site)
        for number in range(OLD + NEW):
            self.write(number, datetime(2012, 5, 1 + number) if number < OLD else None)
        seal(self.site)

    def empty(self) -> None:
        frappe.db.rollback()
        names = frappe.get_all(LOG, pluck="name")
        with self.site.lift_guard(append_only_guard.GUARD, names):
            frappe.db.delete(LOG, {"name": ("in", names or ["-"])})
        for doctype in (LEAF, CHECKPOINT, ANCHOR):
            frappe.db.delete(doctype)
        for user in (TREASURER, COMMITTEE):
            frappe.db.delete("Has Role", {"parent": user})
            frappe.db.delete("User", {"name": user})
        frappe.db.commit()

    def write(self, number: int, moment: datetime | None) -> None:
        when = {"timestamp": moment} if moment else {}
        details = {"note": f"caf\u00e9 {number}"}
        record(
            self.site, "Bank Submission", "Note", f"keep-{number}", "sent", "Compliant", details,
            event_id=f"{PREFIX}{number}", outcome=when,
        )  # fmt: skip
        frappe.db.commit()

    def audit(self, *arguments: str) -> str:
        people = ("--requested-by", TREASURER, "--confirmed-by", COMMITTEE)
        done = bench("monitoring", "audit", *arguments, *people)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-2000:])
        frappe.db.rollback()
        return done.stdout

    def present(self) -> list[str]:
        rows = frappe.get_all(
            LOG, {"event_id": ("like", f"{PREFIX}%")}, pluck="event_id", order_by="event_id"
        )
        return [event.removeprefix(PREFIX) for event in rows]

    def test_what_is_pruned_is_in_the_archive_and_the_rest_is_guarded_and_verifies(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "archive")
            before = keep_from(self.site, 7).isoformat()
            self.audit("prune", "--before", before, "--archive", str(archive))
            self.assertEqual(self.present(), ["3", "4"])
            result = verify(self.site)
            self.assertFalse(result.tampered, result.findings)
            self.assertEqual([finding.kind for finding in result.of(PRUNED)], [PRUNED])
            (made,) = [path.parent for path in archive.rglob("manifest.json")]
            key = load_public_keys(self.site)[0].text
            self.assertIn(verify_sepa_audit.main([str(made), "--key", key]), (0, 2))
            held = "".join(path.read_text("utf-8") for path in made.glob("*.jsonl"))
            for number in range(OLD + NEW):
                self.assertIn(f"{PREFIX}{number}", held)
        self.assertEqual(append_only_guard.missing(self.site), "")
        with self.assertRaises(Exception):  # noqa: B017 - each database has a class of its own for it
            frappe.db.delete(LOG, {"event_id": f"{PREFIX}4"})
        frappe.db.rollback()

    def test_what_is_erased_is_gone_for_good_and_said(self) -> None:
        self.audit("erase", f"{PREFIX}4", "--basis", "GDPR article 17, a test")
        row = frappe.db.get_value(
            LOG, {"event_id": f"{PREFIX}4"}, ["details", "details_salt", "details_commit"], as_dict=True
        )
        self.assertIsNone(row.details)
        self.assertIsNone(row.details_salt)
        self.assertEqual(len(row.details_commit), 64)
        result = verify(self.site)
        self.assertFalse(result.tampered, result.findings)
        self.assertEqual([finding.event for finding in result.of(ERASED)], [f"{PREFIX}4"])
        told = frappe.get_all(LOG, {"action": "details_erased"}, ["actor", "entity_name"])
        self.assertEqual([(row.actor, row.entity_name) for row in told], [(COMMITTEE, f"User/{TREASURER}")])

    def test_a_trail_is_exported_and_verified_with_a_kept_checkpoint_as_typed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = bench("monitoring", "audit", "export", str(Path(folder, "out")))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-2000:])
            kept = Path(folder, "out", "checkpoint.txt")
            done = bench("monitoring", "audit", "verify", "--checkpoint", str(kept))
            self.assertIn(done.returncode, (0, 2), done.stdout + done.stderr[-2000:])
            self.assertIn("1 anchors", done.stdout)

    def test_one_person_alone_is_refused_and_nothing_goes(self) -> None:
        done = bench(
            "monitoring", "audit", "erase", f"{PREFIX}4", "--basis", "x",
            "--requested-by", COMMITTEE, "--confirmed-by", COMMITTEE,
        )  # fmt: skip
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIsNotNone(frappe.db.get_value(LOG, {"event_id": f"{PREFIX}4"}, "details"))
