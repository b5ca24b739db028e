"""The weekly digest inside a bench: Frappe mails it, and its suggestions are decided over HTTP, by role."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe

from verenigingen.tests.support.support import configured
from verenigingen.tests.support.visitor import VisitedTest
from vuurtoren.alerts import alerts
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.reports import digest
from vuurtoren.rules import changes as rule_changes
from vuurtoren.settings import settings, stored_rules

RULE = "queue_depth"
SENDER = {
    "mail_server": "127.0.0.1",
    "mail_port": 1,
    "auto_email_id": "monitor@example.com",
    "mute_emails": None,
    "alert_recipients": ["one@example.com"],
}


class TestWeeklyDigest(VisitedTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        for doctype in ("Alert Suggestion", "Alert Rule", "Alert Rule Change", "System Alert", "Email Queue"):
            frappe.db.delete(doctype)
        frappe.db.delete("Alert Delivery", {"topic": digest.JOB})
        frappe.db.delete("Monitoring Run", {"name": digest.JOB})
        frappe.db.commit()

    def waits_seconds(self) -> int:
        rule = settings.read(self.site).rule(RULE)
        assert rule
        return rule.for_seconds

    def suggested(self) -> str:
        found = Suggestion(RULE, "Jobs waiting", 31, 0, self.waits_seconds(), 1800, 2)
        stored_suggestions.renew(self.site, [found])
        return str(stored_suggestions.shown(self.site)[0]["name"])

    def decide(self, visitor: str, step: str, name: str) -> int:
        return self.post(visitor, f"{step}_suggestion", name=name).status_code

    def test_one_click_applies_it_another_takes_it_back_and_both_are_on_record(self) -> None:
        name, before = self.suggested(), self.waits_seconds()
        self.assertEqual(self.decide(self.admin, "apply", name), 200)
        frappe.db.commit()
        self.assertEqual(self.waits_seconds(), 1800)
        self.assertEqual(self.decide(self.admin, "take_back", name), 200)
        frappe.db.commit()
        self.assertEqual(self.waits_seconds(), before)
        self.assertEqual(stored_rules.read(self.site), [])
        changes = [(row["action"], row["changed_by"]) for row in rule_changes.history(self.site, RULE)]
        self.assertEqual(changes, [("Removed", self.admin), ("Added", self.admin)])

    def test_a_second_click_is_a_conflict(self) -> None:
        name = self.suggested()
        self.decide(self.admin, "dismiss", name)
        self.assertEqual(self.decide(self.admin, "apply", name), 409)

    def test_others_decide_nothing(self) -> None:
        name, before = self.suggested(), self.waits_seconds()
        for user in (self.portal, "Guest"):
            for step in ("apply", "take_back", "dismiss"):
                with self.subTest(user=user, step=step):
                    self.assertEqual(self.decide(user, step, name), 403)
        self.assertEqual(self.waits_seconds(), before)

    def test_nobody_writes_one_by_hand(self) -> None:
        document = frappe.get_doc({"doctype": "Alert Suggestion", "rule": RULE, "status": "Open"})
        self.assertRaises(frappe.PermissionError, document.insert)
        stored = frappe.get_doc("Alert Suggestion", self.suggested())
        stored.for_seconds = 1
        self.assertRaises(frappe.PermissionError, stored.save)

    def test_frappe_takes_the_digest_over_once_a_week(self) -> None:
        since = self.site.now() - timedelta(days=8)
        frappe.get_doc({"doctype": "Monitoring Run", "job": digest.JOB}).insert(ignore_permissions=True)
        frappe.db.set_value("Monitoring Run", digest.JOB, {"status": "Succeeded", "succeeded_at": since})
        frappe.db.commit()
        with configured(**SENDER):
            for _ in range(2):
                digest.send_weekly_digest(self.site, settings.read(self.site))
                frappe.db.commit()
        messages = frappe.get_all("Email Queue", fields=["message"])
        self.assertEqual(len(messages), 1)
        self.assertIn("[WEEK]", messages[0]["message"])
        self.assertEqual(frappe.db.count(alerts.DOCTYPE), 0)

    def test_the_page_offers_it(self) -> None:
        self.suggested()
        answer = json.loads(self.visitors[self.admin].call("get_suggestions").data)["message"]
        self.assertEqual([row["rule"] for row in answer], [RULE])
        html = self.visitors[self.admin].get("/monitoring_dashboard/report").get_data(as_text=True)
        self.assertIn('value="apply_suggestion"', html)
