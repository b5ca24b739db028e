"""The areas that an administrator thinks in, and which signals belong to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from vuurtoren.signals.catalogue import SIGNALS


@dataclass(frozen=True)
class Area:
    """A part of the site: its signals, and the page that says more."""

    key: str
    title: str
    signals: tuple[str, ...]
    page: str = "metrics"
    shown: tuple[str, ...] = ()
    """The numbers of its tile on the first page; the first one is drawn."""


AREAS: tuple[Area, ...] = (
    Area(
        "resources",
        "Resources",
        ("machine", "database", "cache", "requests"),
        "metrics",
        ("host.cpu_percent", "host.memory_percent", "host.disk_percent"),
    ),
    Area(
        "errors", "Errors", ("errors",), "errors", ("errors.last_hour", "errors.last_day", "errors.last_week")
    ),
    Area(
        "scheduler",
        "Scheduler and queues",
        ("scheduler",),
        "operations",
        ("queues.depth", "queues.oldest_seconds", "jobs.failed_last_day"),
    ),
    Area(
        "mail",
        "Mail",
        ("mail",),
        "operations",
        ("mail.waiting", "mail.oldest_waiting_seconds", "mail.failed_last_day"),
    ),
    Area("services", "Services outside", ("services",), "operations"),
    Area(
        "backups",
        "Backups and safety",
        ("safety",),
        "operations",
        ("backup.age_hours", "backup.size_bytes", "logins.failed_last_day"),
    ),
    Area(
        "sepa",
        "SEPA",
        ("sepa", "compliance"),
        "sepa",
        ("sepa.failed_last_day", "mandates.active", "batches.recent"),
    ),
    Area(
        "business",
        "Business",
        ("association", "people"),
        "association",
        ("members.active", "payments.success_percent", "dues.stuck"),
    ),
    Area(
        "trail",
        "Audit trail",
        ("trail",),
        "sepa",
        ("audit.unsealed", "audit.last_verification_age_hours", "audit.last_anchor_age_hours"),
    ),
    Area("monitor", "The monitor itself", ("monitor",), "monitor"),
)
NAMED = {"members.active": "Active members", "payments.success_percent": "Successful payments"}
"""What a number is called in its tile, where its own name needs the heading above it."""
OTHER = Area("other", "Other apps", ())
BY_KEY = {area.key: area for area in (*AREAS, OTHER)}


def area_of(metric: str) -> Area:
    """The area of a metric; those of other apps have one of their own."""
    return _by_metric().get(metric, OTHER)


@lru_cache(maxsize=1)
def _by_metric() -> Mapping[str, Area]:
    of_signal = {signal: area for area in AREAS for signal in area.signals}
    return {
        key: of_signal.get(signal.name, OTHER)
        for signal in SIGNALS
        for source in signal.sources
        for key in source.promised
    }
