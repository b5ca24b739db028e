"""The functions behind /api/method/verenigingen.www.monitoring_dashboard.*, without any framework.

Shapes are those of the public documentation. A value that could not be measured is None, and `unknown`
beside it says why.
"""

from __future__ import annotations

from typing import Any

from vuurtoren.alerts.alerts import DOCTYPE, open_rows
from vuurtoren.audit.search import summary
from vuurtoren.error_kinds import index as error_index
from vuurtoren.pages.methods.groups import Groups
from vuurtoren.rules.rule import rank
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

Json = dict[str, Any]
ERRORS_SHOWN = 10
ALERTS_SHOWN = 20
AUDIT_DAYS, AUDIT_ROWS = 7, 15
AUDIT_LOG = "SEPA Audit Log"
ALERT_FIELDS = ["name", "alert_type", "severity", "message", "status", "timestamp"]


def get_system_metrics(site: Site) -> Json:
    """Members, volunteers, SEPA, errors and invoices in numbers."""
    groups = Groups(collect(site, ("business", "errors")))
    return {
        "members": groups.of("members", "active", "pending", "terminated", "total"),
        "volunteers": groups.of("volunteers", "active", "total"),
        "sepa": groups.named(
            {
                "active_mandates": "mandates.active",
                "recent_batches": "batches.recent",
                "pending_payments": "sepa.pending_payments",
            }
        ),
        "errors": groups.named(
            {"last_hour": "errors.last_hour", "last_24h": "errors.last_day", "last_week": "errors.last_week"}
        ),
        "invoices": groups.of("invoices", "draft", "submitted", "paid"),
    }


def get_recent_errors(site: Site) -> list[Json]:
    """The most frequent kinds of errors of 24 hours, at most 10."""
    try:
        kinds = error_index.recent_kinds(site, 24, ERRORS_SHOWN)
    except Unavailable as unavailable:
        return [
            _unknown_row(
                unavailable.said(site.translate), "error_summary", "count", "latest", "first_occurrence"
            )
        ]
    return [
        {
            "error_summary": kind.title,
            "count": kind.count,
            "latest": kind.last_seen,
            "first_occurrence": kind.first_seen,
            "fingerprint": kind.fingerprint,
            "culprit": kind.culprit,
        }
        for kind in kinds
    ]


def get_audit_summary(site: Site) -> list[Json]:
    """What the SEPA audit trail holds of 7 days by process, action and outcome, at most 15."""
    if site.has_doctype(AUDIT_LOG):
        return summary.get_audit_summary(site, AUDIT_DAYS, AUDIT_ROWS)
    reason = site.translate("SEPA Audit Log is not installed on this site: run bench migrate")
    return [_unknown_row(reason, "process_type", "action", "compliance_status", "count", "latest")]


def get_active_alerts(site: Site) -> list[Json]:
    """Open alerts, most severe first, at most 20."""
    if not site.has_doctype(DOCTYPE):
        reason = site.translate("System Alert is not installed on this site: run bench migrate")
        return [_unknown_row(reason, *ALERT_FIELDS)]
    rows = open_rows(site, ALERT_FIELDS)
    return sorted(rows, key=lambda row: -rank(row["severity"]))[:ALERTS_SHOWN]


def get_performance_metrics(site: Site) -> Json:
    """The database, the people and jobs on the site, and the day's business."""
    groups = Groups(collect(site, ("database", "people", "queues", "cache", "business")))
    cache = groups.value("cache.used_bytes")
    database = groups.named(
        {
            "total_tables": "database.table_count",
            "error_logs_size": "database.error_log_rows",
            "size_bytes": "database.size_bytes",
        }
    )
    system = groups.named({"active_users": "users.active", "background_jobs": "queues.depth"})
    return {
        "database": database
        | {"recent_queries": groups.named({"slow_last_hour": "database.slow_queries_per_hour"})},
        "system": system | {"cache_status": None if cache is None else "reachable"},
        "business": _business(groups),
    }


def _business(groups: Groups) -> Json:
    week = groups.value("members.new_this_week")
    growth = groups.named({"today": "members.new_today", "week": "members.new_this_week"})
    kinds = ("payments", "invoices", "journal_entries")
    return {
        "daily_transactions": groups.named({kind: f"{kind}.today" for kind in kinds}),
        "payment_success_rate": {"rate": groups.value("payments.success_percent")}
        | groups.of("payments", "total", "successful", "failed"),
        "member_growth": growth | {"daily_average": None if week is None else round(week / 7, 2)},
    }


def refresh_dashboard_data(site: Site) -> Json:
    """All of the above, and when it was put together (site time)."""
    return {
        "timestamp": site.now(),
        "system_metrics": get_system_metrics(site),
        "recent_errors": get_recent_errors(site),
        "audit_summary": get_audit_summary(site),
        "active_alerts": get_active_alerts(site),
        "performance_metrics": get_performance_metrics(site),
    }


def _unknown_row(reason: str, *fields: str) -> Json:
    """One row that says why there are no others: an empty list would say that all is well."""
    return {**dict.fromkeys(fields), "unknown": reason}
