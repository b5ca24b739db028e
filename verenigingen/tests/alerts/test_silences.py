"""Silences in the desk and over HTTP, by role; and the maintenance window that a migration opens."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import frappe

from verenigingen import install
from verenigingen.tests.contracts.silence_contract import SilenceContract
from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.visitor import VisitedTest
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.notifications import delivery
from vuurtoren.settings import settings

RULE = "error_rate_hourly"


class TestSilences(DeliveryTest, SilenceContract):
    """The contract, with Frappe's queue of mail."""


class TestSilencesOfPeople(VisitedTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.db.rollback()
        for doctype in ("System Alert", "Alert Notification", "Alert Delivery", "Alert Silence"):
            frappe.db.delete(doctype)
        frappe.db.commit()

    def event(self) -> str:
        name = record_event(self.site, settings.read(self.site), "TEST_ALERT", "LOW", "silence-test")
        frappe.db.commit()
        return name

    def document(self, **values: Any) -> Any:
        usual = {"doctype": "Alert Silence", "rule": RULE, "reason": "known"}
        return frappe.get_doc(usual | {"ends_at": self.site.now() + timedelta(hours=1)} | values)

    def test_one_is_made_in_the_desk_and_knows_who(self) -> None:
        made = self.document(silenced_by="somebody else").insert()
        self.assertEqual((made.silenced_by, made.until_resolved), ("Administrator", 0))
        self.assertEqual([each.name for each in stored_silences.current(self.site)], [made.name])

    def test_the_desk_refuses_what_nobody_could_mean(self) -> None:
        then = self.site.now() - timedelta(hours=1)
        for values in ({"reason": " "}, {"rule": ""}, {"ends_at": then}, {"ends_at": None}):
            with self.subTest(values=values), self.assertRaises(frappe.ValidationError):
                self.document(**values).insert()

    def test_it_is_not_changed_afterwards(self) -> None:
        made = self.document().insert()
        made.ends_at = self.site.now() + timedelta(days=30)
        with self.assertRaises(frappe.ValidationError):
            made.save()

    def test_over_http_an_alert_is_silenced_listed_and_told_again(self) -> None:
        name = self.event()
        answer = self.post(self.admin, "silence_alert", alert_name=name, minutes="60", reason="known")
        self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True))
        silence = json.loads(answer.data)["message"]["name"]
        (listed,) = json.loads(self.visitors[self.admin].call("get_silences").data)["message"]
        self.assertEqual((listed["name"], listed["by"]), (silence, self.admin))
        delivery.deliver(self.site, settings.read(self.site))
        self.assertIn("known", intents.columns(self.site, [name])[name]["opened_mail_note"])
        self.assertEqual(self.post(self.admin, "end_silence", name=silence).status_code, 200)
        self.assertEqual(self.post(self.admin, "end_silence", name=silence).status_code, 409)

    def test_others_may_neither_silence_nor_look(self) -> None:
        name = self.event()
        for user in (self.portal, "Guest"):
            with self.subTest(user=user):
                asked = self.post(user, "silence_alert", alert_name=name, minutes="60", reason="x")
                window = self.post(user, "open_maintenance_window", minutes="60", reason="x")
                listed = self.visitors[user].call("get_silences")
                self.assertEqual((asked.status_code, window.status_code, listed.status_code), (403,) * 3)
                self.assertIn(self.visitors[user].get("/api/resource/Alert Silence").status_code, (403, 404))
        self.assertEqual(stored_silences.current(self.site), [])

    def test_the_page_shows_and_ends_a_maintenance_window(self) -> None:
        self.assertEqual(
            self.post(
                self.admin, "open_maintenance_window", minutes="60", reason="new <b>disk</b>"
            ).status_code,
            200,
        )
        page = self.visitors[self.admin].get("/monitoring_dashboard").get_data(as_text=True)
        self.assertIn(self.admin, page)
        self.assertNotIn("<b>disk", page)
        self.assertIn('value="end_silence"', page)

    def test_a_migration_opens_a_window_and_closes_it(self) -> None:
        install.before_migrate()
        (window,) = stored_silences.current(self.site)
        self.assertTrue(window.planned)
        install.after_migrate()
        self.assertEqual(stored_silences.current(self.site), [])

    def test_bench_migrate_calls_both(self) -> None:
        self.assertIn("verenigingen.install.before_migrate", frappe.get_hooks("before_migrate"))
        self.assertIn("verenigingen.install.after_migrate", frappe.get_hooks("after_migrate"))
