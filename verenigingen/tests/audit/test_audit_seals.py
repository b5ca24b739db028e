"""The seals of the audit trail on a real database: exact bytes through its driver, refusals, and findings."""

from __future__ import annotations

import random
import tempfile
import unittest
from functools import partial
from pathlib import Path
from typing import Any

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import export
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.frappe_adapter.site import FrappeSite

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


class SealTest(SiteTest):
    """The site's log may hold other rows; they are sealed with ours, and all seals are thrown away again."""

    def setUp(self) -> None:
        super().setUp()
        self._clear()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        names = [row["name"] for row in self._mine(["name"])]
        with self.site.lift_guard(GUARD, names):
            frappe.db.delete(LOG, {"name": ("in", names or ["-"])})
        for doctype in (LEAF, CHECKPOINT):
            frappe.db.delete(doctype)
        frappe.db.commit()

    def _mine(self, fields: list[str]) -> list[dict[str, Any]]:
        rows = self.site.get_all(LOG, ["event_id", *fields])
        return [row for row in rows if str(row["event_id"]).startswith(PREFIX)]

    def write(self, count: int, start: int = 0) -> None:
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
                event_id=f"{PREFIX}{number}",
                outcome=outcome | {"currency": "EUR" if number % 2 else None, "iban_masked": "NL91****4300"},
            )
        frappe.db.commit()

    def anchors(self) -> list[Anchor]:
        rows = self.site.get_all(CHECKPOINT, ["note"], order_by="sequence")
        return [Anchor.from_note(row["note"]) for row in rows]

    def set_past_everything(self, event: str, column: str, value: Any) -> None:
        """What somebody with the database account does who takes the guard away first."""
        (row,) = self.site.get_all(LOG, ["name"], {"event_id": event})
        with self.site.lift_guard(GUARD, [row["name"]]):
            table = frappe.qb.DocType(LOG)
            frappe.qb.update(table).set(table[column], value).where(table.name == row["name"]).run()
        frappe.db.commit()


class TestSealing(SealTest):
    def test_every_text_survives_the_database_with_its_bytes(self) -> None:
        self.write(2 * len(HARD_TEXTS))
        self.assertEqual(len(self._mine([])), 2 * len(HARD_TEXTS))
        done = seal(self.site)
        self.assertEqual([event for event in done.flagged if event.startswith(PREFIX)], [])
        result = verify(self.site, anchors=self.anchors())
        self.assertEqual([str(finding) for finding in result.findings if PREFIX in str(finding)], [])
        self.assertGreaterEqual(result.tree_size, 2 * len(HARD_TEXTS))

    def test_random_texts_survive_the_database_with_their_bytes(self) -> None:
        chance = random.Random(5)
        for number in range(150):
            length = chance.randrange(0, 140)
            points = (chance.choice((0x7F, 0x2FF, 0xD7FF, 0x1F6FF)) for _ in range(length))
            text = "".join(chr(chance.randrange(point)) for point in points)
            record(
                self.site, "Bank Submission", "", "", text or "x", "Compliant", {"text": text, "n": number},
                event_id=f"{PREFIX}{number}", outcome={"batch": text, "outcome_code": text[::-1]},
            )  # fmt: skip
        frappe.db.commit()
        self.assertEqual(len(self._mine([])), 150)
        self.assertEqual([event for event in seal(self.site).flagged if event.startswith(PREFIX)], [])

    def test_a_document_that_other_code_inserts_is_sealed_as_it_is_stored(self) -> None:
        values = {"event_id": f"{PREFIX}x", "action": "  <b>made</b> ", "process_type": "Reconciliation"}
        frappe.get_doc({"doctype": LOG, **values}).insert(ignore_permissions=True)
        frappe.db.commit()
        self.assertNotIn(f"{PREFIX}x", seal(self.site).flagged)

    def test_an_event_is_sealed_once(self) -> None:
        self.write(3)
        seal(self.site)
        self.assertEqual(seal(self.site).sealed, 0)

    def test_a_second_sealer_with_an_old_view_is_refused_whole(self) -> None:
        self.write(3)
        seal(self.site)
        size = self.site.count(LEAF)
        self.write(1, start=3)
        row = {"name": f"{size:012d}", "position": size, "event": f"{PREFIX}other", "leaf": "ab" * 32}
        self.site.insert_many(LEAF, [row])
        frappe.db.commit()
        self.assertTrue(seal(self.site).overtaken)
        self.assertEqual(self.site.count(CHECKPOINT, {"tree_size": (">", size)}), 0)


