"""“What would this have done?” inside a bench: over stored samples and logs, by role, and never writing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

import frappe

from verenigingen.tests.support.support import SiteTest, bench
from verenigingen.tests.support.visitor import Visitor, make_user, remove_user
from vuurtoren.backtest.request import CannotBacktest, ask, in_force, of_record
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import DOCTYPE

ADMIN, PORTAL = "backtest-admin@example.com", "backtest-portal@example.com"
METHODS = "/api/method/verenigingen.www.monitoring_backtest."
KNOWN_METRIC, KNOWN_RULE = "members.terminated_today", "member_churn_daily"


class TestBacktest(SiteTest):
    visitors: ClassVar[dict[str, Visitor]]

    @classmethod
    def setUpClass(cls) -> None:
        frappe.set_user("Administrator")
        make_user(ADMIN, "Verenigingen Administrator")
        make_user(PORTAL)
        cls.visitors = {user: Visitor().sign_in(user) for user in (ADMIN, PORTAL)}
        cls.visitors["Guest"] = Visitor()

    @classmethod
    def tearDownClass(cls) -> None:
        for user in (ADMIN, PORTAL):
            remove_user(user)

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.forget)
        self.forget()
        now = self.site.now()
        samples = [
            (now - timedelta(hours=hours), 40.0 if 48 < hours < 72 else 3.0) for hours in range(240, 0, -1)
        ]
        history.backfill(self.site, "members", {SeriesName(KNOWN_METRIC): samples})

    def forget(self) -> None:
        frappe.db.rollback()
        frappe.db.delete(DOCTYPE, {"metric": KNOWN_METRIC})
        frappe.db.commit()

    def test_it_says_what_a_rule_would_have_done(self) -> None:
        answer = ask(self.site, in_force(self.site, KNOWN_RULE, {"threshold": "10"}), 30)
        breaches = [firing for firing in answer.done.firings if firing.kind == "Breach"]
        self.assertEqual([firing.worst for firing in breaches], [40])
        self.assertIsNotNone(answer.suggestion)

    def test_a_form_is_tried_before_it_is_saved(self) -> None:
        record = {"rule_key": KNOWN_RULE, "enabled": 1, "threshold": "50"}
        answer = ask(self.site, of_record(self.site, record), 30)
        self.assertEqual(answer.done.breaches, 0)
        self.assertFalse(frappe.db.exists("Alert Rule", KNOWN_RULE))

    def test_the_error_log_is_counted_where_no_sample_is_stored(self) -> None:
        error = frappe.get_doc({"doctype": "Error Log", "method": "backtest-test", "error": "x"})
        error.insert(ignore_permissions=True)
        moment = self.site.now() - timedelta(hours=30)
        stamps = {"creation": moment, "modified": moment}
        frappe.db.set_value("Error Log", error.name, stamps, update_modified=False)
        frappe.db.delete("Metric Series", {"metric": "errors.last_hour"})  # of a site that has run before
        try:
            answer = ask(self.site, in_force(self.site, "critical_error_rate"), 2)
            self.assertTrue(any("Error Log" in said for said in answer.rests_on), answer.rests_on)
        except CannotBacktest as nothing:  # a site that has run for long has samples for all of it
            self.fail(str(nothing))
        finally:
            frappe.db.rollback()

    def test_the_method_answers_those_who_may_see_the_monitoring_and_nobody_else(self) -> None:
        path = f"{METHODS}backtest_rule?rule={KNOWN_RULE}&threshold=10&days=30"
        told = self.visitors[ADMIN].get(path)
        self.assertEqual(told.status_code, 200, told.get_data(as_text=True)[:300])
        self.assertEqual(told.get_json()["message"]["breaches"], 1)
        for user in (PORTAL, "Guest"):
            self.assertEqual(self.visitors[user].get(path).status_code, 403, user)

    def test_the_form_method_gives_a_drawing_and_escapes_what_was_typed(self) -> None:
        record = {"rule_key": KNOWN_RULE, "enabled": 1, "title": "<img src=x onerror=alert(1)>"}
        told = self._form(ADMIN, record)
        self.assertEqual(told.status_code, 200, told.get_data(as_text=True)[:300])
        html = told.get_json()["message"]["html"]
        self.assertIn("<svg", html)
        self.assertNotIn("<img", html)
        self.assertEqual(self._form(PORTAL, record).status_code, 403)

    def test_what_is_no_rule_is_refused_with_the_reason(self) -> None:
        told = self._form(ADMIN, {"rule_key": "probe_rule", "metric": "frappe.db.sql", "operator": ">"})
        self.assertEqual(told.status_code, 409)
        self.assertIn("no metric", told.get_data(as_text=True))

    def test_the_page_shows_it_without_a_script(self) -> None:
        page = self.visitors[ADMIN].get(f"/monitoring_backtest?rule={KNOWN_RULE}&threshold=10&days=30")
        html = page.get_data(as_text=True)
        self.assertEqual(page.status_code, 200)
        self.assertIn("At most one alert a week", html)
        self.assertIn("vm-mark", html)
        self.assertNotIn(
            "vm-backtest", self.visitors[PORTAL].get("/monitoring_backtest").get_data(as_text=True)
        )

    def test_the_command_answers_and_refuses(self) -> None:
        frappe.db.commit()
        told = bench("monitoring", "backtest", KNOWN_RULE, "--threshold", "10", "--days", "30", "--json")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(json.loads(told.stdout)["breaches"], 1)
        refused = bench("monitoring", "backtest", "nonsense")
        self.assertEqual(refused.returncode, 2, refused.stdout)
        self.assertIn("There is no rule", refused.stderr)

    def _form(self, user: str, record: dict[str, Any]) -> Any:
        return self.visitors[user].post(METHODS + "backtest_form", {"record": json.dumps(record), "days": 30})
