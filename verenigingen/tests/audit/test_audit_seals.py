"""The seals of the audit trail on a real database: exact bytes through its driver, refusals, and findings."""

from __future__ import annotations

import unittest
from functools import partial
from typing import Any

import frappe

from verenigingen.tests.contracts.seal_contract import PREFIX, SealContract
from verenigingen.tests.support.support import SiteTest
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.frappe_adapter.site import FrappeSite


class TestSealing(SiteTest, SealContract):
    """The site's log may hold other rows; they are sealed with ours, and all seals are thrown away again."""

    def setUp(self) -> None:
        super().setUp()
        self._clear()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        ours = self.mine()
        with self.site.lift_guard(GUARD, ours):
            frappe.db.delete(LOG, {"name": ("in", ours or ["-"])})
        for doctype in (LEAF, CHECKPOINT):
            frappe.db.delete(doctype)
        frappe.db.commit()

    def set_past_everything(self, doctype: str, name: str, column: str, value: Any) -> None:
        table = frappe.qb.DocType(doctype)
        with self.site.lift_guard(GUARD, [name]):
            frappe.qb.update(table).set(table[column], value).where(table.name == name).run()
        frappe.db.commit()

    def delete_past_everything(self, doctype: str, name: str) -> None:
        with self.site.lift_guard(GUARD, [name]):
            frappe.db.delete(doctype, {"name": name})
        frappe.db.commit()

    def test_a_document_that_other_code_inserts_is_sealed_as_it_is_stored(self) -> None:
        values = {"event_id": f"{PREFIX}x", "action": "  <b>made</b> ", "process_type": "Reconciliation"}
        frappe.get_doc({"doctype": LOG, **values}).insert(ignore_permissions=True)
        frappe.db.commit()
        self.assertNotIn(f"{PREFIX}x", seal(self.site).flagged)

    def test_leaves_and_checkpoints_are_append_only_for_everybody(self) -> None:
        self.sealed(1)
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
