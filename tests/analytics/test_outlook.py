"""Resources near their limit are named, and a date is given only where a clear trend leads to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from verenigingen.utils.analytics_engine import AnalyticsEngine
from vuurtoren.analytics.statement import percent
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName

DISK = "host.disk_percent"


def sample(site: SQLiteSite, metric: str, daily: list[float], *, each_day: int = 24) -> None:
    """So many samples on each of the days before today, the last value also this morning."""
    midnight = site.now().replace(hour=0, minute=0, second=0, microsecond=0)
    samples = [
        (midnight - timedelta(days=len(daily) - day) + timedelta(minutes=number * 1440 / each_day), value)
        for day, value in enumerate(daily)
        for number in range(each_day)
    ]
    samples.append((site.now() - timedelta(minutes=5), daily[-1]))
    history.backfill(site, "%", {SeriesName(metric, ()): samples})


def forecast(site: SQLiteSite, **given: Any) -> dict[str, Any]:
    return AnalyticsEngine(site).forecast_performance_trends(**given)


def test_a_resource_without_samples_is_unknown(site: SQLiteSite) -> None:
    report = forecast(site)
    assert report["historical_metrics"][DISK] is None
    assert "has not been sampled" in report["unknown"][f"historical_metrics.{DISK}"]
    assert "0 full days are known; a trend needs 10." in report["unknown"][f"forecasts.{DISK}"]


def test_too_few_days_give_no_forecast(site: SQLiteSite) -> None:
    sample(site, DISK, [60.0 + day for day in range(9)])
    report = forecast(site)
    assert report["historical_metrics"][DISK]["newest"] == 68
    assert report["forecasts"][DISK] is None
    assert report["unknown"][f"forecasts.{DISK}"] == "9 full days are known; a trend needs 10."


def test_days_with_few_samples_do_not_count(site: SQLiteSite) -> None:
    sample(site, DISK, [60.0 + day for day in range(14)], each_day=4)
    assert forecast(site)["historical_metrics"][DISK]["full_days"] == 0


def test_a_disk_that_fills_gets_a_date(site: SQLiteSite) -> None:
    sample(site, DISK, [60.0 + day for day in range(20)])  # 79 yesterday, one point a day, limit 90
    report = forecast(site, forecast_days=7)
    found = report["forecasts"][DISK]
    yesterday = site.now().date() - timedelta(days=1)
    assert found["expected"] == 86
    assert found["reaches_threshold"] == (yesterday + timedelta(days=11)).isoformat()
    assert "changes by about 1 % a day and reaches 90 % on" in report["trend_alerts"][0]["text"]
    assert report["trend_alerts"][0]["source"].startswith(f"samples of {DISK} in Metric Series since ")


def test_a_resource_that_swings_gets_no_date(site: SQLiteSite) -> None:
    sample(site, "host.cpu_percent", [20.0, 40.0] * 10)
    report = forecast(site)
    assert report["forecasts"]["host.cpu_percent"]["direction"] == "no clear trend"
    assert report["forecasts"]["host.cpu_percent"]["reaches_threshold"] is None
    assert report["trend_alerts"] == []


def test_a_limit_that_is_years_away_is_not_announced(site: SQLiteSite) -> None:
    sample(site, DISK, [10.0 + day / 100 for day in range(20)])
    assert forecast(site)["trend_alerts"] == []


def test_a_forecast_never_leaves_nought_to_a_hundred_percent(site: SQLiteSite) -> None:
    sample(site, DISK, [95.0 - 4 * day for day in range(20)])
    found = forecast(site, forecast_days=60)["forecasts"][DISK]
    assert 0 <= found["low"] <= found["expected"] <= found["high"] <= 100


def test_a_resource_near_its_limit_is_named_with_its_formula(site: SQLiteSite) -> None:
    sample(site, DISK, [85.0] * 3)
    report = forecast(site)
    assert report["capacity_planning"][0]["text"].startswith("Disk that holds the site: 85 % at ")
    assert report["capacity_planning"][0]["text"].endswith("the limit is 90 %.")
    assert "at 90% of the threshold" in report["formulas"]["historical_metrics.near"]


def test_the_threshold_is_the_one_in_force(site: SQLiteSite) -> None:
    site.set_conf("alert_thresholds", {"disk": 50})
    sample(site, DISK, [48.0] * 3)
    assert forecast(site)["historical_metrics"][DISK]["threshold"] == 50
    assert forecast(site)["capacity_planning"]


def test_there_is_no_score_for_confidence(site: SQLiteSite) -> None:
    report = forecast(site)
    assert report["confidence_score"] is None
    assert report["unknown"]["confidence_score"]


def test_a_share_that_is_nearly_nothing_is_not_shown_as_nothing() -> None:
    assert [percent(share) for share in (0.0, 0.0001, 0.075, 0.9999, 1.0)] == [
        "0 %",
        "0.1 %",
        "7.5 %",
        "99.9 %",
        "100 %",
    ]


def test_what_has_a_limit_has_an_outlook(site: SQLiteSite) -> None:
    wanted = {
        *("host.disk_percent", "host.inodes_percent", "host.memory_percent", "database.connections_percent"),
        *("database.log_tables_bytes", "queues.failed", "certificate.days_left", "backup.room_percent"),
        "compliance.mandates_ending",
    }
    assert wanted <= set(forecast(site)["historical_metrics"])
