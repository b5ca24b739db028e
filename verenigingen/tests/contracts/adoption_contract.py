"""Entries of another app, taken over on the first day, on whatever site: on SQLite and in a bench."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vuurtoren.audit.adoption import adoption
from vuurtoren.audit.adoption.adopted import ADOPTED, WITH_IBAN
from vuurtoren.audit.details.details_box import FIELDS, opened
from vuurtoren.audit.retention.retention import People, erase
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ADOPTED as FOUND
from vuurtoren.audit.seals.findings import ERASED, NOT_ANCHORED
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import export
from vuurtoren.audit.verification.verification import verify
from vuurtoren.site.protocol import Site

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

TREASURER, COMMITTEE = "penning@adopt.example", "kas@adopt.example"
IBAN = "NL91ABNA0417164300"
ROWS = 10
COLUMNS = (
    "name", "owner", "creation", "modified", "modified_by", "event_id", "timestamp", "process_type", "action",
    "compliance_status", "user", "details",
)  # fmt: skip
CHANGES: dict[str, Any] = {
    "details": "{}",
    "action": "other",
    "compliance_status": "Failed",
    "event_time_utc": "2026-01-01T00:00:00.000000Z",
    "timestamp": "2026-01-01 00:00:00.000000",
    "rule_id": None,
    "actor": "other@club.example",
}


def event(number: int) -> str:
    return f"audit_{1764000000000 + number}_{10000 + number}"


class AdoptionContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; nothing is in the log, nothing was sealed.

    There are two people: `TREASURER` without a role, and `COMMITTEE` who may confirm.
    """

    site: Site

    def insert(self, row: dict[str, str]) -> None:
        """By plain SQL, past all of our code."""
        raise NotImplementedError

    def set_past_everything(self, name: str, column: str, value: Any) -> None:
        """What somebody with the database account does who takes the guard away first."""
        raise NotImplementedError

    def is_kept(self, name: str) -> None:
        """The database refuses to change this entry."""
        raise NotImplementedError

    def take_over(self) -> None:
        """As it happens by itself."""
        raise NotImplementedError

    def command(self, by: str) -> str:
        """What `audit adopt --by …` says."""
        raise NotImplementedError

    def first_day(self) -> None:
        """Ten entries of the other app, the first with an IBAN in clear."""
        append_only_guard.install(self.site)
        for number in range(ROWS):
            moment = str(self.site.now().replace(microsecond=0) - timedelta(days=60 - number))
            values = (
                event(number), "Administrator", moment, moment, "Administrator", event(number), moment,
                "Batch Generation", "<b>batch</b> validated", "Compliant", TREASURER,
                '{"batch_name": "BATCH-1", "total": 12.50}' if number else f'{{"iban": "{IBAN}"}}',
            )  # fmt: skip
            self.insert(dict(zip(COLUMNS, values, strict=True)))
        self.site.commit()

    def found(self) -> list[tuple[str, ...]]:
        fields = [*dict.fromkeys([*COLUMNS, *FIELDS])]
        about = {"process_type": "Batch Generation"}
        rows = opened(self.site, self.site.get_all(LOG, fields, about, order_by="name"))
        return [tuple(str(row[column]) for column in COLUMNS) for row in rows]

    def kinds(self) -> set[str]:
        return {finding.kind for finding in verify(self.site).findings}

    def test_they_stay_to_the_letter_are_marked_once_and_nobody_is_accused(self) -> None:
        self.first_day()
        before = self.found()
        for _ in range(2):
            self.take_over()
            self.assertEqual(self.kinds(), {FOUND, NOT_ANCHORED})
            self.assertEqual(self.found(), before)
            rules = Counter(row["rule_id"] or "" for row in self.site.get_all(LOG, ["rule_id"]))
            self.assertEqual(rules, {ADOPTED: ROWS - 1, WITH_IBAN: 1, "": 1})
        said = verify(self.site).of(FOUND)[0].explanation
        self.assertTrue(said.startswith(f"{ROWS} entries were there before the trail"), said)
        told = adoption.last(self.site)
        assert told
        self.assertEqual((told.adopted, told.with_ibans, told.confirmed_by), (ROWS, 1, ""))

    def test_from_then_on_the_database_refuses_and_every_change_is_found(self) -> None:
        self.first_day()
        self.take_over()
        self.is_kept(event(1))
        for number, (column, value) in enumerate(CHANGES.items(), 1):
            self.set_past_everything(event(number), column, value)
            found = {finding.event for finding in verify(self.site).findings if finding.tampering}
            self.assertIn(event(number), found, column)

    def test_an_iban_in_clear_is_named_by_its_entry_and_erased_by_two_people(self) -> None:
        self.first_day()
        self.take_over()
        self.assertEqual(adoption.events_with_ibans(self.site), [event(0)])
        erase(self.site, event(0), "GDPR article 17", People(TREASURER, COMMITTEE))
        self.assertEqual(adoption.with_ibans(self.site), 0)
        self.assertEqual(self.kinds(), {FOUND, ERASED, NOT_ANCHORED})
        with tempfile.TemporaryDirectory() as folder:
            made = export(self.site, Path(folder) / "export")
            key = load_public_keys(self.site)[0].text
            self.assertIn(verify_sepa_audit.main([str(made), "--key", key]), (0, 2))
            self.assertNotIn(IBAN, (made / "events.jsonl").read_text("utf-8"))

    def test_the_command_takes_them_over_by_name_once(self) -> None:
        self.first_day()
        said = self.command(COMMITTEE)
        for part in (f"{ROWS} entries were taken over", f"confirmed by {COMMITTEE}", event(0)):
            self.assertIn(part, said)
        self.assertNotIn(IBAN, said)
        self.command(COMMITTEE)
        self.assertEqual(self.kinds(), {FOUND, NOT_ANCHORED})
        self.assertEqual(self.site.count(LOG, {"action": adoption.CONFIRMED}), 1)