class TestFindings(SealTest):
    def test_a_change_past_the_guard_is_found_and_named(self) -> None:
        self.write(8)
        seal(self.site)
        changes = {
            "action": "forged",
            "amount_cents": 9999,
            "details": "{}",
            "timestamp": "2020-01-01 00:00:00",
            "user": "Guest",
            "owner": "Guest",
            "creation": "2020-01-01 00:00:00",
            "docstatus": 1,
        }
        for number, (column, value) in enumerate(changes.items()):
            self.set_past_everything(f"{PREFIX}{number}", column, value)
        found = {
            finding.event: finding.kind for finding in verify(self.site, anchors=self.anchors()).findings
        }
        for number in range(8):
            self.assertEqual(found.get(f"{PREFIX}{number}"), "row changed", number)

    def test_a_trailing_space_and_another_case_are_found_where_the_database_sees_none(self) -> None:
        self.write(2)
        seal(self.site)
        for number, change in enumerate((lambda text: text + " ", str.upper)):
            (row,) = self.site.get_all(LOG, ["entity_name"], {"event_id": f"{PREFIX}{number}"})
            self.set_past_everything(f"{PREFIX}{number}", "entity_name", change(row["entity_name"]))
        result = verify(self.site, anchors=self.anchors())
        self.assertEqual(
            {finding.event for finding in result.of("row changed")}, {f"{PREFIX}0", f"{PREFIX}1"}
        )

    def test_a_deleted_row_is_found(self) -> None:
        self.write(2)
        seal(self.site)
        (row,) = self.site.get_all(LOG, ["name"], {"event_id": f"{PREFIX}1"})
        with self.site.lift_guard(GUARD, [row["name"]]):
            frappe.db.delete(LOG, {"name": row["name"]})
        frappe.db.commit()
        found = verify(self.site, anchors=self.anchors()).of("row missing")
        self.assertEqual([finding.event for finding in found], [f"{PREFIX}1"])

    def test_an_export_is_proved_without_the_site(self) -> None:
        self.write(5)
        seal(self.site)
        whole = verify(self.site, anchors=self.anchors()).exit_code
        with tempfile.TemporaryDirectory() as folder:
            made = export(self.site, Path(folder) / "export")
            key = load_public_keys(self.site)[0].text
            self.assertEqual(verify_sepa_audit.main([str(made), "--key", key]), whole)

    def test_a_rename_of_the_document_is_told_and_is_no_tampering(self) -> None:
        self.write(1)
        seal(self.site)
        table = frappe.qb.DocType(LOG)
        frappe.qb.update(table).set(table.reference_name, "NEW").where(table.event_id == f"{PREFIX}0").run()
        found = [f.kind for f in verify(self.site).findings if f.event == f"{PREFIX}0"]
        self.assertEqual(found, ["renamed"])


class TestRefusal(SealTest):
    def test_leaves_and_checkpoints_are_append_only_for_everybody(self) -> None:
        self.write(1)
        seal(self.site)
        for doctype in (LEAF, CHECKPOINT):
            with self.subTest(doctype=doctype):
                document = frappe.get_last_doc(doctype)
                for change in (
                    partial(document.save, ignore_permissions=True),
                    partial(document.db_set, "owner", "x"),
                    partial(document.delete, ignore_permissions=True, force=True),
                    partial(frappe.rename_doc, doctype, document.name, "other", force=True),
                    frappe.copy_doc(document).insert,
                ):
                    with self.assertRaises((frappe.PermissionError, frappe.ValidationError)):
                        change()
                    frappe.db.rollback()

    def test_nobody_may_write_leaves_or_checkpoints_by_permission(self) -> None:
        for doctype in (LEAF, CHECKPOINT):
            for permission in frappe.get_meta(doctype).permissions:
                granted = {name for name in ("create", "write", "delete", "import") if permission.get(name)}
                self.assertEqual(granted, set(), f"{doctype} {permission.role}")


class TestTimes(unittest.TestCase):
    def test_the_sealed_time_is_utc(self) -> None:
        site = FrappeSite()
        moment = canonical.utc_time(canonical.utc_text(site.now_utc()))
        self.assertEqual(site.to_utc(site.from_utc(moment)), moment)
