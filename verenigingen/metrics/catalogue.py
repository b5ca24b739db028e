"""Every source that this app brings, in the order in which they are measured."""

from __future__ import annotations

from verenigingen.metrics import (
    audit,
    cache,
    certificate,
    database,
    errors,
    finance,
    host,
    jobs,
    mail,
    members,
    monitor,
    people,
    processes,
    queues,
    requests,
    safety,
    sepa,
)
from verenigingen.metrics.source import Source

SOURCES: tuple[Source, ...] = (
    *host.SOURCES,
    *processes.SOURCES,
    *database.SOURCES,
    *jobs.SOURCES,
    *queues.SOURCES,
    *mail.SOURCES,
    *errors.SOURCES,
    *requests.SOURCES,
    *cache.SOURCES,
    *safety.SOURCES,
    *certificate.SOURCES,
    *people.SOURCES,
    *members.SOURCES,
    *sepa.SOURCES,
    *audit.SOURCES,
    *finance.SOURCES,
    *monitor.SOURCES,
)

UNITS: dict[str, str] = {key: unit for source in SOURCES for key, unit in source.promises.items()}
"""The unit of every metric key."""
