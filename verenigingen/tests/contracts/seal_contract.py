"""The seals of the audit trail on a real database: one suite, by pytest on SQLite and inside a bench."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import Sealing, seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import export
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.site.protocol import Site

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

PREFIX = "seal-test-"
HARD_TEXTS = (
    "caf\u00e9 \U0001f600 \u202e\u0301",
    "cafe\u0301",
    "  spaces at both ends  ",
    "tab\tline\nreturn\rend",
    "back\\slash 'single' \"double\" `tick` %s %(x)s {0}",
    "<b>markup</b> &amp; <script>alert(1)</script>",
    "nul\x00 and \x7f and \x1b",
    "\u0130stanbul STRASSE stra\u00dfe",
    "9" * 30,
    "null",
    "",
    "x" * 20_000,
)
CHANGES: dict[str, Any] = {
    "action": "forged",
    "compliance_status": "Failed",
    "amount_cents": 9999,
    "details": "{}",
    "timestamp": "2020-01-01 00:00:00",
    "user": "Guest",
    "owner": "Guest",
    "creation": "2020-01-01 00:00:00",
    "docstatus": 1,
    "row_mac": "0" * 64,
}


def is_mine(event: object) -> bool:
    return str(event).startswith(PREFIX)


class SealContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; nothing is sealed yet.

    The log may hold entries of others: those of the suite bear `PREFIX`, and the others are left as they are.
    """

    site: Site

    def set_past_everything(self, doctype: str, name: str, column: str, value: Any) -> None:
        """What somebody with the database account does who takes the guard away first; commits."""
        raise NotImplementedError

    def delete_past_everything(self, doctype: str, name: str) -> None:
        raise NotImplementedError

    def event(self, number: int) -> str:
        return f"{PREFIX}{number}"

    def write(self, count: int, start: int = 0) -> None:
        """So many events, each with another hard text in all of its fields."""
        for number in range(start, start + count):
            text = HARD_TEXTS[number % len(HARD_TEXTS)]
            outcome = {
                "batch": text[:100],
                "mandate": f"M-{number}",
                "amount_cents": number,
                "rule_id": text[:50],
            }
            record(
                self.site,
                "Bank Submission",
                "SEPA Mandate",
                f"M-{number} {text[:30]}",
                f"step {text[:80]}",
                "Compliant",
                {"text": text, text[:20]: number, "amount": 1.25, "large": 10**18},
                event_id=self.event(number),
                outcome=outcome | {"currency": "EUR" if number % 2 else None, "iban_masked": "NL91****4300"},
            )
        self.site.commit()

    def sealed(self, count: int) -> None:
        self.write(count)
        seal(self.site)

    def name(self, number: int) -> str:
        (row,) = self.site.get_all(LOG, ["name"], {"event_id": self.event(number)})
        return str(row["name"])

    def leaf(self, number: int) -> dict[str, Any]:
        (row,) = self.site.get_all(LEAF, ["name", "position", "leaf"], {"event": self.event(number)})
        return row

    def mine(self) -> list[str]:
        """The names of our entries."""
        rows = self.site.get_all(LOG, ["name", "event_id"])
        return [str(row["name"]) for row in rows if is_mine(row["event_id"])]

    def flagged(self, done: Sealing) -> list[str]:
        return [event for event in done.flagged if is_mine(event)]

    def anchors(self) -> list[Anchor]:
        rows = self.site.get_all(CHECKPOINT, ["note"], order_by="sequence")
        return [Anchor.from_note(row["note"]) for row in rows]

    def found(self) -> list[tuple[str, str]]:
        """What the verification says of our events: (kind, event)."""
        findings = verify(self.site, anchors=self.anchors()).findings
        return [(each.kind, each.event) for each in findings if is_mine(each.event)]

    def test_every_text_survives_the_database_with_its_bytes(self) -> None:
        count = 2 * len(HARD_TEXTS)
        self.write(count)
        self.assertEqual(self.flagged(seal(self.site)), [])
        self.assertEqual(self.found(), [])
        self.assertGreaterEqual(verify(self.site).tree_size, count)

    def test_random_texts_survive_the_database_with_their_bytes(self) -> None:
        chance = random.Random(5)
        for number in range(150):
            length = chance.randrange(0, 140)
            points = (chance.choice((0x7F, 0x2FF, 0xD7FF, 0x1F6FF)) for _ in range(length))
            text = "".join(chr(chance.randrange(point)) for point in points)
            record(
                self.site, "Bank Submission", "", "", text or "x", "Compliant", {"text": text, "n": number},
                event_id=self.event(number), outcome={"batch": text, "outcome_code": text[::-1]},
            )  # fmt: skip
        self.site.commit()
        self.assertEqual(len(self.mine()), 150)
        self.assertEqual(self.flagged(seal(self.site)), [])

    def test_an_event_is_sealed_once_in_its_order(self) -> None:
        for count, start in ((3, 0), (2, 3)):
            self.write(count, start)
            self.assertGreaterEqual(seal(self.site).sealed, count)
            self.assertEqual(seal(self.site).sealed, 0)
        leaves = self.site.get_all(LEAF, ["event"], order_by="position")
        ours = [row["event"] for row in leaves if is_mine(row["event"])]
        self.assertEqual(ours, [self.event(number) for number in range(5)])

    def test_what_was_rolled_back_is_not_sealed(self) -> None:
        self.write(1)
        record(self.site, "Bank Submission", "", "", "x", "Compliant", {}, event_id=self.event(1))
        self.site.rollback()
        seal(self.site)
        self.assertEqual(self.site.count(LEAF, {"event": ("in", [self.event(0), self.event(1)])}), 1)

    def test_a_second_sealer_with_an_old_view_is_refused_whole(self) -> None:
        self.sealed(3)
        size = self.site.count(LEAF)
        self.write(1, start=3)
        row = {"name": f"{size:012d}", "position": size, "event": f"{PREFIX}other", "leaf": "ab" * 32}
        self.site.insert_many(LEAF, [row])
        self.site.commit()
        self.assertTrue(seal(self.site).overtaken)
        self.assertEqual(self.site.count(CHECKPOINT, {"tree_size": (">", size)}), 0)

    def test_an_event_that_was_changed_before_it_was_sealed_is_sealed_with_a_flag(self) -> None:
        self.write(3)
        self.set_past_everything(LOG, self.name(1), "action", "forged")
        self.assertEqual(self.flagged(seal(self.site)), [self.event(1)])
        self.assertEqual(self.found(), [("changed before seal", self.event(1))])

    def test_every_change_past_the_guard_is_found_and_names_its_row(self) -> None:
        self.sealed(len(CHANGES))
        for number, (column, value) in enumerate(CHANGES.items()):
            self.set_past_everything(LOG, self.name(number), column, value)
        found = {each.event: each for each in verify(self.site, anchors=self.anchors()).of("row changed")}
        for number, column in enumerate(CHANGES):
            with self.subTest(column=column):
                finding = found[self.event(number)]
                place = (self.leaf(number)["position"], self.name(number))
                self.assertEqual((finding.position, finding.row), place)
                self.assertIn(
                    f"position {place[0]}, event {self.event(number)}, row {place[1]}", str(finding)
                )

    def test_a_trailing_space_and_another_case_are_found_where_the_database_sees_none(self) -> None:
        self.sealed(2)
        for number, change in enumerate((lambda text: text + " ", str.upper)):
            row = self.site.get(LOG, self.name(number)) or {}
            self.set_past_everything(LOG, self.name(number), "entity_name", change(row["entity_name"]))
        changed = [event for kind, event in self.found() if kind == "row changed"]
        self.assertEqual(changed, [self.event(number) for number in range(2)])

    def test_a_deleted_row_is_found(self) -> None:
        self.sealed(2)
        self.delete_past_everything(LOG, self.name(1))
        self.assertEqual(self.found(), [("row missing", self.event(1))])

    def test_a_changed_leaf_is_told_from_a_changed_row(self) -> None:
        self.sealed(2)
        self.set_past_everything(LEAF, self.leaf(1)["name"], "leaf", "ab" * 32)
        self.assertEqual(self.found(), [("leaf changed", self.event(1))])

    def test_a_rename_of_the_document_is_told_and_is_no_tampering(self) -> None:
        self.sealed(1)
        self.set_past_everything(LOG, self.name(0), "reference_name", "NEW")
        self.assertEqual(self.found(), [("renamed", self.event(0))])
        found = verify(self.site).of("renamed")
        self.assertFalse(any(finding.tampering for finding in found))

    def test_an_export_is_proved_without_the_site(self) -> None:
        self.sealed(5)
        whole = verify(self.site, anchors=self.anchors()).exit_code
        with tempfile.TemporaryDirectory() as folder:
            made = export(self.site, Path(folder) / "export")
            key = load_public_keys(self.site)[0].text
            self.assertEqual(verify_sepa_audit.main([str(made), "--key", key]), whole)
