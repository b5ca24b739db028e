"""What the request log tells of the time before the monitor: the same numbers, each quarter of an hour."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from vuurtoren.metrics.recount import Reading, Sample
from vuurtoren.signals.requests.request_log import Request, read_tail
from vuurtoren.signals.requests.source import PERCENTILES, SLOW_AFTER_MS, WINDOW, fewest_for, percentile
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

EVERY = timedelta(minutes=15)
LONGEST_BYTES = 64 << 20
"""So much of the newest log is read, some 200,000 lines; what lies before it has no past."""
LAST_HOUR, FAILED, SLOW = "requests.last_hour", "requests.failed_last_hour", "requests.slow_last_hour"
SLOWEST = "requests.slowest_ms"
Told = tuple[str, datetime, float]


def read(site: Site, since: datetime, until: datetime) -> Mapping[str, Sequence[Sample]]:
    """Each number at whole quarters of hours that the log tells of; none where there is no log."""
    try:
        names = {site.name, site.site_path().name}
        tail = read_tail(site.request_log(), names, site.to_utc(since), LONGEST_BYTES)
    except (Unavailable, OSError):
        return {}
    requests = sorted((each for each in tail.requests if not each.own), key=lambda each: each.ended_utc)
    if not requests:
        return {}
    begins = max(tail.complete_since_utc, requests[0].ended_utc)
    found: dict[str, list[Sample]] = {}
    for metric, at_utc, value in _told(requests, begins, site.to_utc(until)):
        found.setdefault(metric, []).append((site.from_utc(at_utc), value))
    return found


def _told(requests: Sequence[Request], begins_utc: datetime, until_utc: datetime) -> Iterator[Told]:
    """An hour without a line tells nothing: nobody knows whether the log was written then."""
    ended = [each.ended_utc for each in requests]
    failed = [0, *accumulate(each.status >= 500 for each in requests)]
    slow = [0, *accumulate(each.duration_ms > SLOW_AFTER_MS for each in requests)]
    at = _quarter_after(begins_utc + WINDOW)
    while at < until_utc and at <= ended[-1] + EVERY:
        first, last = bisect_left(ended, at - WINDOW), bisect_left(ended, at)
        if first < last:
            yield LAST_HOUR, at, last - first
            yield FAILED, at, failed[last] - failed[first]
            yield SLOW, at, slow[last] - slow[first]
            yield from _durations(at, sorted(each.duration_ms for each in requests[first:last]))
        at += EVERY


def _durations(at: datetime, ordered: Sequence[float]) -> Iterator[Told]:
    for metric, percent in PERCENTILES.items():
        if len(ordered) >= fewest_for(percent):
            yield metric, at, round(percentile(ordered, percent), 1)
    yield SLOWEST, at, round(ordered[-1], 1)


def _quarter_after(moment: datetime) -> datetime:
    midnight = datetime(moment.year, moment.month, moment.day)
    return midnight + -(-(moment - midnight) // EVERY) * EVERY


READINGS = (Reading("monitor.json.log", (LAST_HOUR, FAILED, SLOW, *PERCENTILES, SLOWEST), read),)
