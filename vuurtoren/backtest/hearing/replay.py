"""What the rules in force would have opened of late, over what is stored of their metrics; reads only."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import compress

from vuurtoren.alerts.alert_content import not_knowing_severity
from vuurtoren.backtest import history as backtest_history
from vuurtoren.backtest.backtest import Firing, firings, ran_during
from vuurtoren.backtest.history import DAY, Progress
from vuurtoren.backtest.learning_again import judged_by
from vuurtoren.backtest.timeline import UNKNOWN, Timeline, timelines
from vuurtoren.host_records import records
from vuurtoren.rules.rule import Rule
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site, in_bench

MOST_MOMENTS = 5_000_000
"""So many are judged, which takes some seconds; of the rules that are left the stored alerts count."""


@dataclass(frozen=True)
class Replayed:
    """What one rule would have opened from `since` on, and on how many days something is known."""

    rule: Rule
    since: datetime
    days_known: int
    firings: tuple[Firing, ...]

    def severity(self, firing: Firing) -> str:
        """The worst that it would have been told at."""
        if firing.kind == "Unknown":
            return not_knowing_severity(self.rule)
        return self.rule.severity_at(firing.level)


@dataclass
class Replay:
    """By key the rules that were replayed; those of which nothing is known, and those that were too many."""

    rules: dict[str, Replayed] = field(default_factory=dict)
    without_history: list[Rule] = field(default_factory=list)
    left: list[Rule] = field(default_factory=list)


def replay(site: Site, settings: Settings, since: datetime, progress: Progress | None = None) -> Replay:
    """Judge the rules in force again, with their thresholds, over the moments since then.

    An alert that was open before that is none of these, so it begins a day earlier. What a rule that does
    not apply to this site would do is not asked.
    """
    now, found, moments = site.now(), Replay(), 0
    rules = list(_applying(site, settings))
    ran = backtest_history.moments_run(site, since - DAY)
    for number, rule in enumerate(rules):
        if moments >= MOST_MOMENTS:
            found.left.append(rule)
            continue
        lines = _lines(site, rule, since, now)
        moments += sum(len(line.moments) for line in lines)
        if days := _days_known(lines, since):
            found.rules[rule.key] = _replayed(rule, lines, since, now, ran, days)
        elif in_bench(site) or not rule.bench_fact:
            found.without_history.append(rule)
        if progress:
            progress(number + 1, len(rules))
    return found


def _applying(site: Site, settings: Settings) -> Iterator[Rule]:
    host = records.at_best(site)
    for rule in settings.rules:
        if rule.key not in settings.switched_off and all(map(host.has_doctype, rule.requires)):
            yield rule


def _lines(site: Site, rule: Rule, since: datetime, now: datetime) -> Sequence[Timeline]:
    begin = since - DAY - timedelta(seconds=rule.for_seconds)
    lines = timelines(backtest_history.find(site, rule, begin).series, rule.interval, now)
    return judged_by(site, rule, lines) if lines else ()


def _days_known(lines: Sequence[Timeline], since: datetime) -> int:
    days: set[date] = set()
    for line in lines:
        first = bisect_left(line.moments, since)
        known = (answer != UNKNOWN for answer in line.unknown[first:])
        days.update(map(datetime.date, compress(line.moments[first:], known)))
    return len(days)


def _replayed(
    rule: Rule,
    lines: Sequence[Timeline],
    since: datetime,
    now: datetime,
    ran: Sequence[datetime],
    days_known: int,
) -> Replayed:
    opened = [each for line in lines for each in firings(rule, line) if each.opened >= since]
    breaches = [each for each in opened if each.kind == "Breach"]
    # where a metric cannot be measured, that is told once, whatever labels it had
    not_known = {each.opened: each for each in opened if each.kind == "Unknown"}
    lived = [each for each in not_known.values() if ran_during(each, ran, now)]
    first = min(line.moments[0] for line in lines)
    return Replayed(rule, max(first, since), days_known, (*breaches, *lived))
