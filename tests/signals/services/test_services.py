"""Calls to services outside, by name, from what Frappe logs of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.pages.whole import build_page
from vuurtoren.alerts import alerts
from vuurtoren.rounds import checks
from vuurtoren.site.errors import Unavailable

HOUR, DAY = "service.failed_last_hour", "service.calls_last_day"
SHARE, ALL, FAILED = "service.failed_percent", "services.calls_last_day", "services.failed_last_day"


def call(site, service="Mollie", status="Completed", ago=timedelta(0), **fields):
    at = site.now() - ago
    row = {"integration_request_service": service, "status": status, "creation": at, "modified": at}
    site.insert("Integration Request", row | fields)


def told(snapshot, key):
    return {dict(metric.labels)["service"]: metric.value for metric in snapshot.all(key) if metric.labels}


def test_each_service_has_its_calls_and_its_failures_by_name(site, measured):
    for status in ("Completed", "Authorized", "Failed", "Failed", "Queued", "Cancelled"):
        call(site, "Mollie", status)
    call(site, "Bank", "Completed")
    snapshot = measured(site, "services")
    assert told(snapshot, DAY) == {"Mollie": 6, "Bank": 1}
    assert told(snapshot, HOUR) == {"Mollie": 2, "Bank": 0}
    assert (snapshot.get(ALL).value, snapshot.get(FAILED).value) == (7, 2)
    assert snapshot.get(FAILED).evidence[0] == {"service": "Mollie", "calls": 6, "failed": 2}


def test_a_share_is_that_of_the_calls_that_ended_and_of_five_at_least(site, measured):
    for status in ("Completed", "Completed", "Completed", "Failed", "Queued", "Cancelled"):
        call(site, "Mollie", status)
    assert told(measured(site, "services"), SHARE) == {}
    call(site, "Mollie", "Failed")
    snapshot = measured(site, "services")
    assert told(snapshot, SHARE) == {"Mollie": 40.0}
    assert snapshot.get(SHARE, service="Mollie").evidence[0] == {"failed": 2, "ended": 5}


def test_what_ended_long_ago_is_not_counted(site, measured):
    call(site, "Mollie", "Failed", timedelta(hours=2))
    call(site, "Mollie", "Failed", timedelta(hours=25))
    snapshot = measured(site, "services")
    assert (told(snapshot, DAY), told(snapshot, HOUR)) == ({"Mollie": 1}, {"Mollie": 0})


def test_a_call_that_was_made_yesterday_and_fails_now_has_failed_now(site, measured):
    call(site, "Mollie", "Failed", creation=site.now() - timedelta(days=2))
    assert told(measured(site, "services"), HOUR) == {"Mollie": 1}


def test_its_number_opens_exactly_the_failed_calls(site, measured):
    for service, status in (("Mollie", "Failed"), ("Mollie", "Completed"), ("Bank", "Failed")):
        call(site, service, status)
    metric = measured(site, "services").get(HOUR, service="Mollie")
    assert metric.doctype == "Integration Request"
    assert {"integration_request_service": "Mollie", "status": "Failed"}.items() <= dict(metric.rows).items()


def test_the_newest_failure_says_why_on_one_line_and_names_nobody(site, measured):
    call(site, "Mollie", "Failed", timedelta(minutes=5), error="older")
    call(site, "Mollie", "Failed", error='{"title":\n "refused", "iban": "NL91ABNA0417164300"}' + "x" * 900)
    (newest,) = measured(site, "services").get(HOUR, service="Mollie").evidence
    assert newest["newest failure"] == "2026-11-04 10:00:00"
    assert "refused" in newest["because"] and "0417164300" not in newest["because"]
    assert "\n" not in newest["because"] and len(newest["because"]) <= 160


def test_a_webhook_of_the_site_is_a_service(site, measured):
    for error in ("", "Traceback: timed out"):
        site.insert("Webhook Request Log", {"webhook": "New member", "error": error})
    snapshot = measured(site, "services")
    assert told(snapshot, DAY) == {"webhook New member": 2}
    metric = snapshot.get(HOUR, service="webhook New member")
    assert (metric.value, metric.doctype) == (1, "Webhook Request Log")


def test_calls_without_a_name_are_one_service(site, measured):
    for name in ("", None):
        call(site, name, "Failed")
    snapshot = measured(site, "services")
    assert told(snapshot, HOUR) == {"–": 2}
    assert dict(snapshot.get(HOUR, service="–").rows)["integration_request_service"] == '["is", "not set"]'


def test_names_that_are_shown_alike_are_told_once(site, measured):
    for end in "ab":
        call(site, "S" * 120 + end, "Failed")
    assert len(told(measured(site, "services"), HOUR)) == 1


def test_many_services_are_told_up_to_fifty_the_worst_first(site, measured):
    for number in range(60):
        call(site, f"service {number:02d}", "Failed" if number == 59 else "Completed")
    snapshot = measured(site, "services")
    assert len(told(snapshot, DAY)) == 50 and told(snapshot, HOUR)["service 59"] == 1
    assert snapshot.get(ALL).value == 60


def test_without_either_log_nothing_is_known(site_that_says, measured):
    site = site_that_says(has_doctype=False)
    assert measured(site, "services").get(ALL).reason == "Integration Request is not installed on this site"


def test_where_the_log_cannot_be_read_the_number_is_unknown(site_that_says, measured):
    site = site_that_says(tally=Unavailable("the database does not answer"))
    assert measured(site, "services").get(FAILED).reason == "the database does not answer"


@pytest.fixture
def failing(site):
    for _ in range(6):
        call(site, "Mollie", "Failed", error="503 Service Unavailable")
    call(site, "Bank")
    checks.run_job(site, "tick")
    return site


def open_alerts(site):
    return [row["message"] for row in site.get_all(alerts.DOCTYPE, ["message"], {"rule": "service_failing"})]


def test_a_failing_service_is_told_by_its_name(failing):
    assert open_alerts(failing) == ["6 calls to Mollie failed in the last hour (limit 5)"]


def test_it_is_over_when_nothing_failed_for_an_hour(failing, clock):
    clock.move(minutes=61)
    checks.run_job(failing, "tick")
    clock.move(minutes=16)
    checks.run_job(failing, "tick")
    (row,) = failing.get_all(alerts.DOCTYPE, ["status"], {"rule": "service_failing"})
    assert row["status"] == "Resolved"


def panel(site):
    return next(each for each in build_page(site).work.content.panels if each.key == "services")


def test_its_panel_names_the_services_and_is_red_while_one_fails(failing):
    shown = panel(failing)
    assert (shown.level, shown.said) == ("warning", "6 calls failed within a day.")
    assert shown.rows == (("Mollie", "6", "6"), ("Bank", "1", "0"))


def test_its_panel_says_that_nothing_was_called(site):
    shown = panel(site)
    assert (shown.level, shown.said, shown.rows) == ("ok", "No service was called within a day.", ())
