"""Errors of a period: how many, of which kinds, at which hours, rising or falling."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from vuurtoren.analytics.errors.hot_spots import HotSpot, hot_spots
from vuurtoren.analytics.period import Period
from vuurtoren.analytics.statement import question
from vuurtoren.analytics.trend import Trend, daily_trend, too_short
from vuurtoren.error_kinds import queries as error_queries
from vuurtoren.error_kinds.kinds import DOCTYPE, HOURS_KEPT
from vuurtoren.error_kinds.queries import Coverage, KindCounts, KindSeen
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

RECURRING_DAYS = 3
WITHOUT_EXCEPTION = "no exception"


@dataclass(frozen=True)
class ErrorAnalysis:
    """What the index of errors says about a period; every property raises Unavailable where it cannot say."""

    site: Site
    period: Period

    @cached_property
    def coverage(self) -> Coverage:
        return error_queries.coverage(self.site)

    @cached_property
    def counts(self) -> list[KindCounts]:
        return error_queries.counts_since(self.site, self.period.since)

    @cached_property
    def kinds(self) -> list[KindSeen]:
        return error_queries.kinds_between(self.site, self.period.since, counts=self.counts)

    @cached_property
    def total(self) -> int:
        return sum(kind.count for kind in self.kinds)

    @cached_property
    def per_day(self) -> dict[date, int]:
        """The days that were counted whole, and today."""
        return error_queries.daily_counts(self.site, self.period.since, self.counts)

    @cached_property
    def per_hour_of_day(self) -> dict[int, int]:
        """Errors by hour of the day, of the last 35 days at most: older hours are not kept."""
        counted = Counter(dict.fromkeys(range(24), 0))
        hourly = error_queries.hourly_counts(self.site, self.hours_since, self.counts)
        for hour, number in hourly.items():
            counted[hour.hour] += number
        return dict(counted)

    @property
    def hours_since(self) -> datetime:
        return max(self.period.since, self.period.now - HOURS_KEPT + timedelta(hours=1))

    @cached_property
    def full_days(self) -> list[int]:
        return [number for day, number in self.per_day.items() if day < self.period.today]

    @cached_property
    def trend(self) -> Trend | None:
        return daily_trend(self.full_days)

    @property
    def trend_reason(self) -> str:
        """Why there is no trend; empty where there is one."""
        if self.trend:
            return ""
        return too_short(self.site.translate, len(self.full_days))

    @cached_property
    def by_exception(self) -> dict[str, int]:
        """Errors by the class of the exception, most first; what was only logged has none."""
        counted: Counter[str] = Counter()
        for kind in self.kinds:
            counted[kind.title.partition(":")[0] if kind.culprit else WITHOUT_EXCEPTION] += kind.count
        return dict(counted.most_common())

    @cached_property
    def recurring(self) -> list[KindSeen]:
        return [kind for kind in self.kinds if kind.days_seen >= RECURRING_DAYS]

    @cached_property
    def spots(self) -> list[HotSpot]:
        return hot_spots(self.kinds, self.period.days)

    @property
    def source(self) -> str:
        """The question that the numbers of errors answer."""
        return question(Words("sum of the hourly counts"), DOCTYPE, {"last_seen": (">=", self.period.since)})

    @property
    def source_of_days(self) -> str:
        return question(Words("daily counts"), DOCTYPE, {"last_seen": (">=", self.period.since)})

    @property
    def source_of_hours(self) -> str:
        window = {"last_seen": (">=", self.hours_since)}
        return question(Words("hourly counts by hour of the day"), DOCTYPE, window)

    def as_patterns(self) -> dict[str, Any]:
        """The shape of `patterns` in `analyze_error_patterns`; what no log records is None."""
        return {
            "daily_trends": {day.isoformat(): number for day, number in self.per_day.items()},
            "hourly_patterns": {f"{hour:02}": number for hour, number in self.per_hour_of_day.items()},
            "error_types": self.by_exception,
            "user_impact": None,
            "recurring_issues": [
                {
                    "fingerprint": kind.fingerprint,
                    "title": kind.title,
                    "errors": kind.count,
                    "days_seen": kind.days_seen,
                }
                for kind in self.recurring
            ],
            "severity_distribution": None,
            "growth_trends": self.trend.as_dict() if self.trend else None,
        }

    def reasons(self) -> dict[str, str]:
        """Why each None of `as_patterns` is None."""
        _ = self.site.translate
        reasons = {
            "patterns.user_impact": _("The logs do not record reliably whom an error touched."),
            "patterns.severity_distribution": _("The logs give an error no severity; alerts have one."),
        }
        return reasons | ({"patterns.growth_trends": self.trend_reason} if not self.trend else {})
