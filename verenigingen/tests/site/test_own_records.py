"""Evidence of the monitor's own doings is nobody's to write: not by form, REST or import, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from verenigingen import install
from verenigingen.tests.support.support import SiteTest

NAME = "own-records-test"
ROWS: dict[str, dict[str, Any]] = {
    "Monitoring Run": {"job": NAME},
    "Alert Rule State": {"fingerprint": NAME, "rule": NAME},
    "Error Kind": {"fingerprint": NAME, "title": NAME},
    "Metric Model": {"series_key": NAME, "metric": NAME},
    "Metric Series": {"series_key": NAME, "metric": NAME},
    "Backup Drill": {"drill_key": NAME, "outcome": "Whole", "started_at": "2026-11-04 10:00:00"},
    "Site Change": {"change_key": NAME, "changed_at": "2026-11-04 10:00:00"},
    "SEPA Finding": {"rule": "M04", "subject_name": NAME, "open_key": NAME},
    "SEPA Return": {"reason_code": "MD01", "return_key": NAME},
    "SEPA Rule State": {"rule": NAME},
    "Alert Notification": {"notification_key": NAME, "event": "opened", "status": "Not wanted"},
    "Alert Delivery": {"delivery_key": NAME, "channel": "desk", "event": "opened", "status": "Due"},
}


class TestOwnRecords(SiteTest):
    def stored(self, doctype: str) -> str:
        fields = {name: value for name, value in ROWS[doctype].items() if self.site.has_field(doctype, name)}
        name = self.site.insert(doctype, fields)
        self.addCleanup(frappe.db.delete, doctype, {"name": name})
        return name

    def refused(self, attempt: Callable[[], Any]) -> None:
        with self.assertRaises(frappe.PermissionError):
            attempt()

    def test_nobody_changes_one_by_form_or_by_rest(self) -> None:
        for doctype in ROWS:
            with self.subTest(doctype=doctype):
                name = self.stored(doctype)
                self.refused(frappe.get_doc(doctype, name).save)
                self.refused(lambda d=doctype, n=name: frappe.get_doc(d, n).save(ignore_permissions=True))
                self.refused(lambda d=doctype, n=name: frappe.get_doc(d, n).db_set("modified_by", "Guest"))
                self.refused(
                    lambda d=doctype, n=name: frappe.client.set_value(d, n, next(iter(ROWS[d])), "x")
                )
                self.refused(lambda d=doctype, n=name: frappe.delete_doc(d, n, force=True))
                self.refused(lambda d=doctype, n=name: frappe.rename_doc(d, n, "another", force=True))
                self.assertTrue(frappe.db.exists(doctype, name))

    def test_nobody_makes_one_by_hand(self) -> None:
        for doctype, fields in ROWS.items():
            with self.subTest(doctype=doctype):
                self.refused(frappe.get_doc({"doctype": doctype, **fields}).insert)

    def test_our_own_code_goes_on_writing(self) -> None:
        for doctype in ROWS:
            with self.subTest(doctype=doctype):
                name = self.stored(doctype)
                self.assertTrue(self.site.update(doctype, name, {"idx": 7}))
                self.assertEqual(self.site.delete(doctype, {"name": name}, limit=1), 1)

    def test_an_uninstall_leaves_no_bell_behind(self) -> None:
        ours, other = (
            self.site.notify_desk(["Administrator"], "own records", "x", doctype, name)[0]
            for doctype, name in (("System Alert", "SA-1"), ("User", "Administrator"))
        )
        without = self.site.notify_desk(["Administrator"], "own records", "x")[0]
        delivery = self.stored("Alert Delivery")
        self.site.update("Alert Delivery", delivery, {"reference": without})
        install.forget_bells()
        left = {name for name in (ours, other, without) if frappe.db.exists("Notification Log", name)}
        self.assertEqual(left, {other})
