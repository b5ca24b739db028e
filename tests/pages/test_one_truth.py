"""The page says one thing about one matter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock
from tests.pages.whole import build_page
from vuurtoren.alerts import alerts
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.pages.facts import Facts
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import rules_in_force, settings

LASTING = replace(RULE, key="error_rate_hourly", keep_firing_seconds=900)


@pytest.fixture
def ticked(site: SQLiteSite, clock: MovableClock) -> SQLiteSite:
    for job in ("tick", "hourly", "daily"):
        run_job(site, job)
    return site


def test_what_somebody_resolved_while_it_goes_on_is_not_well(ticked: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge(12, LASTING).opened
    for row in alerts.open_rows(ticked, ["name"]):
        alerts.resolve(ticked, str(row["name"]), "looks fine to me")
    judge(12, LASTING)
    overall = build_page(ticked).overall
    assert overall.level != "ok"
    assert "although its alert was resolved" in overall.headline
    assert name


def test_what_ended_after_somebody_resolved_it_is_told_no_more(ticked: SQLiteSite, judge: Evaluate) -> None:
    judge(12, RULE)
    for row in alerts.open_rows(ticked, ["name"]):
        alerts.resolve(ticked, str(row["name"]))
    judge(1, RULE)
    assert "resolved" not in build_page(ticked).overall.headline


def test_a_raised_threshold_is_the_one_that_the_open_alert_is_judged_and_shown_by(
    ticked: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    (name,) = judge(12, LASTING).opened
    clock.move(minutes=17)
    stored = settings.read(ticked)
    assert stored.thresholds.values["error_rate_hourly"]
    rows = ticked.get_single(settings.DOCTYPE)["rules"]
    raised = [row | {"threshold": 20} if row["rule"] == "error_rate_hourly" else row for row in rows]
    ticked.set_single(settings.DOCTYPE, {"rules": raised or [{"rule": "error_rate_hourly", "threshold": 20}]})
    assert settings.read(ticked).thresholds.values["error_rate_hourly"] == 20
    judge(12, LASTING)
    page = build_page(ticked).alerts.content
    assert page
    (shown,) = [alert for alert in page.open if alert.name == name]
    assert shown.limit == 20
    since = f"{ticked.now():%H:%M}"
    assert f"below the limit since {since}, closes at " in shown.message
    row = ticked.get(alerts.DOCTYPE, name)
    assert row and row["threshold"] == 20


def test_what_is_measured_now_is_not_unknown_beside_its_value(ticked: SQLiteSite) -> None:
    ticked.update("Alert Rule State", "cpu", {"answer": "unknown", "reason": "needs a second sample"})
    if not ticked.count("Alert Rule State", {"name": "memory"}):
        state = {"fingerprint": "memory", "rule": "memory", "answer": "unknown", "version": 1}
        ticked.insert("Alert Rule State", state | {"reason": "needs a second sample", "state": "Inactive"})
    else:
        ticked.update("Alert Rule State", "memory", {"answer": "unknown", "reason": "needs a second sample"})
    ticked.commit()
    unknowns = build_page(ticked).unknowns.content
    assert unknowns and "Memory" not in [check.title for check in unknowns.checks]


def test_two_hundred_alerts_are_two_hundred(ticked: SQLiteSite) -> None:
    from vuurtoren.alerts.events import record_event

    for number in range(200):
        record_event(ticked, settings.read(ticked), "TEST", "HIGH", f"event {number}")
    ticked.commit()
    page = build_page(ticked)
    waiting = page.alerts.content.waiting if page.alerts.content else 0
    assert page.overall.headline.startswith(f"{waiting} problems")
    assert page.overall.reasons[-1] == f"and {waiting - 4} more"
    assert rules_in_force


@pytest.mark.parametrize(("value", "level"), [(None, "unknown"), (50.0, "ok"), (92.0, "warning")])
def test_a_number_shows_the_limit_it_is_held_to_also_while_it_is_unknown(
    site: SQLiteSite, value: float | None, level: str
) -> None:
    metric = Metric("host.disk_percent", value, "%", "test", site.now(), "" if value else "the disk is gone")
    read = Facts(site).read(metric)
    assert (read.level, read.limit) == (level, 90)
