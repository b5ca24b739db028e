"""Which threshold would have opened at most one alert a week: a few backtests between usual and extreme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil, floor, log10

from vuurtoren.backtest.backtest import firings
from vuurtoren.backtest.timeline import Timeline
from vuurtoren.rules.rule import Rule

WEEK = timedelta(days=7)
MOST_VALUES = 4096
"""The usual value is the median of so many values, evenly chosen."""
GRAINS = 64
"""So many thresholds are considered between the usual value and the extreme one: six backtests."""


@dataclass(frozen=True)
class ThresholdSuggestion:
    """The threshold nearest to usual values that opens at most `allowed` alerts, and how many it opens."""

    threshold: float
    alerts: int
    allowed: int


def suggest(
    rule: Rule, lines: Sequence[Timeline], in_force: float | None = None
) -> ThresholdSuggestion | None:
    """None for a yes-or-no rule, for a history without a number, and where no threshold is calm enough.

    Only thresholds beyond the median are considered: a rule that fires most of the time opens few alerts too.
    And none that is louder than the one in force, which is the answer where it is calm enough.
    """
    numbers = [number for line in lines for number in line.numbers]
    if not rule.adjustable or not numbers:
        return None
    moments = lines[0].moments
    allowed = max(1, round((moments[-1] - moments[0]) / WEEK))
    least = rule.threshold if in_force is None else in_force
    choices = [least, *(each for each in _choices(rule, numbers) if _calmer(rule, each, least))]
    calm, alerts = bisected(len(choices), lambda choice: _alerts(rule, choices[choice], lines, allowed))
    return None if alerts is None else ThresholdSuggestion(choices[calm], alerts, allowed)


def _calmer(rule: Rule, threshold: float, than: float) -> bool:
    return threshold > than if _upwards(rule) else threshold < than


def _upwards(rule: Rule) -> bool:
    """Whether a larger threshold is calmer: how far from usual is so in either direction."""
    return rule.upwards or rule.kind == "unusual"


def bisected(size: int, alerts: Callable[[int], int | None]) -> tuple[int, int | None]:
    """The first of so many choices that is not None, and what it gives; None where the last one is."""
    low, high, found = 0, size - 1, alerts(size - 1)
    while low < high and found is not None:
        middle = (low + high) // 2
        counted = alerts(middle)
        if counted is None:
            low = middle + 1
        else:
            high, found = middle, counted
    return high, found


def _alerts(rule: Rule, threshold: float, lines: Sequence[Timeline], allowed: int) -> int | None:
    """How many alerts this threshold opens; None as soon as they are too many."""
    tried = replace(rule, threshold=threshold, critical_threshold=None, unknown_for_seconds=None)
    count = 0
    for line in lines:
        for _ in firings(tried, line):
            count += 1
            if count > allowed:
                return None
    return count


def _choices(rule: Rule, numbers: Sequence[float]) -> list[float]:
    """Thresholds that people would choose, from the usual value to just beyond the extreme one."""
    upwards = _upwards(rule)
    some = sorted(numbers[:: max(1, len(numbers) // MOST_VALUES)])
    usual, extreme = some[len(some) // 2], max(numbers) if upwards else min(numbers)
    grain = _grain(abs(extreme - usual))
    steps = ceil(abs(extreme - usual) / grain) + 1
    first = ceil(usual / grain) if upwards else floor(usual / grain)
    stride = 1 if upwards else -1
    return [max(0.0, round((first + stride * number) * grain, 10)) for number in range(steps + 1)]


def _grain(width: float) -> float:
    """1, 2 or 5 times a power of ten, such that about GRAINS of them make the width; at least a hundredth."""
    wanted = max(width / GRAINS, 0.01)
    power = 10.0 ** floor(log10(wanted))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= wanted * 0.999)
