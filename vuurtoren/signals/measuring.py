"""One round of measuring what this site watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable

from vuurtoren.metrics import collector
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.metrics.source import Source
from vuurtoren.signals import registry
from vuurtoren.site.protocol import Site


def collect(
    site: Site,
    only: Collection[str] | None = None,
    *,
    fresh: bool = False,
    sources: Iterable[Source] | None = None,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> Snapshot:
    """Measure the sources of this site, or those given; never raises (see `vuurtoren.metrics.collector`)."""
    given = registry.sources(site) if sources is None else sources
    return collector.collect(site, given, only, fresh=fresh, stopwatch=stopwatch)
