"""Where a number leads, day by day, with an interval that its own past errors give; pure.

The line is the Theil-Sen line of the last weeks, from where the number stands now. Its interval is what the
same line was wrong by when it was drawn at each earlier day (rolling origin): the distance that held in four
of five of those cases. Where the days show no clear direction nothing is said to be reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from vuurtoren.metrics.robust import mann_kendall

LEAST_DAYS, MOST_DAYS = 10, 90
FIT_DAYS = 28
LEVEL_DAYS = 3
CHANCE = 0.05
SHARE = 0.8
HORIZONS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45)
LEAST_TRIALS, MOST_TRIALS = 5, 30
LONGEST_DAYS = 400
"""Nothing is said of what lies further ahead."""


@dataclass(frozen=True)
class Forecast:
    """A line from the newest full day, `day` (any day number), and how wrong it may be at which horizon.

    `clear` is true where chance alone would show such a direction in fewer than one of twenty cases.
    """

    day: float
    level: float
    slope: float
    widths: tuple[tuple[int, float], ...]
    days: int
    clear: bool

    def at(self, ahead: float) -> tuple[float, float, float]:
        """Expected, low and high value so many days after the newest: 80 times in 100 it lies between."""
        expected, width = self.level + self.slope * ahead, self.width(ahead)
        return expected, expected - width, expected + width

    def width(self, ahead: float) -> float:
        """Between two horizons that were tried as on a line, beyond the last one growing like the time."""
        known = ((0, self.widths[0][1] * 0.5), *self.widths)
        for (before, narrow), (after, wide) in pairwise(known):
            if ahead <= after:
                return narrow + (wide - narrow) * (ahead - before) / (after - before)
        last, width = self.widths[-1]
        return float(width * (ahead / last) ** 0.75)

    def reaches(self, limit: float, *, upwards: bool) -> tuple[int | None, int, int | None] | None:
        """Days after the newest until the limit is met: the earliest, the expected and the latest (80 %).

        None where there is no clear direction, or where it leads elsewhere or beyond LONGEST_DAYS; a bound is
        None where that lies beyond.
        """
        if not self.clear or self.slope == 0 or (self.slope > 0) != upwards:
            return None
        sign = 1 if upwards else -1
        found: list[int | None] = [None, None, None]
        for ahead in range(LONGEST_DAYS + 1):
            expected, low, high = self.at(ahead)
            for place, value in enumerate((high if upwards else low, expected, low if upwards else high)):
                if found[place] is None and (value - limit) * sign >= 0:
                    found[place] = ahead
            if found[2] is not None:
                break
        return (found[0], found[1], found[2]) if found[1] is not None else None


def fit(points: Sequence[tuple[float, float]]) -> Forecast | None:
    """The forecast of one value a day, (day number, value), oldest first; None of fewer than LEAST_DAYS."""
    points = list(points)[-MOST_DAYS:]
    if len(points) < LEAST_DAYS:
        return None
    missed: dict[int, list[float]] = {horizon: [] for horizon in HORIZONS}
    values = dict(points)
    start = max(5, len(points) // 3)
    for end in range(start, len(points), 1 + (len(points) - start) // MOST_TRIALS):
        level, slope = _line(points[:end])
        last = points[end - 1][0]
        # a line through fewer days than today's was worse than today's
        weight = math.sqrt(min(end, FIT_DAYS) / min(len(points), FIT_DAYS))
        for horizon, apart in missed.items():
            if last + horizon in values:
                apart.append(abs(values[last + horizon] - level - slope * horizon) * weight)
    widths = [(horizon, _enough(apart)) for horizon, apart in missed.items() if len(apart) >= LEAST_TRIALS]
    if not widths:
        return None
    level, slope = _line(points)
    clear = mann_kendall([value for _, value in points]).p_value < CHANCE
    return Forecast(points[-1][0], level, slope, tuple(_growing(widths)), len(points), clear)


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Where the number stands at the last point, and its change a day."""
    used = points[-FIT_DAYS:]
    slopes = [
        (b[1] - a[1]) / (b[0] - a[0])
        for place, a in enumerate(used)
        for b in used[place + 1 :]
        if b[0] != a[0]
    ]
    slope, last = median(slopes) if slopes else 0.0, used[-1][0]
    return median([value + slope * (last - day) for day, value in used[-LEVEL_DAYS:]]), slope


def _enough(missed: Sequence[float]) -> float:
    """The distance that held in that share of the trials, between two of them as on a line."""
    ordered = sorted(missed)
    place, rest = divmod((len(ordered) - 1) * SHARE, 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return low + (high - low) * rest


def _growing(widths: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """What lies further ahead is never surer."""
    found: list[tuple[int, float]] = []
    for horizon, width in widths:
        found.append((horizon, max(width, found[-1][1] if found else 0.0)))
    return found
