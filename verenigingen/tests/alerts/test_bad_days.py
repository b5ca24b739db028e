"""Days when something that the monitor stands on is gone: it says so, loses nothing and stops nothing."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta

import frappe

from verenigingen.tests.support.support import (
    DEAD_REDIS,
    SiteTest,
    bench,
    configured,
    configured_for_all,
    read_only_connection,
)
from verenigingen.tests.support.visitor import Visitor, visit_once
from verenigingen.utils.alert_manager import AlertManager, run_daily_checks, run_hourly_checks, run_tick
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.failures import OWN_TITLE
from vuurtoren.frappe_adapter import compat
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import SHIPPED

NO_REDIS = {"redis_cache": DEAD_REDIS, "redis_queue": DEAD_REDIS}


class BadDay(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.db.rollback()
        for doctype in ("System Alert", "Alert Rule State", "Monitoring Run", "Metric Series"):
            frappe.db.delete(doctype)
        frappe.db.delete("Error Log", {"method": ("like", "%monitoring%")})
        frappe.db.commit()

    def own_failures(self) -> int:
        frappe.db.rollback()
        return frappe.db.count("Error Log", {"method": OWN_TITLE})

    def last_success(self, job: str) -> object:
        frappe.db.rollback()
        return frappe.db.get_value("Monitoring Run", job, "succeeded_at")


class TestWithoutRedis(BadDay):
    def test_the_tick_runs_to_its_end_and_names_what_is_unknown(self) -> None:
        with configured_for_all(**NO_REDIS):
            ran = bench("execute", "verenigingen.utils.alert_manager.run_tick")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIsNotNone(self.last_success("tick"))
        reasons = frappe.get_all("Alert Rule State", {"answer": "unknown"}, pluck="reason")
        self.assertTrue([reason for reason in reasons if "Redis does not answer" in reason])
        self.assertEqual(self.own_failures(), 0)

    def test_the_page_opens_and_names_what_is_unknown(self) -> None:
        session_id = Visitor().sign_in("Administrator", "admin").session_id()
        with configured_for_all(**NO_REDIS):
            status, _, page = visit_once(frappe.local.site, session_id).partition("\n")
        self.assertEqual(status, "200")
        self.assertIn("Redis does not answer", html.unescape(page))


class TestWithoutWrites(BadDay):
    def test_the_checks_raise_nothing_when_the_database_takes_no_writes(self) -> None:
        for run in (run_tick, run_hourly_checks, run_daily_checks):
            with self.subTest(run=run.__name__), read_only_connection():
                run()

    def test_afterwards_they_work_again(self) -> None:
        with read_only_connection():
            run_tick()
        run_tick()
        self.assertIsNotNone(self.last_success("tick"))


class TestWithoutMail(BadDay):
    def test_the_checks_go_on_and_the_alert_says_why_nobody_was_told(self) -> None:
        with configured(mail_server=None, mute_emails=None, alert_recipients=["beheer@example.com"]):
            row = AlertManager().send_alert("TEST", "LOW", "Deployment test alert", {"deployment": "success"})
        assert row is not None
        stored = self.site.get("System Alert", row["name"])
        self.assertEqual(stored["status"], "Active")
        self.assertIn("Email Account", row["opened_mail_note"])
        self.assertEqual(self.own_failures(), 0)


class TestARuleThatRaises(BadDay):
    def test_it_stops_no_other_and_is_unknown_with_its_reason(self) -> None:
        sound = next(rule for rule in SHIPPED if rule.key == "error_rate_hourly")
        broken = replace(sound, key="bad_day_broken", summary="{no_such_word}")
        sound = replace(sound, key="bad_day_sound")
        now = self.site.now()
        metric = Metric("errors.last_hour", 10_000, "errors", "test", now)
        readings = Snapshot(now, self.site.now_utc(), (metric,))
        done = evaluate(self.site, readings, settings.read(self.site), ("tick",), rules=(broken, sound))
        self.assertEqual(list(done.failed), ["bad_day_broken"])
        self.assertEqual(frappe.get_all("System Alert", pluck="rule"), ["bad_day_sound"])
        row = self.site.get("Alert Rule State", "bad_day_broken")
        assert row is not None
        self.assertIn("the rule itself failed: KeyError", row["reason"])
        self.assertEqual(self.own_failures(), 1)


class TestTwoSchedulers(BadDay):
    def test_the_second_one_does_nothing_while_the_first_one_works(self) -> None:
        run_tick()
        first = self.site.get("Monitoring Run", "tick")
        with compat.own_connection():
            run_tick()
        self.assertEqual(self.site.get("Monitoring Run", "tick")["runs_today"], first["runs_today"])


class TestOtherBadInput(BadDay):
    def test_an_unknown_severity_an_endless_message_and_markup_are_stored(self) -> None:
        message = "<script>alert(1)</script> NL91ABNA0417164300 \N{SNOWMAN}\x00 " + "x" * 100_000
        row = AlertManager().send_alert("TEST_ALERT", "ENORMOUS", message, {"iban": "NL91ABNA0417164300"})
        assert row is not None
        self.assertEqual(row["severity"], "HIGH")
        self.assertNotIn("NL91ABNA0417164300", row["message"] + str(row["details"]))

    def test_thresholds_that_are_text_or_negative_are_named_and_the_default_holds(self) -> None:
        with configured(alert_thresholds={"error_rate_hourly": "lots", "error_rate_daily": -1}):
            self.assertEqual(AlertManager().alert_thresholds["error_rate_hourly"], 10)
            self.assertEqual(AlertManager().alert_thresholds["error_rate_daily"], 50)

    def test_ten_thousand_errors_in_a_minute_open_one_alert(self) -> None:
        a_minute_ago = frappe.utils.now_datetime() - timedelta(seconds=60)
        columns = ["name", "creation", "modified", "method", "error"]
        rows = [
            (900_000_000 + number, a_minute_ago, a_minute_ago, "bad-day flood", f"ValueError: {number}")
            for number in range(10_000)
        ]
        try:
            frappe.db.bulk_insert("Error Log", columns, rows)
            frappe.db.commit()
            run_hourly_checks()
            frappe.db.rollback()
            alerts = frappe.get_all("System Alert", {"rule": "error_rate_hourly"}, ["value", "count"])
            self.assertEqual(len(alerts), 1)
            self.assertGreaterEqual(alerts[0].value, 10_000)
        finally:
            frappe.db.delete("Error Log", {"method": "bad-day flood"})
            frappe.db.commit()
