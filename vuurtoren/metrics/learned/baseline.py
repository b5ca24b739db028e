"""What is usual for a number at each hour of the week, and on each day of a month; pure.

Learned from the hours of the last weeks: the medians of their lowest and highest values are what is usual,
and the median distances from those (MAD, Rousseeuw and Croux 1993: × 1.4826) are the usual spread. Nothing of
that moves when less than half of the weeks were unusual.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Literal, NamedTuple

from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.learned.week import HOURS_A_WEEK, Week

WEEKS = 8
MOST_DAYS = 126
"""Hours of so many days are read: eight weeks, and four months for the days of a month."""
LEAST_WEEKS, LEAST_MONTHS = 3, 3
MAD_TO_DEVIATION = 1.4826
"""A MAD of normal noise times this is its standard deviation."""
SHARE_OF_WHOLE = 0.6
"""A spread is at least so much of that of the whole week: a few quiet Tuesdays prove little."""
SHARE_OF_VALUE = 0.02
SMALL_COUNT = 100
"""Counts up to it spread at least as chance would have it (the root of the count, Poisson)."""
BEYOND = 3.0
"""A day of a month is special where it was so many spreads beyond the week in two of three months."""
FORMULA = (
    f"Usual are the medians of the lowest and of the highest values of the same hour of the week in the last "
    f"{WEEKS} weeks, moved by what the last week differed; the spread is the median distance from them × "
    f"{MAD_TO_DEVIATION}, of that hour and its neighbours, at least {SHARE_OF_WHOLE:.0%} of that of all "
    f"hours, {SHARE_OF_VALUE:.0%} of the value, and for counts up to {SMALL_COUNT} their root. At least "
    f"{LEAST_WEEKS} weeks are needed. On a day of the month that went beyond this in two of three of at "
    f"least {LEAST_MONTHS} months, what it reached then is usual as well."
)
Side = Literal["above", "below"]
_Reached = tuple[float, float, bool]
"""The lowest and highest value of an hour at the level of now, and whether that was beyond the week."""


@dataclass(frozen=True)
class Usual:
    """What is usual at one hour: from `low` to `high`, with the spread `below` and `above`."""

    low: float
    high: float
    below: float
    above: float


@dataclass(frozen=True)
class Baseline:
    """The usual course of one number: by hour of the week, and what a day of the month adds to it."""

    hours: Mapping[int, Usual]
    month_days: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    weeks: int = 0

    def at(self, moment: datetime, week: Week) -> Usual | None:
        """None for an hour that was seen too seldom."""
        usual = self.hours.get(week.hour_of(moment))
        special = self.month_days.get(moment.day)
        if usual is None or special is None:
            return usual
        return Usual(min(usual.low, special[0]), max(usual.high, special[1]), usual.below, usual.above)


def learn(hours: Sequence[Bucket], week: Week, until: datetime) -> Baseline | None:
    """The baseline of hours in the order of time, those from `until` on left out; None of too little."""
    seen = _seen(hours, week, until)
    recent = [each for each in seen if each.ago < WEEKS]
    by_hour = _by_hour(recent)
    if len({each.ago for each in recent}) < LEAST_WEEKS or not by_hour:
        return None
    level = {hour: median([each.mean for each in found]) for hour, found in by_hour.items()}
    shifts = _shifts(recent, level)
    usual = _usual(by_hour, shifts, whole=all(each.whole for each in recent))
    return Baseline(usual, _special_days(seen, usual, shifts), len({each.ago for each in recent}))


class _Seen(NamedTuple):
    """An hour as it was: which of the week, how many weeks ago, on which day of which month."""

    hour: int
    ago: int
    month: int
    day: int
    mean: float
    low: float
    high: float

    @property
    def whole(self) -> bool:
        return self.low == int(self.low) and self.high == int(self.high)


def _seen(hours: Sequence[Bucket], week: Week, until: datetime) -> list[_Seen]:
    """Those before `until`; what is the same for all hours of a day is looked up once a day."""
    found, ordinal = [], 0
    end = until.toordinal() * 24 + until.hour + until.minute / 60
    for at, mean, low, high, _samples in hours:
        if at >= until:
            continue
        hour = at.hour
        if at.toordinal() != ordinal:
            ordinal, day, month = at.toordinal(), at.day, at.year * 12 + at.month
            midnight, left = week.hour_of(at) - hour, end - ordinal * 24
        ago = int((left - hour - at.minute / 60) // HOURS_A_WEEK)
        found.append(_Seen(midnight + hour, ago, month, day, mean, low, high))
    return found


def _by_hour(seen: Sequence[_Seen]) -> dict[int, list[_Seen]]:
    found: dict[int, list[_Seen]] = {}
    for each in seen:
        found.setdefault(each.hour, []).append(each)
    return {hour: each for hour, each in found.items() if len(each) >= LEAST_WEEKS}


def _shifts(seen: Sequence[_Seen], level: Mapping[int, float]) -> dict[int, float]:
    """By how much each week as a whole differed; the newest one is where the number is now."""
    apart: dict[int, list[float]] = {}
    for each in seen:
        if each.hour in level:
            apart.setdefault(each.ago, []).append(each.mean - level[each.hour])
    return {ago: median(found) for ago, found in apart.items()}


def _usual(
    by_hour: Mapping[int, list[_Seen]], shifts: Mapping[int, float], *, whole: bool
) -> dict[int, Usual]:
    lows = {hour: [each.low - shifts[each.ago] for each in found] for hour, found in by_hour.items()}
    highs = {hour: [each.high - shifts[each.ago] for each in found] for hour, found in by_hour.items()}
    low, below = _middle_and_spread(lows)
    high, above = _middle_and_spread(highs)
    now = shifts[min(shifts)]
    return {
        hour: Usual(
            low[hour] + now,
            high[hour] + now,
            max(below[hour], _least(low[hour] + now, whole)),
            max(above[hour], _least(high[hour] + now, whole)),
        )
        for hour in by_hour
    }


def _middle_and_spread(values: Mapping[int, list[float]]) -> tuple[dict[int, float], dict[int, float]]:
    middle = {hour: median(each) for hour, each in values.items()}
    apart = {hour: [abs(value - middle[hour]) for value in each] for hour, each in values.items()}
    of_all = median([distance for each in apart.values() for distance in each]) * SHARE_OF_WHOLE
    spread = {}
    for hour in values:
        beside = [distance for step in (-1, 0, 1) for distance in apart.get((hour + step) % HOURS_A_WEEK, ())]
        spread[hour] = max(median(beside), of_all) * MAD_TO_DEVIATION
    return middle, spread


def _least(value: float, whole: bool) -> float:
    """What no spread is below: a little of the value, and the chance of a small count."""
    chance = math.sqrt(max(value, 1.0)) if whole and value <= SMALL_COUNT else 0.0
    return max(abs(value) * SHARE_OF_VALUE, chance)


def _special_days(
    seen: Sequence[_Seen], usual: Mapping[int, Usual], shifts: Mapping[int, float]
) -> dict[int, tuple[float, float]]:
    """Days of a month that went beyond the week in two of three months; the median of what they reached."""
    now = shifts[min(shifts)]
    moved = {ago: now - shift for ago, shift in shifts.items()}
    held = {
        hour: (each.low - BEYOND * each.below, each.high + BEYOND * each.above)
        for hour, each in usual.items()
    }
    reached: dict[int, dict[int, list[_Reached]]] = {}
    for hour, ago, month, day, _mean, low, high in seen:
        if hour in held:
            shift, (lowest, highest) = moved.get(ago, 0.0), held[hour]
            low, high = low + shift, high + shift
            reached.setdefault(day, {}).setdefault(month, []).append(
                (low, high, low < lowest or high > highest)
            )
    return {day: _median_of(months) for day, months in reached.items() if _is_special(months)}


def _is_special(months: Mapping[int, list[_Reached]]) -> bool:
    beyond = sum(any(over for *_, over in found) for found in months.values())
    return len(months) >= LEAST_MONTHS and beyond * 3 >= len(months) * 2


def _median_of(months: Mapping[int, list[_Reached]]) -> tuple[float, float]:
    return (
        median([min(low for low, *_ in found) for found in months.values()]),
        median([max(high for _, high, _ in found) for found in months.values()]),
    )
