"""From stored points to what a chart draws: columns with lowest, mean and highest, and the gaps between."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter

from vuurtoren.metrics.history.buckets import Bucket

Point = tuple[datetime, float]
Drawn = Point | Bucket
"""One value, or several put together: their mean, and the lowest and highest of them."""
MOMENT = itemgetter(0)
GAP_STEPS = 2.5
"""How many usual distances may lie between two points before the line is broken."""


@dataclass(frozen=True)
class Column:
    """The points of one slice of time: first, mean and last moment; lowest, mean and highest value."""

    first: datetime
    at: datetime
    last: datetime
    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True)
class Span:
    """A stretch of time, and what it was, where that is known."""

    since: datetime
    until: datetime
    what: str = ""


@dataclass(frozen=True)
class Stretch:
    """What is usual in a stretch of time."""

    since: datetime
    until: datetime
    low: float
    high: float


def runs_of(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Those that follow each other without a gap, together."""
    runs: list[list[Stretch]] = []
    for each in stretches:
        if runs and runs[-1][-1].until == each.since:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


@dataclass(frozen=True)
class ChartSeries:
    """Runs of columns without a gap, and the gaps between, before and after them."""

    since: datetime
    until: datetime
    runs: tuple[tuple[Column, ...], ...]
    gaps: tuple[Span, ...]

    @property
    def columns(self) -> list[Column]:
        return [column for run in self.runs for column in run]


def series(points: Sequence[Drawn], since: datetime, until: datetime, columns: int = 144) -> ChartSeries:
    """Points within the window, in time order, as at most `columns` columns; a gap stays a gap."""
    inside = points[bisect_left(points, since, key=MOMENT) : bisect_right(points, until, key=MOMENT)]
    limit = max(_usual_distance(inside) * GAP_STEPS, (until - since) / columns * 1.5)
    drawn = list(_columns(inside, since, (until - since) / columns))
    runs = _runs(drawn, limit)
    return ChartSeries(since, until, runs, _gaps(runs, since, until, limit))


def _usual_distance(points: Sequence[Drawn]) -> timedelta:
    distances = sorted(later[0] - earlier[0] for earlier, later in pairwise(points))
    return distances[len(distances) // 2] if distances else timedelta(0)


def _columns(points: Sequence[Drawn], since: datetime, width: timedelta) -> Iterator[Column]:
    """Found by halving: to compare with a moment that knows its instant costs more than all else here."""
    begin = 0
    while begin < len(points):
        ends = since + ((MOMENT(points[begin]) - since) // width + 1) * width
        end = bisect_left(points, ends, begin, key=MOMENT)
        yield _column(points[begin:end])
        begin = end


def _column(points: Sequence[Drawn]) -> Column:
    values = [point[1] for point in points]
    lowest = min(point.lowest if isinstance(point, Bucket) else point[1] for point in points)
    highest = max(point.highest if isinstance(point, Bucket) else point[1] for point in points)
    first = points[0][0]
    at = first + sum((point[0] - first for point in points), timedelta(0)) / len(points)
    return Column(first, at, points[-1][0], lowest, sum(values) / len(values), highest)


def _runs(columns: Sequence[Column], limit: timedelta) -> tuple[tuple[Column, ...], ...]:
    runs: list[list[Column]] = []
    for column in columns:
        if runs and column.first - runs[-1][-1].last <= limit:
            runs[-1].append(column)
        else:
            runs.append([column])
    return tuple(tuple(run) for run in runs)


def _gaps(
    runs: Sequence[Sequence[Column]], since: datetime, until: datetime, limit: timedelta
) -> tuple[Span, ...]:
    if not runs:
        return (Span(since, until),)
    edges = [since, *(edge for run in runs for edge in (run[0].first, run[-1].last)), until]
    spans = [Span(left, right) for left, right in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(span for span in spans if span.until - span.since > limit)
