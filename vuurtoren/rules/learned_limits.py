"""What rules that learn are judged by at one moment, from what is stored; nothing is read for other rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property

from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import models
from vuurtoren.metrics.learned.learning import week_of
from vuurtoren.metrics.learned.week import Week
from vuurtoren.metrics.metric import Metric
from vuurtoren.rules.expected import FIXED, Yardstick, yardstick
from vuurtoren.rules.rule import Labels, Rule
from vuurtoren.site.protocol import Site

MOST_INSTANCES = 200
"""Of so many instances of a metric the models are read; the others say that nothing is learned."""


class Expected:
    """The yardsticks of a site at one moment (site time)."""

    def __init__(self, site: Site, now: datetime) -> None:
        self.site, self.now = site, now

    @cached_property
    def week(self) -> Week:
        return week_of(self.site)

    def of(self, rule: Rule, metrics: Iterable[Metric]) -> Callable[[Labels], Yardstick | str]:
        """The yardstick of each of these instances by its labels, or in words why nothing can be said."""
        if rule.kind == "limit":
            return lambda _labels: FIXED
        names = [SeriesName(rule.metric, each.labels) for each in metrics][:MOST_INSTANCES]
        found = models.load(self.site, names)

        def by(labels: Labels) -> Yardstick | str:
            known = yardstick(rule, found.get(SeriesName(rule.metric, labels)), self.now, self.week)
            return known if isinstance(known, Yardstick) else known.said(self.site.translate)

        return by
