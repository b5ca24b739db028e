"""The cache server's own counters, since it started."""

from __future__ import annotations

from collections.abc import Iterable

from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source

PROMISES = {
    "cache.used_bytes": Promise("bytes", "Cache memory", "How much memory the cache server uses."),
    "cache.used_percent": Promise(
        "%", "Cache memory used", "How much of the memory that the cache server may have is in use."
    ),
    "cache.evicted_keys": Promise(
        "keys",
        "Evicted from the cache",
        "What the cache server threw away for want of memory since it started.",
    ),
    "cache.hit_percent": Promise(
        "%", "Cache hits", "How often the cache server had what it was asked for, since it started."
    ),
}


def measure_cache(context: Context) -> Iterable[Metric]:
    state = context.site.cache()
    yield context.known("cache.used_bytes", state.used_bytes)
    percent = round(100 * state.used_bytes / state.limit_bytes, 1) if state.limit_bytes else None
    yield context.known_or("cache.used_percent", percent, "the cache server has no memory limit")
    yield context.known("cache.evicted_keys", state.evicted_keys)
    asked = state.hits + state.misses
    hit_percent = round(100 * state.hits / asked, 1) if asked else None
    yield context.known_or("cache.hit_percent", hit_percent, "nobody has asked the cache server yet")


SOURCES = (Source("cache", PROMISES, measure_cache, keep_seconds=10),)
