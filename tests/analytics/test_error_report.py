"""The error report says what the index bears out, with its source, and what it cannot say with a reason."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from verenigingen.utils.analytics_engine import AnalyticsEngine
from vuurtoren.analytics.trend import MINIMUM_DAYS
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index as error_index
from vuurtoren.site.errors import InvalidValue

if TYPE_CHECKING:
    from conftest import MovableClock

TEXT = """Traceback (most recent call last):
  File "apps/verenigingen/verenigingen/dues.py", line 1, in collect
    raise {0}
{0}: {1}
"""


def log(site: SQLiteSite, number: int, message: str = "no mandate", exception: str = "ValueError") -> None:
    row = {"method": "dues", "error": TEXT.format(exception, message)}
    site.seed("Error Log", [row] * number)
    site.commit()


def live(site: SQLiteSite, clock: MovableClock, errors_by_day: list[int]) -> None:
    """Whole days at midnight of site time, each with so many errors at ten o'clock; ends on a new day."""
    clock.moment = datetime(2026, 9, 30, 22, 0, tzinfo=timezone.utc)
    for number in errors_by_day:
        error_index.index_new_errors(site)
        clock.move(hours=10)
        log(site, number)
        error_index.index_new_errors(site)
        clock.move(hours=14)
    error_index.index_new_errors(site)


def texts(report: dict[str, Any]) -> str:
    return " ".join(each["text"] for each in report["insights"])


def test_a_site_whose_errors_were_never_counted_says_so(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).analyze_error_patterns()
    assert report["total_errors"] is None
    assert "not been counted yet" in report["unknown"]["total_errors"]
    assert set(report["patterns"].values()) == {None}


def test_no_error_is_said_only_for_the_time_that_was_counted(site: SQLiteSite) -> None:
    error_index.index_new_errors(site)
    report = AnalyticsEngine(site).analyze_error_patterns(days=30)
    assert report["total_errors"] == 0
    assert texts(report) == "No error was logged since 2026-11-04 07:45, when counting began."


def test_it_counts_errors_and_kinds(site: SQLiteSite) -> None:
    site.seed("Error Log", [{"creation": site.now() - timedelta(days=8)}])
    log(site, 9)
    log(site, 3, "no bank", "KeyError")
    error_index.index_new_errors(site)
    report = AnalyticsEngine(site).analyze_error_patterns(days=3)
    assert report["total_errors"] == 12
    assert report["patterns"]["error_types"] == {"ValueError": 9, "KeyError": 3}
    assert report["patterns"]["hourly_patterns"]["10"] == 12
    assert "12 errors of 2 kinds were logged in the last 3 days." in texts(report)
    assert "One kind makes up 75 % of them (9 of 12): ValueError: no mandate." in texts(report)


def test_every_sentence_names_its_source(site: SQLiteSite, clock: MovableClock) -> None:
    live(site, clock, [3] * 12)
    report = AnalyticsEngine(site).analyze_error_patterns(days=20)
    assert report["insights"]
    assert all("of Error Kind where last_seen >= " in each["source"] for each in report["insights"])


def test_a_trend_needs_enough_full_days(site: SQLiteSite, clock: MovableClock) -> None:
    live(site, clock, [1, 2])
    report = AnalyticsEngine(site).analyze_error_patterns()
    assert report["patterns"]["growth_trends"] is None
    full_days = len([day for day in report["patterns"]["daily_trends"] if day != report["end_date"]])
    assert full_days < MINIMUM_DAYS
    assert (
        report["unknown"]["patterns.growth_trends"] == f"{full_days} full days are known; a trend needs 10."
    )
    assert "cannot be said yet" in texts(report)


def test_errors_that_rise_are_said_to_rise(site: SQLiteSite, clock: MovableClock) -> None:
    live(site, clock, [2 * day for day in range(14)])
    report = AnalyticsEngine(site).analyze_error_patterns(days=14)
    trend = report["patterns"]["growth_trends"]
    assert trend["direction"] == "rising"
    assert trend["per_day"] == 2
    assert "Errors rise: each day by about +2 " in texts(report)
    assert "Mann-Kendall" in report["formulas"]["patterns.growth_trends"]


def test_errors_without_a_trend_are_said_to_have_none(site: SQLiteSite, clock: MovableClock) -> None:
    live(site, clock, [3, 1] * 7)
    report = AnalyticsEngine(site).analyze_error_patterns(days=14)
    assert report["patterns"]["growth_trends"]["direction"] == "no clear trend"
    assert "Errors neither rise nor fall clearly" in texts(report)


def test_the_hour_of_most_errors_is_named_when_there_are_enough(
    site: SQLiteSite, clock: MovableClock
) -> None:
    live(site, clock, [3] * 12)
    report = AnalyticsEngine(site).analyze_error_patterns(days=20)
    assert "36 of 36 errors fell between 10:00 and 11:00." in texts(report)


def test_what_no_log_records_is_none_with_a_reason(site: SQLiteSite) -> None:
    error_index.index_new_errors(site)
    report = AnalyticsEngine(site).analyze_error_patterns()
    for name in ("user_impact", "severity_distribution"):
        assert report["patterns"][name] is None
        assert report["unknown"][f"patterns.{name}"]


def test_the_score_of_a_hot_spot_is_that_of_the_printed_formula(
    site: SQLiteSite, clock: MovableClock
) -> None:
    live(site, clock, [4, 0, 4])
    log(site, 5, "no bank")
    error_index.index_new_errors(site)
    report = AnalyticsEngine(site).identify_error_hotspots(days=4)
    assert report["formulas"]["score"] == (
        "score = errors of the kind × days on which it was seen ÷ days of the period"
    )
    assert [(spot["errors"], spot["days_seen"], spot["score"]) for spot in report["hotspots"]] == [
        (8, 2, 8 * 2 / 4),
        (5, 1, 5 * 1 / 4),
    ]
    assert report["remediation_priority"][0]["title"] == "ValueError: no mandate"


def test_a_hot_spot_is_critical_by_the_printed_formula(site: SQLiteSite) -> None:
    log(site, 30)
    log(site, 9, "no bank")
    error_index.index_new_errors(site)
    report = AnalyticsEngine(site).identify_error_hotspots()
    assert [spot["title"] for spot in report["critical_hotspots"]] == ["ValueError: no mandate"]
    assert "at least 10 errors" in report["formulas"]["critical"]


def test_hot_spots_of_an_uncounted_site_are_unknown(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).identify_error_hotspots()
    assert report["hotspots"] is None
    assert set(report["unknown"]) >= {"hotspots", "severity_scores"}


@pytest.mark.parametrize("days", [0, -1, 366, "x", "", None, 1.5, True, "٣"])
def test_a_period_that_is_no_number_of_days_is_refused(site: SQLiteSite, days: Any) -> None:
    with pytest.raises(InvalidValue, match="from 1 to 365"):
        AnalyticsEngine(site).analyze_error_patterns(days)


def test_a_period_may_come_as_text(site: SQLiteSite) -> None:
    assert AnalyticsEngine(site).analyze_error_patterns("14")["analysis_period"] == "14 days"  # type: ignore[arg-type]


def test_the_report_is_json(site: SQLiteSite) -> None:
    log(site, 3, "<script>alert(1)</script> 💶")
    error_index.index_new_errors(site)
    json.dumps(AnalyticsEngine(site).analyze_error_patterns())


def test_the_period_ends_today_and_counts_whole_days(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).analyze_error_patterns(days=7)
    assert report["end_date"] == site.now().date().isoformat()
    assert report["start_date"] == (site.now().date() - timedelta(days=6)).isoformat()
