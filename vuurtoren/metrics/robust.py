"""Statistics that a few wild values cannot bend, in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

Z_95 = 1.959963984540054
MOST_POINTS = 1_000
"""Every pair of points is looked at; more points are refused rather than slow."""


@dataclass(frozen=True)
class Kendall:
    """Mann-Kendall test for a trend: `statistic` is S, `p_value` two-sided."""

    statistic: int
    p_value: float


@dataclass(frozen=True)
class Line:
    """How steep a line through points is; `low` and `high` bound the slope at 95 %."""

    slope: float
    low: float
    high: float


def mann_kendall(values: Sequence[float]) -> Kendall:
    """Whether values in the order of time go up or down more than chance would have it.

    Normal approximation with the correction for ties and for continuity (Gilbert 1987, 16.4), which is
    meant for ten values or more.
    """
    _refuse_too_many(values)
    statistic = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    deviation = math.sqrt(_variance(values))
    if not deviation:
        return Kendall(statistic, 1.0)
    z = (abs(statistic) - 1) / deviation if statistic else 0.0
    return Kendall(statistic, math.erfc(max(0.0, z) / math.sqrt(2)))


def theil_sen(points: Sequence[tuple[float, float]]) -> Line:
    """The median of the slopes between all pairs of points (Sen 1968), bounded as in Gilbert 1987, 16.4.2.

    Up to 29 percent of the points may be arbitrarily wrong. Raises ValueError when no two points differ
    in x.
    """
    _refuse_too_many(points)
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if a[0] != b[0])
    if not slopes:
        raise ValueError("a line needs two points that differ in time")
    width = Z_95 * math.sqrt(_variance([value for _x, value in points]))
    below = max(0, round((len(slopes) - width) / 2) - 1)
    above = min(len(slopes) - 1, round((len(slopes) + width) / 2))
    return Line(median(slopes), slopes[below], slopes[above])


def _variance(values: Sequence[float]) -> float:
    """Of Kendall's S where there is no trend, corrected for ties."""
    n = len(values)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    return max(0, n * (n - 1) * (2 * n + 5) - ties) / 18


def _refuse_too_many(items: Sequence[object]) -> None:
    if len(items) > MOST_POINTS:
        raise ValueError(f"{len(items)} points are too many, at most {MOST_POINTS}")
