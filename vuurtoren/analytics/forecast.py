"""How near each resource is to its limit, and when a clear trend would take it there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from vuurtoren.analytics.period import Period
from vuurtoren.analytics.trend import MINIMUM_DAYS, Trend, daily_trend
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import forecasting
from vuurtoren.metrics.learned.forecasting import FIT_DAYS
from vuurtoren.metrics.learned.forecasting import Forecast as Line
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.settings.settings import Settings
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.words import Words

SAMPLES_A_DAY = 12
NEAR = 0.9
HORIZON_DAYS = 90
NEAR_FORMULA = f"near = the newest sample is at {NEAR:.0%} of the threshold of its alert rule or above"
FORMULA = (
    f"The line is the Theil-Sen line through the medians of the last {FIT_DAYS} full days with at least "
    f"{SAMPLES_A_DAY} samples, at least {MINIMUM_DAYS} such days, from where they stand now; the range is "
    f"the distance by which the same line, drawn on each day before, was wrong in at most one of five cases. "
    f"A limit is said to be reached only where the Mann-Kendall test finds a clear course to it, and within "
    f"{HORIZON_DAYS} days."
)
LIMITED = frozenset({"certificate", "queues_failed", "log_tables", "mandates_ending"})
"""Rules with a limit that is no share, and that a number comes near to day by day."""

Sample = tuple[datetime, float]


@dataclass(frozen=True)
class Reach:
    """When the line meets a limit, between when 80 times in 100; `latest` is None beyond a year."""

    earliest: date
    expected: date
    latest: date | None


@dataclass(frozen=True)
class Forecast:
    """One resource with a limit: its samples of a period, and what its trend leads to."""

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
        if self.newest is None:
            return False
        value = self.newest[1]
        return value >= NEAR * self.threshold if self.rule.upwards else value * NEAR <= self.threshold

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
        """Where it stands at the last full day and leads from there; None without enough days."""
        return forecasting.fit([(float(day.toordinal()), value) for day, value in self.daily.items()])

    def value_in(self, days: int) -> tuple[float, float, float]:
        """Expected, low and high value so many days after the last full day (80 %); needs a line."""
        assert self.line is not None
        highest = 100.0 if self.rule.unit == "%" else math.inf
        expected, low, high = (min(highest, max(0.0, each)) for each in self.line.at(days))
        return expected, low, high

    @property
    def reach(self) -> Reach | None:
        """When a clear course meets the threshold within the horizon; None where it does not."""
        met = self.line.reaches(self.threshold, upwards=self.rule.upwards) if self.line else None
        if met is None or not 0 < met[1] <= HORIZON_DAYS:
            return None
        last, (earliest, expected, latest) = max(self.daily), met
        return Reach(
            last + timedelta(days=expected if earliest is None else earliest),
            last + timedelta(days=expected),
            None if latest is None else last + timedelta(days=latest),
        )

    @property
    def source(self) -> Words:
        text = "samples of {0} in Metric Series since {1}"
        return Words(text, self.rule.metric, Day(self.period.first_day))


def outlooks(
    site: Site, period: Period, rules: Sequence[Rule] = SHIPPED, chosen: Settings | None = None
) -> list[Forecast]:
    """One for each resource with a limit that is judged; raises Unavailable without a history."""
    if not site.has_doctype("Metric Series"):
        raise Unavailable(site.translate("the history of the monitor is not installed: run bench migrate"))
    chosen = chosen or settings.read(site)
    judged = [rule for rule in _with_limit(rules) if rule.key not in chosen.switched_off]
    names = {rule.key: SeriesName(rule.metric, ()) for rule in judged}
    samples = history.read_many(site, names.values(), period.since)
    return [
        Forecast(rule, chosen.thresholds.values[rule.key], tuple(samples[names[rule.key]]), period)
        for rule in judged
    ]


def _with_limit(rules: Iterable[Rule]) -> list[Rule]:
    shares = (rule for rule in rules if rule.unit == "%" or rule.key in LIMITED)
    return [rule for rule in shares if rule.adjustable and rule.kind == "limit"]
