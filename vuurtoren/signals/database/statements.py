"""Which statements of this site take long: what the server counts of each, as it grew within the last hour.

The counters of the server only grow, and begin anew with it. What grew between two readings is kept for an
hour; what was not read before, and is older than that reading, is counted from now on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import NEEDS_SECOND, Context, Source
from vuurtoren.privacy.text import one_line
from vuurtoren.site.strangers import moment
from vuurtoren.site.values import Statement, Statements
from vuurtoren.site.words.words import Words

KEPT = "statement readings"
OVER = timedelta(hours=1)
READING_EVERY = timedelta(minutes=1)
FEWEST_RUNS = 3
"""What ran less often is slow by chance: a migration, a report that somebody asked for once."""
SHOWN, REMEMBERED = 10, 30
"""So many are named; so many of each reading, by all of their time and by that of one run, are kept."""
LONGEST_TEXT = 300
NOT_TOLD_APART = 0
"""The key of what the server counted in one."""
TOTAL, SLOWEST = "database.statements_ms", "database.slowest_statement_ms"
PROMISES = {
    TOTAL: Promise(
        "ms",
        "Time in statements, last hour",
        "How long the database worked in the last hour for those statements of the site that take longest.",
    ),
    SLOWEST: Promise(
        "ms",
        "Slowest statement",
        "How long the slowest statement of the last hour takes on average, of those that ran at least three"
        " times.",
    ),
}


@dataclass(frozen=True)
class Counted:
    """How often a statement ran, for how long in all, and how many rows it looked at."""

    times: int = 0
    total_ms: float = 0.0
    rows: int = 0

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.times if self.times else 0.0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.times + other.times, self.total_ms + other.total_ms, self.rows + other.rows)

    def since(self, earlier: Counted) -> Counted:
        """What it grew by; less than earlier means that the counter began anew meanwhile."""
        if self.times < earlier.times or self.total_ms < earlier.total_ms or self.rows < earlier.rows:
            return self
        return Counted(self.times - earlier.times, self.total_ms - earlier.total_ms, self.rows - earlier.rows)


ByKey = Mapping[int, Counted]


@dataclass(frozen=True)
class Stretch:
    """What was counted from one reading to the next; times are UTC."""

    since: datetime
    counted: ByKey


def measure_statements(context: Context) -> Iterable[Metric]:
    now_utc, state = context.site.now_utc(), context.site.statements()
    read = _read(state)
    stretches = _stretches(context, now_utc, state, read)
    if not stretches:
        yield context.unknown(TOTAL, NEEDS_SECOND)
        yield context.unknown(SLOWEST, NEEDS_SECOND)
        return
    counted = _added(stretches)
    lost = counted.pop(NOT_TOLD_APART, Counted()).times
    texts = {_key(each.digest): each for each in state.found}
    ran = {texts[key]: each for key, each in counted.items() if key in texts and each.times}
    further = _about_all(context, stretches, lost)
    total_ms = sum(each.total_ms for each in ran.values())
    longest = _rows(sorted(ran.items(), key=lambda item: (-item[1].total_ms, item[0].digest)))
    yield context.known(TOTAL, round(total_ms), evidence=[*longest, *further])
    often = [item for item in ran.items() if item[1].times >= FEWEST_RUNS]
    if not often:
        why = Words("no statement ran {0} times in the last hour", FEWEST_RUNS)
        yield context.unknown(SLOWEST, why)
        return
    often.sort(key=lambda item: (-item[1].mean_ms, item[0].digest))
    yield context.known(SLOWEST, round(often[0][1].mean_ms, 1), evidence=[*_rows(often), *further])


def _key(digest: str) -> int:
    """A number for the digest: what is kept in the file is redacted, and a digest may look like a secret."""
    return int(sha256(digest.encode()).hexdigest()[:9], 16) + 1


def _read(state: Statements) -> dict[int, Counted]:
    read = {
        _key(each.digest): Counted(each.times, each.total_ms, each.rows_examined or 0) for each in state.found
    }
    return read | {NOT_TOLD_APART: Counted(state.not_told_apart)}


def _stretches(context: Context, now_utc: datetime, state: Statements, read: ByKey) -> list[Stretch]:
    """Those of the last hour with the one that ends now; keeps them, and this reading, for the next one."""
    last, kept = _remembered(context.kept.get(KEPT))
    kept = [each for each in kept if timedelta(0) < now_utc - each.since <= OVER]
    if last is not None and timedelta(0) < now_utc - last.since <= OVER:
        kept.append(Stretch(last.since, _most(_grown(state, read, last, now_utc))))
    if last is None or not timedelta(0) <= now_utc - last.since < READING_EVERY:
        plain = [_as_plain(each) for each in (Stretch(now_utc, read), *kept)]
        context.kept.put(KEPT, plain)
    return kept


def _grown(state: Statements, read: ByKey, last: Stretch, now_utc: datetime) -> dict[int, Counted]:
    """By how much each grew; one that began to be counted since the last reading is wholly new."""
    between = (now_utc - last.since).total_seconds()
    begun = {
        _key(each.digest)
        for each in state.found
        if each.age_seconds is not None and each.age_seconds < between
    }
    grown = {}
    for key, counted in read.items():
        if key in begun:
            grown[key] = counted
        elif key in last.counted:
            grown[key] = counted.since(last.counted[key])
    return {key: each for key, each in grown.items() if each.times}


def _most(grown: dict[int, Counted]) -> ByKey:
    by_total = sorted(grown, key=lambda key: -grown[key].total_ms)[:REMEMBERED]
    by_mean = sorted(grown, key=lambda key: -grown[key].mean_ms)[:REMEMBERED]
    return {key: grown[key] for key in grown if key in {NOT_TOLD_APART, *by_total, *by_mean}}


def _added(stretches: Sequence[Stretch]) -> dict[int, Counted]:
    added: dict[int, Counted] = {}
    for stretch in stretches:
        for key, counted in stretch.counted.items():
            added[key] = added.get(key, Counted()) + counted
    return added


def _rows(items: Sequence[tuple[Statement, Counted]]) -> list[dict[str, Any]]:
    return [
        {
            "statement": one_line(statement.text, LONGEST_TEXT),
            "times": counted.times,
            "total ms": round(counted.total_ms, 1),
            "mean ms": round(counted.mean_ms, 1),
            "rows examined": "–" if statement.rows_examined is None else counted.rows,
        }
        for statement, counted in items[:SHOWN]
    ]


def _about_all(context: Context, stretches: Sequence[Stretch], lost: int) -> list[dict[str, Any]]:
    since = context.site.from_utc(min(each.since for each in stretches))
    text = "not told apart, of all sites: the server has no room for more (performance_schema_digests_size)"
    overflow = [{"statement": Words(text), "times": lost}] if lost else []
    return [*overflow, {"counted since": since}]


def _as_plain(stretch: Stretch) -> list[Any]:
    rows = [[key, each.times, each.total_ms, each.rows] for key, each in stretch.counted.items()]
    return [stretch.since.isoformat(), rows]


def _remembered(kept: Any) -> tuple[Stretch | None, list[Stretch]]:
    """The last reading and what was counted before it; nothing where that cannot be read."""
    try:
        last, *stretches = [
            Stretch(
                moment(since),
                {int(key): Counted(int(times), float(total), int(rows)) for key, times, total, rows in read},
            )
            for since, read in kept or []
        ]
    except (TypeError, ValueError, OverflowError):
        return None, []
    return last, stretches


SOURCES = (Source("database.statements", PROMISES, measure_statements, keep_seconds=60),)
