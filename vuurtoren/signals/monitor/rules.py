"""The monitor's own pulse."""

from __future__ import annotations

from vuurtoren import carrier
from vuurtoren.rules.rule import HOUR, MINUTE, Rule

APP = carrier.app_name()

RULES = (
    Rule(
        key="hourly_checks_silent",
        title="Hourly checks overdue",
        alert_type="MONITOR_ISSUES",
        severity="HIGH",
        metric="monitor.hourly_age_seconds",
        operator=">",
        threshold=3 * HOUR,
        critical_threshold=24 * HOUR,
        unit="s",
        for_seconds=10 * MINUTE,
        unknown_for_seconds=None,
        summary="the hourly checks have not ended well for {value} (limit {threshold})",
        links=("Monitoring Run", "Error Log"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
        ),
        runbook=f"""Open Monitoring Run: the row `hourly` holds the error of the last run.
Run them by hand: `bench --site SITE execute {APP}.utils.alert_manager.run_hourly_checks`.
If that works, the scheduler does not call them: see the rules about the scheduler.""",
    ),
    Rule(
        key="daily_checks_silent",
        title="Daily checks overdue",
        alert_type="MONITOR_ISSUES",
        severity="MEDIUM",
        metric="monitor.daily_age_seconds",
        operator=">",
        threshold=50 * HOUR,
        unit="s",
        for_seconds=HOUR,
        interval="hourly",
        unknown_for_seconds=None,
        summary="the daily checks have not ended well for {value} (limit {threshold})",
        links=("Monitoring Run", "Error Log"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
            "hourly_checks_silent",
        ),
        runbook=f"""Open Monitoring Run: the row `daily` holds the error of the last run.
Run them by hand: `bench --site SITE execute {APP}.utils.alert_manager.run_daily_checks`.""",
    ),
)
