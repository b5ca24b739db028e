"""The measurements under the names and in the nesting that the deployment checklist's callers know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.metrics.snapshot import Snapshot

SYSTEM = {
    "cpu_percent": "host.cpu_percent",
    "memory_percent": "host.memory_percent",
    "swap_percent": "host.swap_percent",
    "disk_usage_percent": "host.disk_percent",
    "boot_time": "host.boot_time",
}
DATABASE = {
    "total_tables": "database.table_count",
    "error_logs_count": "database.error_log_rows",
    "recent_errors": "errors.last_hour",
    "active_connections": "database.connections",
    "active_connections_percent": "database.connections_percent",
}
SLOW_QUERIES = {
    "timeout_errors": "database.timeout_errors_last_day",
    "lock_errors": "database.lock_errors_last_day",
    "slow_queries_last_hour": "database.slow_queries_per_hour",
    "longest_query_ms": "database.longest_query_ms",
}
PEOPLE = {
    "active_users": "users.active",
    "logged_in_users": "users.online",
    "session_count": "sessions.count",
}
JOBS = {"queued": "queues.depth", "failed": "queues.failed", "finished_today": "jobs.finished_today"}
SCHEDULER = {"enabled": "scheduler.enabled", "recent_executions": "scheduler.recent_executions"}
SILENT_SECONDS = 3600
BUSINESS = {
    "daily_transactions": {
        "payments": "payments.today",
        "invoices": "invoices.today",
        "journal_entries": "journal_entries.today",
    },
    "payment_success_rate": {
        "rate": "payments.success_percent",
        "total": "payments.total",
        "successful": "payments.successful",
        "failed": "payments.failed",
    },
    "member_activity": {
        "new_today": "members.new_today",
        "new_this_week": "members.new_this_week",
        "active_total": "members.active",
        "terminated_today": "members.terminated_today",
    },
    "sepa_health": {
        "active_mandates": "mandates.active",
        "failed_mandates_today": "mandates.failed_today",
        "recent_batches": "batches.recent",
        "pending_payments": "sepa.pending_payments",
    },
    "application_pipeline": {
        "pending_review": "applications.pending_review",
        "approved_today": "applications.approved_today",
        "rejected_today": "applications.rejected_today",
        "stalled_applications": "applications.stalled",
    },
}


@dataclass
class _Group:
    """The values of one group under their public names, with the reasons of those that are unknown."""

    snapshot: Snapshot
    unknown: dict[str, str] = field(default_factory=dict)

    def value(self, name: str, key: str, convert: Callable[[Any], Any] | None = None) -> Any:
        metric = self.snapshot.get(key)
        if metric.value is None:
            self.unknown[name] = metric.reason
            return None
        return convert(metric.value) if convert else metric.value

    def values(self, keys: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
        return {name: self.value(prefix + name, key) for name, key in keys.items()}


def system(snapshot: Snapshot) -> dict[str, Any]:
    """The machine that this process runs on; `load_average` is over 1, 5 and 15 minutes."""
    group = _Group(snapshot)
    loads = [group.value("load_average", f"host.load_{minutes}m") for minutes in (1, 5, 15)]
    available = group.value("memory_available_gb", "host.memory_available_bytes", _gigabytes)
    return {
        **group.values(SYSTEM),
        "memory_available_gb": available,
        "disk_free_gb": group.value("disk_free_gb", "host.disk_free_bytes", _gigabytes),
        "load_average": None if None in loads else loads,
        "unknown": group.unknown,
    }


def database(snapshot: Snapshot) -> dict[str, Any]:
    """Size and counters of the database; timeouts and locks are errors of the last 24 hours, by kind."""
    group = _Group(snapshot)
    slow = group.values(SLOW_QUERIES, "slow_queries.")
    issues = [slow["timeout_errors"], slow["lock_errors"]]
    return {
        **group.values(DATABASE),
        "database_size_mb": group.value("database_size_mb", "database.size_bytes", _megabytes),
        "slow_queries": {**slow, "total_performance_issues": None if None in issues else sum(issues)},
        "unknown": group.unknown,
    }


def application(snapshot: Snapshot) -> dict[str, Any]:
    """Users, background jobs, cache and scheduler; online means active within 15 minutes."""
    group = _Group(snapshot)
    running = group.values(SCHEDULER, "scheduler_status.")
    return {
        **group.values(PEOPLE),
        "background_jobs": group.values(JOBS, "background_jobs."),
        "cache_status": group.value("cache_status", "cache.used_bytes", lambda _: "reachable"),
        "scheduler_status": {**running, "status": _scheduler_status(snapshot)},
        "unknown": group.unknown,
    }


def business(snapshot: Snapshot) -> dict[str, Any]:
    """Transactions, payment outcomes, members, SEPA and applications; None where not installed."""
    group = _Group(snapshot)
    return {
        **{name: group.values(keys, f"{name}.") for name, keys in BUSINESS.items()},
        "unknown": group.unknown,
    }


def _scheduler_status(snapshot: Snapshot) -> str | None:
    """ "running" when a scheduled job started within the last hour; else "off", "dormant", "stopped" or
    "unknown", with the reason. None where the scheduler could not be asked."""
    enabled, dormant = snapshot.get("scheduler.enabled"), snapshot.get("scheduler.dormant")
    if enabled.value is None or dormant.value is None:
        return None
    if not enabled.value or dormant.value:
        word, metric = ("dormant", dormant) if enabled.value else ("off", enabled)
        return ": ".join([word, *(str(row["because"]) for row in metric.evidence)])
    age = snapshot.get("scheduler.last_execution_age_seconds")
    if age.value is None:
        return f"unknown: {age.reason}"
    if float(age.value) > SILENT_SECONDS:
        return "stopped: it is switched on, but no scheduled job has started within the last hour"
    return "running"


def _gigabytes(size_bytes: float) -> float:
    return round(size_bytes / 10**9, 2)


def _megabytes(size_bytes: float) -> float:
    return round(size_bytes / 10**6, 2)
