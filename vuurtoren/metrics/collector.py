"""One round of measuring: every source behind its own error boundary, answers used again while fresh."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from vuurtoren.failures import error_boundary
from vuurtoren.metrics.measurement_cache import MeasurementCache
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.names import this_host
from vuurtoren.site.protocol import Limited, Site

NOT_REPORTED = "the source did not report it"
FAILURE_KEEP_SECONDS = 300
"""A source that failed is asked again after this time at the latest, however long it keeps its answers."""
SLOW_SECONDS = 10
"""A source that takes longer holds the others up: it is reported and rests ten times as long."""
LONGEST_REST_SECONDS = 3600
LIMIT_SECONDS = 30
"""A source that has not answered then is unknown."""
FILE_KEEP_SECONDS = 60
"""Answers kept at least this long are worth sharing with the other processes of the machine."""


def collect(
    site: Site,
    sources: Iterable[Source],
    only: Collection[str] | None = None,
    *,
    fresh: bool = False,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> Snapshot:
    """Measure and never raise: what could not be measured is unknown with its reason.

    `only` names sources ("host") or groups of them ("safety" for all of "safety.…"); `fresh` measures anew
    what would be used again. A source that was slow rests for a while, its last answer standing in.
    """
    taken_at, taken_at_utc = site.now(), site.now_utc()
    kept = MeasurementCache.of(site.site_path())
    kept.refresh()
    metrics: list[Metric] = []
    slow: list[tuple[str, float]] = []
    with site.limits() as limited:
        for source in sources:
            if only is None or source.name in only or source.name.partition(".")[0] in only:
                context = Context(site, taken_at, source, kept)
                usable = None if fresh else _usable_again(context)
                began = stopwatch()
                found = usable or _measured_in_time(context, limited)
                took = stopwatch() - began
                if not usable and took > SLOW_SECONDS:
                    slow.append((source.name, took))
                    # every process of the machine uses this answer until the source has rested
                    rest = max(min(took * 10, LONGEST_REST_SECONDS), source.keep_seconds)
                    _put(context, rest, found, in_file=True)
                metrics += found
    kept.save()
    return Snapshot(taken_at, taken_at_utc, tuple(metrics), tuple(slow))


def _usable_again(context: Context) -> list[Metric] | None:
    entry = context.kept.get(_entry_name(context.source))
    if not isinstance(entry, dict):
        return None
    try:
        metrics = [Metric.from_plain(plain) for plain in entry["metrics"]]
        promised = {metric.key: metric.unit for metric in metrics}
        if promised != {key: each.unit for key, each in context.source.promised.items()}:
            return None
        age_seconds = (context.now - metrics[0].measured_at).total_seconds()
        if not 0 <= age_seconds < entry["keep_seconds"]:
            return None
        if entry["language"] == context.site.language():
            return metrics
        return [metric.said(context.site.translate) for metric in metrics]
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def _measured_in_time(context: Context, limited: Limited) -> list[Metric]:
    """What a source that hangs promised is unknown, and the others go on."""
    source = context.source
    try:
        return limited(source.name, LIMIT_SECONDS, lambda: _measured_anew(context))
    except Unavailable as late:
        return [context.unknown(key, late.words) for key in source.promises]


def _measured_anew(context: Context) -> list[Metric]:
    source = context.source
    metrics: list[Metric] = []
    reason: str = NOT_REPORTED
    # The error boundary of a source.
    with error_boundary(context.site, f"metrics.{source.name}") as caught:
        try:
            for metric in source.measure(context):
                metrics.append(metric)
        except Unavailable as unavailable:
            reason = unavailable.words
    given = {metric.key for metric in metrics}
    metrics += [context.unknown(key, caught.reason or reason) for key in source.promises if key not in given]
    _keep(context, metrics, failed=bool(caught.reason))
    return metrics


def _keep(context: Context, metrics: list[Metric], *, failed: bool) -> None:
    keep_seconds = context.source.keep_seconds
    if not keep_seconds:
        return
    if failed or not any(metric.known for metric in metrics):
        keep_seconds = min(keep_seconds, FAILURE_KEEP_SECONDS)
    _put(context, keep_seconds, metrics, in_file=context.source.keep_seconds >= FILE_KEEP_SECONDS)


def _put(context: Context, keep_seconds: float, metrics: list[Metric], *, in_file: bool) -> None:
    entry: dict[str, Any] = {
        "keep_seconds": keep_seconds,
        "language": context.site.language(),
        "metrics": [metric.as_plain() for metric in metrics],
    }
    context.kept.put(_entry_name(context.source), entry, in_file=in_file)


def _entry_name(source: Source) -> str:
    return f"source {source.name}" + (f" on {this_host()}" if source.local else "")
