"""Web requests of the last hour: how many, how fast, how many failed; from Frappe's monitor log."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.metrics import subject
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.signals.requests.request_log import Request, Tail, read_tail
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.words.words import Words

WINDOW = timedelta(hours=1)
SLOW_AFTER_MS = 2000
SHOWN_ROUTES = 5
PERCENTILES = {"requests.p50_ms": 50, "requests.p95_ms": 95, "requests.p99_ms": 99}
PROMISES = {
    "requests.last_hour": Promise(
        "requests",
        "Requests, last hour",
        "Web requests that the site answered in the last hour, those to the monitor left out.",
    ),
    "requests.own_last_hour": Promise(
        "requests",
        "Requests to the monitor, last hour",
        "Requests of the last hour to the monitor's own pages and API, which count in no other number.",
    ),
    "requests.failed_last_hour": Promise(
        "requests", "Failed requests, last hour", "Requests of the last hour that ended in a server error."
    ),
    "requests.slow_last_hour": Promise(
        "requests", "Slow requests, last hour", "Requests of the last hour that took longer than two seconds."
    ),
    "requests.slowest_ms": Promise(
        "ms", "Slowest request", "How long the slowest request of the last hour took."
    ),
    "requests.p50_ms": Promise(
        "ms",
        "Half of the requests within",
        "Half of the requests of the last hour were answered within this time.",
    ),
    "requests.p95_ms": Promise(
        "ms",
        "95 % of the requests within",
        "All but the slowest twentieth of the last hour were answered within this time.",
    ),
    "requests.p99_ms": Promise(
        "ms",
        "99 % of the requests within",
        "All but the slowest hundredth of the last hour were answered within this time.",
    ),
}


def measure_requests(context: Context) -> Iterable[Metric]:
    since_utc = context.site.now_utc() - WINDOW
    tail = _tail(context, since_utc)
    if tail.newest_utc is None or tail.newest_utc < since_utc:
        raise Unavailable(
            "the request log has no line from the last hour; Frappe's scheduler writes it every few minutes"
        )
    # open tabs ask the monitor every minute: they would make a slow site look fast
    others = [request for request in tail.requests if not request.own]
    yield context.known("requests.own_last_hour", len(tail.requests) - len(others))
    yield from _counts(context, replace(tail, requests=tuple(others)), since_utc)
    yield from _durations(context, others)


def _tail(context: Context, since_utc: datetime) -> Tail:
    path = context.site.request_log()
    try:
        return read_tail(path, {context.site.name, context.site.site_path().name}, since_utc)
    except OSError as refused:
        raise Unavailable("the request log cannot be read: {0}", refused) from refused


def _counts(context: Context, tail: Tail, since_utc: datetime) -> Iterable[Metric]:
    requests = tail.requests
    failed = [request for request in requests if request.status >= 500]
    slow = [request for request in requests if request.duration_ms > SLOW_AFTER_MS]
    read_since = context.site.from_utc(tail.complete_since_utc)
    # On a very busy bench the tail covers less than the hour: the counts are then of this shorter time.
    shorter = [{"counted since": read_since}] if tail.complete_since_utc > since_utc else []
    yield context.known("requests.last_hour", len(requests), evidence=shorter)
    yield context.known(
        "requests.failed_last_hour",
        len(failed),
        evidence=[*shorter, *_routes(failed)],
        subjects=_about(failed),
    )
    yield context.known(
        "requests.slow_last_hour", len(slow), evidence=[*shorter, *_routes(requests)], subjects=_about(slow)
    )


def _durations(context: Context, requests: Sequence[Request]) -> Iterable[Metric]:
    durations = sorted(request.duration_ms for request in requests)
    keys = [*PERCENTILES, "requests.slowest_ms"]
    if not durations:
        yield from (context.unknown(key, "there was no request in the last hour") for key in keys)
        return
    for key, percent in PERCENTILES.items():
        fewest = fewest_for(percent)
        if len(durations) < fewest:
            why = "too few requests in the last hour ({0} of the {1} that this takes)"
            yield context.unknown(key, Words(why, len(durations), fewest))
            continue
        limit, told = percentile(durations, percent), key == "requests.p95_ms"
        slower = [request for request in requests if request.duration_ms >= limit] if told else []
        slowest = _routes(requests) if told else []
        yield context.known(key, round(limit, 1), evidence=slowest, subjects=_about(slower))
    yield context.known("requests.slowest_ms", round(durations[-1], 1))


def fewest_for(percent: int) -> int:
    """Of fewer values the slowest part is less than one: what is said of it is said of the slowest alone."""
    return math.ceil(100 / (100 - percent))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _about(requests: Iterable[Request]) -> list[subject.Subject]:
    return [subject.route(path) for path in subject.main(Counter(request.route for request in requests))]


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
