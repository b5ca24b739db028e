"""Whether a number a day rises or falls, or that there is not enough to say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vuurtoren.metrics.robust import mann_kendall, theil_sen
from vuurtoren.site.words.plurals import plural

MINIMUM_DAYS = 10
CHANCE = 0.05
RISING, FALLING, NO_TREND = "rising", "falling", "no clear trend"
FORMULA = (
    f"Mann-Kendall test over the full days, at least {MINIMUM_DAYS} of them; rising or falling where chance "
    f"alone would show as much in fewer than {CHANCE:.0%} of cases. The change a day is the Theil-Sen slope "
    "(the median of the slopes between all pairs of days) with its 95 % interval."
)


def too_short(translate: Callable[[str], str], days: int) -> str:
    """Why so many full days say nothing of a trend."""
    text = plural(
        translate,
        days,
        "1 full day is known; a trend needs {1}.",
        "{0} full days are known; a trend needs {1}.",
    )
    return text.format(days, MINIMUM_DAYS)


@dataclass(frozen=True)
class Trend:
    """The direction of a daily number, its change a day with a 95 % interval, and the number of days."""

    direction: str
    per_day: float
    low: float
    high: float
    p_value: float
    days: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def daily_trend(values: Sequence[float]) -> Trend | None:
    """The trend of one value for each full day, oldest first; None below MINIMUM_DAYS."""
    if len(values) < MINIMUM_DAYS:
        return None
    test = mann_kendall(values)
    line = theil_sen(list(enumerate(values)))
    clear = test.p_value < CHANCE
    direction = (RISING if test.statistic > 0 else FALLING) if clear else NO_TREND
    return Trend(direction, line.slope, line.low, line.high, test.p_value, len(values))
