"""Who is told of findings: one message for a batch, by severity, through the ordinary rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import dormant
from tests.compliance.test_findings import office as office
from tests.compliance.test_returned import came_back
from vuurtoren.compliance import scanning
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.reports import daily_report, daily_report_message, digest, digest_message
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

Measure = Callable[..., Snapshot]


def suspended_batch(site: SQLiteSite, members: int) -> None:
    held = [books.mandate(site, status="Suspended", is_active=0) for _each in range(members)]
    books.batch(site, "B-1", (site.now() + timedelta(days=12)).date(), held)


def value(snapshot: Snapshot, key: str, about: str) -> Any:
    return snapshot.get(key, about=about).value


def test_a_batch_is_one_number_however_many_members(office: SQLiteSite, measured: Measure) -> None:
    suspended_batch(office, 3)
    scanning.scan(office)
    snapshot = measured(office, "audit")
    assert value(snapshot, "compliance.critical", "B-1") == 3
    assert value(snapshot, "compliance.critical", "mandates") == 0


def test_a_batch_that_is_critical_is_not_told_a_second_time_as_high(
    office: SQLiteSite, measured: Measure
) -> None:
    suspended_batch(office, 1)
    books.line(office, "B-1", books.mandate(office), amount=16)
    scanning.scan(office)
    assert value(measured(office, "audit"), "compliance.high", "B-1") == 0


def test_too_many_returns_are_about_the_batch_that_most_came_back_from(
    office: SQLiteSite, measured: Measure
) -> None:
    scanning.scan(office)
    for number, batch in enumerate(("B-1", "B-1", "B-2")):
        came = {
            "batch": batch,
            "arrived_on": office.now().date(),
            "return_key": str(number),
            "kind": "Return",
        }
        office.seed("SEPA Return", [{"name": str(number), **came}])
    found = {
        "rule": "R07",
        "severity": "H",
        "area": "returns",
        "status": "Open",
        "said": "many",
        "batch": None,
    }
    office.seed("SEPA Finding", [{"name": "many", **found}])
    metric = measured(office, "audit").get("compliance.high", about="returns")
    assert [(each.sort, each.name) for each in metric.subjects] == [("batch", "B-1")]


def test_before_the_first_scan_the_number_is_unknown(office: SQLiteSite, measured: Measure) -> None:
    assert measured(office, "audit").get("compliance.medium").value is None


def test_one_alert_opens_for_a_batch_and_ends_when_it_is_mended(office: SQLiteSite, clock: Any) -> None:
    use_site(office)
    suspended_batch(office, 3)
    run_job(office, "daily")
    about = {"rule": "sepa_findings_critical"}
    assert [row["severity"] for row in office.get_all("System Alert", ["severity"], about)] == ["CRITICAL"]
    clock.move(minutes=30)
    for row in office.get_all("SEPA Mandate", ["name"]):
        office.update("SEPA Mandate", row["name"], {"status": "Active", "is_active": 1})
    office.commit()
    run_job(office, "tick")
    assert [row["status"] for row in office.get_all("System Alert", ["status"], about)] == ["Resolved"]
    use_site(None)


@pytest.mark.parametrize(
    ("rule", "severity", "interval"),
    [("sepa_findings_critical", "CRITICAL", "tick"), ("sepa_findings_high", "HIGH", "hourly")],
)
def test_the_severity_decides_how_soon_it_is_told(rule: str, severity: str, interval: str) -> None:
    assert (BY_KEY[rule].severity, BY_KEY[rule].interval) == (severity, interval)


def daily(site: SQLiteSite) -> str:
    report = daily_report.daily_report(site, settings.read(site))
    return daily_report_message.compose(site, report).text


def test_what_is_due_is_in_the_daily_report_in_one_line_a_rule_with_day_and_euros(office: SQLiteSite) -> None:
    for _member in range(3):
        came_back(office, "MD01")
    scanning.scan(office)
    said = daily(office)
    assert "R03 What its code asks for is done before the next batch: 3 open, by 2026-11-11" in said
    assert "EUR 45.00 at stake" in said
    assert "Returns to follow up: 3, the first by 2026-11-11" in said


def test_what_can_wait_is_not_in_the_daily_report(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    assert "M04" not in daily(office)


def test_what_can_wait_is_in_the_weekly_digest(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    message = digest_message.compose(office, digest.weekly_digest(office, settings.read(office)))
    assert "M04" in message.text


def test_mandates_that_end_soon_are_counted_by_their_dates(office: SQLiteSite, measured: Measure) -> None:
    today = office.now().date()
    for days_ago in (1060, 1040, 4 * 365):
        books.mandate(office, used_on=today - timedelta(days=days_ago))
    scanning.scan(office)
    found = measured(office, "audit").get("compliance.mandates_ending")
    assert found.value == 2
    ends = [row["ends on"] for row in found.evidence]
    last = today + timedelta(days=90)
    assert today.isoformat() < ends[0] < ends[1] <= last.isoformat()
