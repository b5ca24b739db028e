"""Counts about alerts for consoles and pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site

PERFORMANCE_TYPES = (
    "PERFORMANCE_DEGRADATION",
    "HIGH_JOB_QUEUE",
    "HIGH_CPU",
    "HIGH_MEMORY",
    "HIGH_DISK",
    "HIGH_DB_CONNECTIONS",
)


def alert_statistics(site: Site) -> dict[str, Any]:
    """Alerts opened in the last 24 hours, and the errors of the last hour.

    `error_rate_1h` is None where it could not be measured; then `reasons` says why.
    """
    window = {"timestamp": (">=", site.now() - timedelta(hours=24))}
    errors = collect(site, ["errors"]).get("errors.last_hour")
    return {
        "total_alerts_24h": site.count(alerts.DOCTYPE, window),
        "critical_alerts_24h": site.count(alerts.DOCTYPE, window | {"severity": "CRITICAL"}),
        "performance_alerts_24h": site.count(
            alerts.DOCTYPE, window | {"alert_type": ("in", PERFORMANCE_TYPES)}
        ),
        "error_rate_1h": errors.value,
        "reasons": {} if errors.known else {"error_rate_1h": errors.reason},
    }


def alert_summary(site: Site) -> dict[str, int]:
    """How many alerts are active, acknowledged, resolved today, and critical and not yet acknowledged."""
    midnight = site.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "active": site.count(alerts.DOCTYPE, {"status": "Active"}),
        "acknowledged": site.count(alerts.DOCTYPE, {"status": "Acknowledged"}),
        "resolved_today": site.count(alerts.DOCTYPE, {"status": "Resolved", "resolved_at": (">=", midnight)}),
        "critical_active": site.count(alerts.DOCTYPE, {"status": "Active", "severity": "CRITICAL"}),
    }
