"""What a rule that learns would have been judged by in the past: learned anew each week, of what was before.

Live, a series is learned once a day. Nothing that came later is known at any moment, so that a backtest does
not look ahead.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import nan

from vuurtoren.backtest.timeline import Timeline
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rollup import HOUR
from vuurtoren.metrics.learned import baseline, forecasting
from vuurtoren.metrics.learned.learning import daily, week_of
from vuurtoren.metrics.learned.models import Model
from vuurtoren.metrics.learned.week import Week
from vuurtoren.rules.expected import Yardstick, yardstick
from vuurtoren.rules.rule import Kind, Rule
from vuurtoren.site.protocol import Site

EVERY: Mapping[Kind, timedelta] = {"unusual": timedelta(days=7), "will reach": timedelta(days=1)}
NEVER = datetime.min


def judged_by(site: Site, rule: Rule, lines: Sequence[Timeline]) -> list[Timeline]:
    """The timelines with the limits of the rule at each moment; those of a rule with a limit as they are."""
    if rule.kind == "limit":
        return list(lines)
    names = [SeriesName(rule.metric, line.labels) for line in lines]
    first = min(line.moments[0] for line in lines)
    stored = history.read_buckets(site, names, first - timedelta(days=baseline.MOST_DAYS), HOUR)
    week = week_of(site)
    return [
        limits_of(rule, line, LearningAgain(rule.kind, rule.unit, stored[name], week))
        for line, name in zip(lines, names, strict=True)
    ]


class LearningAgain:
    """What would have been known of one series at each moment, of hours in the order of time."""

    def __init__(self, kind: Kind, unit: str, hours: Sequence[Bucket], week: Week) -> None:
        self.kind, self.unit, self.hours, self.week = kind, unit, hours, week
        self.begins = [each.at for each in hours]
        self.models: dict[int, Model] = {}

    def at(self, moment: datetime) -> Model:
        every = EVERY[self.kind]
        number = (moment - NEVER) // every
        if number not in self.models:
            self.models[number] = self._learned(NEVER + number * every)
        return self.models[number]

    def _learned(self, until: datetime) -> Model:
        start = bisect_left(self.begins, until - timedelta(days=baseline.MOST_DAYS))
        known = self.hours[start : bisect_left(self.begins, until)]
        if self.kind == "unusual":
            return Model(self.unit, NEVER, NEVER, baseline=baseline.learn(known, self.week, until))
        days = daily(known, until)
        return Model(self.unit, NEVER, NEVER, len(days), forecast=forecasting.fit(days))


def limits_of(rule: Rule, line: Timeline, known: LearningAgain) -> Timeline:
    """The timeline with the limit of each moment, the same within an hour; pure."""
    bases, scales, key = [], [], (0, 0)
    base = scale = nan
    for moment in line.moments:
        now = moment.toordinal(), moment.hour
        if now != key:
            by = yardstick(rule, known.at(moment), moment, known.week)
            key, (base, scale) = now, (by.base, by.scale) if isinstance(by, Yardstick) else (nan, nan)
        bases.append(base)
        scales.append(scale)
    return line.judged_by(bases, scales)
