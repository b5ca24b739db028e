"""How near each resource is to its limit, and when a clear trend would take it there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from vuurtoren.analytics.period import Period
from vuurtoren.analytics.robust import Line, theil_sen
from vuurtoren.analytics.trend import MINIMUM_DAYS, RISING, Trend, daily_trend
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

SAMPLES_A_DAY = 12
NEAR = 0.9
HORIZON_DAYS = 90
NEAR_FORMULA = f"near = the newest sample is at {NEAR:.0%} of the threshold of its alert rule or above"
FORMULA = (
    f"The line is the Theil-Sen line through the medians of the full days with at least {SAMPLES_A_DAY} "
    f"samples, at least {MINIMUM_DAYS} such days; the range is that of its slope at 95 %. A limit is said to "
    f"be reached only where the Mann-Kendall test finds a clear rise, and within {HORIZON_DAYS} days."
)

Sample = tuple[datetime, float]


@dataclass(frozen=True)
class Reach:
    """When the line meets a limit; `latest` is None where the slope may be too small to ever meet it."""

    earliest: date
    expected: date
    latest: date | None


@dataclass(frozen=True)
class Forecast:
    """One resource with a limit in percent: its samples of a period, and what its trend leads to."""

    rule: Rule
    threshold: float
    samples: tuple[Sample, ...]
    period: Period

    @property
    def newest(self) -> Sample | None:
        return self.samples[-1] if self.samples else None

    @property
    def near(self) -> bool:
        """See NEAR_FORMULA; false where nothing was sampled."""
        return self.newest is not None and self.newest[1] >= NEAR * self.threshold

    @cached_property
    def daily(self) -> dict[date, float]:
        """The median of each full day that has enough samples."""
        by_day: dict[date, list[float]] = {}
        for when, value in self.samples:
            by_day.setdefault(when.date(), []).append(value)
        today = self.period.today
        return {
            day: median(values)
            for day, values in sorted(by_day.items())
            if day != today and len(values) >= SAMPLES_A_DAY
        }

    @cached_property
    def trend(self) -> Trend | None:
        return daily_trend(list(self.daily.values()))

    @cached_property
    def line(self) -> Line | None:
        """Percent by day, day 0 being the last full day; None without enough days."""
        if self.trend is None:
            return None
        last = max(self.daily)
        return theil_sen([((day - last).days, value) for day, value in self.daily.items()])

    def value_in(self, days: int) -> tuple[float, float, float]:
        """Expected, low and high value so many days after the last full day; needs a line."""
        assert self.line is not None
        now = self.line.at(0)
        slopes = (self.line.slope, self.line.low, self.line.high)
        expected, low, high = (min(100.0, max(0.0, now + slope * days)) for slope in slopes)
        return expected, low, high

    @property
    def reach(self) -> Reach | None:
        """When a clear rise meets the threshold within the horizon; None where it does not."""
        if self.line is None or self.trend is None or self.trend.direction != RISING:
            return None
        room, last = self.threshold - self.line.at(0), max(self.daily)
        expected = _days(room, self.line.slope)
        if expected is None or not 0 < expected <= HORIZON_DAYS:
            return None
        earliest, latest = _days(room, self.line.high), _days(room, self.line.low)
        return Reach(
            last + timedelta(days=earliest or expected),
            last + timedelta(days=expected),
            last + timedelta(days=latest) if latest is not None and latest <= 10 * HORIZON_DAYS else None,
        )

    @property
    def source(self) -> Words:
        text = "samples of {0} in Metric Series since {1}"
        return Words(text, self.rule.metric, self.period.first_day.isoformat())


def outlooks(site: Site, period: Period, rules: Sequence[Rule] = SHIPPED) -> list[Forecast]:
    """One for each resource with a limit in percent that is judged; raises Unavailable without a history."""
    if not site.has_doctype("Metric Series"):
        raise Unavailable(site.translate("the history of the monitor is not installed: run bench migrate"))
    chosen = settings.read(site)
    judged = [rule for rule in _with_ceiling(rules) if rule.key not in chosen.switched_off]
    names = {rule.key: SeriesName(rule.metric, ()) for rule in judged}
    samples = history.read_many(site, names.values(), period.since)
    return [
        Forecast(rule, chosen.thresholds.values[rule.key], tuple(samples[names[rule.key]]), period)
        for rule in judged
    ]


def _with_ceiling(rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.unit == "%" and rule.operator in (">", ">=") and rule.adjustable]


def _days(room: float, slope: float) -> int | None:
    """How many days a line with that slope needs for that much; None where it never gets there."""
    if slope <= 0 or not math.isfinite(room / slope) or room / slope > 100_000:
        return None
    return max(0, math.ceil(room / slope))
