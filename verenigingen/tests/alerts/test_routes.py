"""Alert Route inside a bench: told besides and instead, and in the desk by role."""

from __future__ import annotations

import json
from typing import Any

import frappe

from verenigingen.tests.contracts.route_contract import TREASURER, RouteContract
from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.support import forget_errors
from verenigingen.tests.support.visitor import VisitedTest
from vuurtoren.alerts.events import record_event
from vuurtoren.settings import settings


class TestRoutes(DeliveryTest, RouteContract):
    refused = (frappe.ValidationError,)
    event = RouteContract.event

    def forget(self) -> None:
        super().forget()
        frappe.db.delete("Alert Route")
        frappe.db.commit()

    def route(self, **values: Any) -> str:
        given = {"doctype": "Alert Route", "title": "Treasurer", "recipients": TREASURER, **values}
        name = frappe.get_doc(given).insert().name
        frappe.db.commit()
        return str(name)

    def test_only_the_roles_of_the_monitoring_may_read_and_write_routes(self) -> None:
        for role in ("System Manager", "Verenigingen Administrator"):
            (rights,) = (each for each in frappe.get_meta("Alert Route").permissions if each.role == role)
            self.assertTrue(rights.read and rights.write and rights.create and rights.delete)
        frappe.set_user("Guest")
        self.assertFalse(frappe.has_permission("Alert Route", "read"))
        with self.assertRaises(frappe.PermissionError):
            frappe.get_doc({"doctype": "Alert Route", "title": "x", "recipients": TREASURER}).insert()


class TestPreview(VisitedTest):
    """Who would have heard what, asked from the form of a route over HTTP."""

    EMPTIED = (
        "System Alert", "Alert Step", "Alert Notification", "Alert Delivery", "Alert Route", "Metric Series",
    )  # fmt: skip

    def test_the_form_is_told_who_would_have_heard_of_what_and_nothing_is_saved(self) -> None:
        forget_errors()
        given = {"title": "Treasurer", "recipients": TREASURER, "severity": "CRITICAL"}
        frappe.get_doc({"doctype": "Alert Route", **given}).insert()
        record_event(self.site, settings.read(self.site), "TEST_ALERT", "HIGH", "routes-test")
        frappe.db.commit()
        record = json.dumps({"title": "<b>Draft</b>", "recipients": TREASURER, "severity": "HIGH"})
        told = self.post(self.admin, "preview_route", record=record).get_json()["message"]
        self.assertEqual([each["title"] for each in told["readers"]][1:], ["Treasurer", "<b>Draft</b>"])
        self.assertEqual([each["alerts"] for each in told["readers"]], [1, 0, 1])
        self.assertIn("&lt;b&gt;Draft&lt;/b&gt;", told["html"])
        self.assertEqual(frappe.db.count("Alert Route"), 1)
        refused = self.post(self.admin, "preview_route", record=json.dumps({"title": "x"}))
        self.assertEqual(refused.status_code, 409)

    def test_others_are_not_told_who_hears_what(self) -> None:
        record = json.dumps({"title": "x", "recipients": TREASURER})
        for visitor in (self.portal, "Guest"):
            self.assertEqual(self.post(visitor, "preview_route", record=record).status_code, 403)
