"""Alert Route inside a bench: told besides and instead, and in the desk by role."""

from __future__ import annotations

from typing import Any

import frappe

from verenigingen.tests.contracts.route_contract import TREASURER, RouteContract
from verenigingen.tests.support.delivery_support import DeliveryTest


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
