"""Alerts that are measured to be about the same thing are one incident; what only coincides is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import MovableClock
from vuurtoren.alerts import alerts
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.incidents.because import because
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.values import Row

PORTAL = """Traceback (most recent call last):
  File "apps/frappe/frappe/app.py", line 114, in application
  File "apps/club/club/www/portal.py", line 8, in get_context
    days = left(member)
TypeError: unsupported operand type(s)
"""
DUES = """Traceback (most recent call last):
  File "apps/club/club/dues.py", line 5, in collect
    customer = customers[member]
KeyError: 'customer'
"""
Happen = Callable[..., None]
Look = Callable[..., list[list[str]]]


@pytest.fixture
def fails(site: SQLiteSite) -> Happen:
    """So many errors were logged just now."""

    def log(times: int, error: str, title: str = "", **about: str) -> None:
        for _ in range(times):
            at = site.now() - timedelta(minutes=5)
            site.insert("Error Log", {"method": title, "error": error, "creation": at, **about})

    return log


@pytest.fixture
def job_fails(site: SQLiteSite) -> Happen:
    """A scheduled job of this method failed just now."""

    def log(method: str) -> None:
        at = site.now() - timedelta(minutes=5)
        site.insert("Scheduled Job Type", {"name": method[-10:], "method": method, "frequency": "Daily"})
        row = {"scheduled_job_type": method[-10:], "status": "Failed", "details": "no reason"}
        site.insert("Scheduled Job Log", row | {"creation": at, "modified": at})

    return log


@pytest.fixture
def look(site: SQLiteSite, measured: Callable[..., object]) -> Look:
    """Measure, judge and tell; the open incidents, each with its rules."""
    index.index_new_errors(site)

    def at_a_tick(*rules: str) -> list[list[str]]:
        index.index_new_errors(site)
        snapshot = measured(site, "errors", "jobs", "business.sepa_audit")
        chosen = settings.read(site)
        kinds = ("tick", "hourly", "daily")
        evaluate(site, snapshot, chosen, kinds, rules=[BY_KEY[rule] for rule in rules])  # type: ignore[arg-type]
        deliver(site, chosen)
        return sorted(sorted(each.rule for each in one.members) for one in grouping.incidents(members(site)))

    return at_a_tick


def members(site: SQLiteSite) -> list[grouping.Member]:
    rows = alerts.open_rows(site, grouping.FIELDS)
    return [grouping.member_of(row, BY_KEY[row["rule"]]) for row in rows]


def test_a_new_kind_that_makes_up_the_rate_is_one_with_it(
    fails: Happen, look: Look, site: SQLiteSite
) -> None:
    fails(12, PORTAL)

    assert look("error_rate_hourly", "new_error_kind") == [["error_rate_hourly", "new_error_kind"]]
    one, other = members(site)
    said = because(site, one, other, "the other")
    assert said == "because both come from the error “TypeError: unsupported operand type(s)”"


def test_a_rate_of_many_kinds_is_about_none_of_them(fails: Happen, look: Look, site: SQLiteSite) -> None:
    for number in range(4):
        fails(4, DUES.replace("collect", f"collect_{'abcd'[number]}"))

    assert len(look("error_rate_hourly", "new_error_kind")) == 2
    assert not any(each.names for each in members(site))


def test_a_failed_job_and_the_error_that_it_logs_are_one(
    fails: Happen, job_fails: Happen, look: Look
) -> None:
    fails(12, "no traceback at all", "club.tasks.collect")
    job_fails("club.tasks.collect")

    assert look("error_rate_hourly", "failed_jobs_daily") == [["error_rate_hourly", "failed_jobs_daily"]]


def test_another_job_that_fails_at_the_same_moment_is_another_incident(
    fails: Happen, job_fails: Happen, look: Look
) -> None:
    fails(12, DUES, "club.tasks.collect")
    job_fails("club.tasks.newsletter")

    assert look("error_rate_hourly", "failed_jobs_daily") == [["error_rate_hourly"], ["failed_jobs_daily"]]


def test_an_error_about_a_batch_and_the_failures_of_the_batch_are_one(
    fails: Happen, look: Look, site: SQLiteSite
) -> None:
    fails(1, DUES, reference_doctype="Direct Debit Batch", reference_name="BATCH-0007")
    for number in range(6):
        site.insert("SEPA Audit Log", _failure(site, number, "BATCH-0007"))

    assert look("new_error_kind", "failed_sepa_threshold") == [["failed_sepa_threshold", "new_error_kind"]]


def test_failures_of_another_batch_are_another_incident(fails: Happen, look: Look, site: SQLiteSite) -> None:
    fails(1, DUES, reference_doctype="Direct Debit Batch", reference_name="BATCH-0007")
    for number in range(6):
        site.insert("SEPA Audit Log", _failure(site, number, "BATCH-0008"))

    assert len(look("new_error_kind", "failed_sepa_threshold")) == 2


def test_a_rate_that_was_high_before_the_kind_existed_does_not_come_from_it(
    fails: Happen, look: Look, site: SQLiteSite, clock: MovableClock
) -> None:
    fails(12, PORTAL)
    look("error_rate_hourly")
    clock.move(minutes=70)
    fails(30, DUES)

    assert look("error_rate_hourly", "new_error_kind") == [["error_rate_hourly"], ["new_error_kind"]]


def test_the_new_kind_is_told_with_the_rate_and_its_end_is_not_told(
    fails: Happen, look: Look, site: SQLiteSite, clock: MovableClock
) -> None:
    fails(12, PORTAL)
    look("error_rate_hourly", "new_error_kind")
    clock.move(minutes=61)
    look("new_error_kind")

    kept = {row["event"]: row for row in _of("new_error_kind", site)}
    assert kept["opened"]["reason"] == "told with its cause"
    assert {row["status"] for row in kept.values()} == {"Not wanted"}


def test_a_new_kind_alone_is_told_once(
    fails: Happen, look: Look, site: SQLiteSite, clock: MovableClock
) -> None:
    fails(1, DUES)
    look("new_error_kind")
    clock.move(minutes=61)
    look("new_error_kind")

    told = {(row["event"], row["status"], row["because"]) for row in _of("new_error_kind", site)}
    assert ("resolved", "Not wanted", "An event has no end to tell.") in told
    assert {status for event, status, _ in told if event == "opened"} == {"Handed over"}


def _of(rule: str, site: SQLiteSite) -> list[Row]:
    names = [row["name"] for row in site.get_all("System Alert", ["name"], {"rule": rule})]
    return site.get_all(
        "Alert Notification", ["event", "status", "reason", "because"], {"alert": ("in", names)}
    )


def _failure(site: SQLiteSite, number: int, batch: str) -> Row:
    return {
        "event_id": f"event-{number}",
        "timestamp": site.now() - timedelta(minutes=5),
        "process_type": "Payment Processing",
        "action": "processing_failed",
        "compliance_status": "Failed",
        "batch": batch,
    }
