"""What a rule of the kind unusual finds of labelled incidents, and how often it is wrong; by the backtest.

An incident is found where an alert opens between its beginning and an hour after its end. Any other alert is
a false alarm. Weeks count from where enough is known to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from benchmarks.detectors.corpus import MadeSeries
from vuurtoren.backtest.backtest import firings
from vuurtoren.backtest.learning_again import LearningAgain, limits_of
from vuurtoren.backtest.timeline import timelines
from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.learned.week import Week
from vuurtoren.rules.rule import MINUTE, Operator, Rule

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
USUAL_SPREADS, FOR_MINUTES, KEEP_MINUTES = 1.0, 10, 60
SIDES: tuple[Operator, ...] = (">", "<")


@dataclass
class Score:
    """Incidents found by kind, with the minutes until then, and missed; false alarms by series; weeks."""

    delays: dict[str, list[float]] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    false_alarms: dict[str, int] = field(default_factory=dict)
    weeks: float = 0.0

    @property
    def incidents(self) -> int:
        return self.found + sum(self.missed.values())

    @property
    def found(self) -> int:
        return sum(map(len, self.delays.values()))

    @property
    def recall(self) -> float:
        return self.found / self.incidents if self.incidents else 0.0

    @property
    def false_alarms_a_week(self) -> float:
        return sum(self.false_alarms.values()) / self.weeks if self.weeks else 0.0

    def median_delay(self, *kinds: str) -> float:
        """Minutes; of all kinds without one."""
        chosen = [delay for kind, each in self.delays.items() if not kinds or kind in kinds for delay in each]
        return median(chosen) if chosen else 0.0

    def by_kind(self) -> Iterator[tuple[str, int, int, float]]:
        """Kind, found, of how many, median delay in minutes; the best found first."""
        kinds = sorted({*self.delays, *self.missed})
        rows = [(kind, len(self.delays.get(kind, ())), self.missed.get(kind, 0)) for kind in kinds]
        for kind, found, missed in sorted(rows, key=lambda row: row[2] / (row[1] + row[2])):
            yield kind, found, found + missed, self.median_delay(kind)


def rule(operator: Operator, unit: str, *, spreads: float = USUAL_SPREADS) -> Rule:
    """The rule that is measured: so many usual spreads away, for ten minutes."""
    return Rule(
        "measured", "measured", "MEASURED", "MEDIUM", "measured", operator, spreads, unit, "", "",
        for_seconds=FOR_MINUTES * MINUTE, keep_firing_seconds=KEEP_MINUTES * MINUTE,
        unknown_for_seconds=None, kind="unusual",
    )  # fmt: skip


def score(
    series: Iterable[MadeSeries], *, spreads: float = USUAL_SPREADS, rules: Sequence[Rule] = ()
) -> Score:
    """Every series judged above and below what is usual, or by these rules of the kind unusual."""
    total = Score()
    for each in series:
        _add(total, each, rules or [rule(side, each.unit, spreads=spreads) for side in SIDES])
    return total


def hours_of(moments: Sequence[datetime], values: Sequence[float]) -> list[Bucket]:
    """Samples in the order of time, by the hour."""
    grouped: dict[datetime, list[float]] = {}
    for at, value in zip(moments, values, strict=True):
        grouped.setdefault(at.replace(minute=0, second=0), []).append(value)
    return [
        Bucket(at, sum(each) / len(each), min(each), max(each), len(each)) for at, each in grouped.items()
    ]


def _add(total: Score, series: MadeSeries, rules: Sequence[Rule]) -> None:
    hours = hours_of(series.moments, series.values)
    samples = list(zip(series.moments, series.values, strict=True))
    lines = timelines({(): samples}, "tick", series.moments[-1])
    known = LearningAgain("unusual", series.unit, hours, Week())
    opened: list[datetime] = []
    judged_at: list[datetime] = []
    for judged in rules:
        line = limits_of(judged, lines[0], known)
        opened += [each.opened for each in firings(judged, line) if each.kind == "Breach"]
        judged_at = [at for at, unknown in zip(line.moments, line.unknown, strict=True) if not unknown]
    if judged_at:
        total.weeks += (judged_at[-1] - judged_at[0]) / WEEK
        _count(total, series, sorted(opened), judged_at[0])


def _count(total: Score, series: MadeSeries, opened: list[datetime], judged_from: datetime) -> None:
    seen: set[datetime] = set()
    for incident in series.incidents:
        within = [at for at in opened if incident.since <= at <= incident.until + HOUR]
        seen.update(within)
        if incident.until < judged_from:
            continue
        if within:
            delay = (within[0] - incident.since) / timedelta(minutes=1)
            total.delays.setdefault(incident.kind, []).append(delay)
        else:
            total.missed[incident.kind] = total.missed.get(incident.kind, 0) + 1
    name = series.name.rpartition(" ")[0]
    total.false_alarms[name] = total.false_alarms.get(name, 0) + len([at for at in opened if at not in seen])
