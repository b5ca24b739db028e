"""Alert Route inside a bench: told besides and instead, in the desk by role, and on the page."""

from __future__ import annotations

import json
from typing import Any

import frappe

from verenigingen.tests.support.support import configured
from verenigingen.tests.support.visitor import VisitedTest
from vuurtoren.alerts.events import record_event
from vuurtoren.notifications import delivery, outbox
from vuurtoren.notifications.routes import preview, stored_routes
from vuurtoren.settings import settings

SENDER = {
    "mail_server": "127.0.0.1",
    "mail_port": 1,
    "auto_email_id": "monitor@example.com",
    "mute_emails": None,
    "alert_recipients": ["usual@example.com"],
}
CLEARED = ("System Alert", "Alert Notification", "Alert Delivery", "Alert Step", "Alert Route")
TREASURER = "treasurer@example.com"


class RoutesTest(VisitedTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        for doctype in CLEARED:
            frappe.db.delete(doctype)
        frappe.db.commit()

    def route(self, **values: Any) -> str:
        given = {"doctype": "Alert Route", "title": "Treasurer", "recipients": TREASURER, **values}
        name = frappe.get_doc(given).insert().name
        frappe.db.commit()
        return name

    def audiences(self) -> list[tuple[str, str]]:
        record_event(self.site, settings.read(self.site), "TEST_ALERT", "HIGH", "routes-test")
        frappe.db.commit()
        with configured(**SENDER):
            delivery.deliver(self.site, settings.read(self.site))
        rows = self.site.get_all(outbox.DOCTYPE, ["route", "addresses"], {"channel": "email"})
        return sorted((row["route"] or "", row["addresses"] or "") for row in rows)

    def test_a_route_tells_its_readers_besides_the_usual_ones(self) -> None:
        name = self.route(severity="HIGH")
        self.assertEqual(self.audiences(), [("", "usual@example.com"), (name, TREASURER)])

    def test_a_route_stands_in_for_the_usual_ones(self) -> None:
        name = self.route(instead=1)
        self.assertEqual(self.audiences(), [(name, TREASURER)])

    def test_a_route_that_takes_something_else_changes_nothing(self) -> None:
        self.route(area="Money", instead=1)
        self.assertEqual(self.audiences(), [("", "usual@example.com")])

    def test_a_route_without_a_reader_is_not_saved(self) -> None:
        for wrong in ({"recipients": "nobody"}, {"rule": "no_such_rule"}, {"channels": "smoke"}):
            with self.assertRaises(frappe.ValidationError):
                self.route(**wrong)

    def test_only_the_roles_of_the_monitoring_may_read_and_write_routes(self) -> None:
        for role in ("System Manager", "Verenigingen Administrator"):
            (rights,) = (each for each in frappe.get_meta("Alert Route").permissions if each.role == role)
            self.assertTrue(rights.read and rights.write and rights.create and rights.delete)
        frappe.set_user("Guest")
        self.assertFalse(frappe.has_permission("Alert Route", "read"))
        with self.assertRaises(frappe.PermissionError):
            frappe.get_doc({"doctype": "Alert Route", "title": "x", "recipients": TREASURER}).insert()

    def test_the_preview_names_every_reader(self) -> None:
        self.route()
        self.audiences()
        found = preview.preview(self.site, settings.read(self.site))
        self.assertEqual([(each.title, each.alerts) for each in found.readers][1:], [("Treasurer", 1)])
        self.assertEqual(stored_routes.read(self.site).problems, ())

    def test_the_form_is_told_who_would_have_heard_of_what_and_nothing_is_saved(self) -> None:
        self.route(severity="CRITICAL")
        self.audiences()
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
