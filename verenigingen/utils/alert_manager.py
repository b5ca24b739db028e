"""The alerting under the names that the deployment checklist calls it by.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from verenigingen.monitoring_jobs import run_daily_checks, run_hourly_checks, run_tick
from vuurtoren.endpoints.permission import acting_site, permitted_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.engines.alert_manager import AlertManager

__all__ = [
    "AlertManager",
    "check_critical_errors",
    "get_alert_statistics",
    "run_daily_checks",
    "run_hourly_checks",
    "run_tick",
    "test_alert_system",
]


def check_critical_errors() -> None:
    """Judge floods of errors and new kinds of error now. Raises nothing."""
    AlertManager().check_critical_errors()


@whitelist(methods=["POST"])
def test_alert_system() -> dict[str, Any]:
    """Send a test alert and say what really happened to it: {status, message, alert_name}."""
    return AlertManager(acting_site()).test_alert_system()


@whitelist(methods=["GET", "POST"])
def get_alert_statistics() -> dict[str, Any]:
    """{total_alerts_24h, critical_alerts_24h, error_rate_1h, performance_alerts_24h}, and reasons."""
    return AlertManager(permitted_site()).get_alert_statistics()
