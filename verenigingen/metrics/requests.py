"""Web requests of the last hour: how many, how fast, how many failed; from Frappe's monitor log."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from verenigingen.metrics.metric import Metric
from verenigingen.metrics.request_log import Request, Tail, read_tail
from verenigingen.metrics.source import Context, Source
from verenigingen.site.errors import Unavailable

WINDOW = timedelta(hours=1)
SLOW_AFTER_MS = 2000
SHOWN_ROUTES = 5
PERCENTILES = {"requests.p50_ms": 50, "requests.p95_ms": 95, "requests.p99_ms": 99}
PROMISES = {
    "requests.last_hour": "requests",
    "requests.failed_last_hour": "requests",
    "requests.slow_last_hour": "requests",
    "requests.slowest_ms": "ms",
} | dict.fromkeys(PERCENTILES, "ms")


def measure_requests(context: Context) -> Iterable[Metric]:
    since_utc = context.site.now_utc() - WINDOW
    tail = _tail(context, since_utc)
    if tail.newest_utc is None or tail.newest_utc < since_utc:
        raise Unavailable(
            "the request log has no line from the last hour; Frappe's scheduler writes it every few minutes"
        )
    yield from _counts(context, tail, since_utc)
    yield from _durations(context, tail.requests)


def _tail(context: Context, since_utc: datetime) -> Tail:
    path = context.site.request_log()
    try:
        return read_tail(path, {context.site.name, context.site.site_path().name}, since_utc)
    except OSError as refused:
        raise Unavailable(f"the request log cannot be read: {refused}") from refused


def _counts(context: Context, tail: Tail, since_utc: datetime) -> Iterable[Metric]:
    requests = tail.requests
    failed = [request for request in requests if request.status >= 500]
    slow = [request for request in requests if request.duration_ms > SLOW_AFTER_MS]
    read_since = context.site.from_utc(tail.complete_since_utc)
    # On a very busy bench the tail covers less than the hour: the counts are then of this shorter time.
    shorter = [{"counted since": read_since}] if tail.complete_since_utc > since_utc else []
    yield context.known("requests.last_hour", len(requests), evidence=shorter)
    yield context.known("requests.failed_last_hour", len(failed), evidence=[*shorter, *_routes(failed)])
    yield context.known("requests.slow_last_hour", len(slow), evidence=[*shorter, *_routes(requests)])


def _durations(context: Context, requests: Sequence[Request]) -> Iterable[Metric]:
    durations = sorted(request.duration_ms for request in requests)
    keys = [*PERCENTILES, "requests.slowest_ms"]
    if not durations:
        yield from (context.unknown(key, "there was no request in the last hour") for key in keys)
        return
    for key, percent in PERCENTILES.items():
        yield context.known(key, round(percentile(durations, percent), 1))
    yield context.known("requests.slowest_ms", round(durations[-1], 1))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _routes(requests: Iterable[Request]) -> list[dict[str, Any]]:
    """The routes that take longest in their worst twentieth."""
    by_route: dict[str, list[float]] = defaultdict(list)
    for request in requests:
        by_route[request.route].append(request.duration_ms)
    found = [
        {"route": route, "count": len(durations), "p95_ms": round(percentile(sorted(durations), 95), 1)}
        for route, durations in by_route.items()
    ]
    found.sort(key=lambda row: (-float(str(row["p95_ms"])), str(row["route"])))
    return found[:SHOWN_ROUTES]


SOURCES = (Source("requests", PROMISES, measure_requests, keep_seconds=60),)
