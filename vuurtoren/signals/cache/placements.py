"""Where the numbers of the cache server stand on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Placement, numbers

PLACEMENTS = (
    Placement("resources.charted", numbers("cache.used_bytes")),
    Placement("resources.plain", numbers("cache.hit_percent", "cache.evicted_keys")),
)
