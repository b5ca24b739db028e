"""Every source that this app brings, in the order in which they are measured."""

from __future__ import annotations

from verenigingen.metrics import host
from verenigingen.metrics.source import Source

SOURCES: tuple[Source, ...] = (*host.SOURCES,)

UNITS: dict[str, str] = {key: unit for source in SOURCES for key, unit in source.promises.items()}
"""The unit of every metric key."""
