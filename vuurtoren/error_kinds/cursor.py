"""How far a log table has been read, such that nothing is lost and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.site.strangers import moment

OVERLAP = timedelta(minutes=15)
"""How late a row may become visible after its own time stamp: a transaction that wrote it and went on."""
MEMORY = timedelta(hours=2)
"""How far back the names of counted rows are kept: more than the hour that a clock goes back in autumn."""
NAMES_KEPT = 20_000
FIRST_RUN = timedelta(days=7)


@dataclass(frozen=True)
class Place:
    """A row in the order (time, name)."""

    when: datetime
    name: str = ""


@dataclass
class Cursor:
    """The state of reading one log table.

    Rows are read forward to `read_until`, each time again from a little before it; `seen` holds, by minute,
    the names of all rows counted since `complete_from`, so that the second look counts only what is new.
    Older rows are read once, backwards from `backfill` to `first`; `backfill` is None when that is done.
    All times are site time.
    """

    read_until: datetime
    complete_from: datetime
    first: datetime
    backfill: Place | None
    seen: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, now: datetime) -> Cursor:
        """The first run: the last hours forward, then seven days backwards, the newest errors first."""
        start = now - MEMORY - OVERLAP
        return cls(start, start, now - FIRST_RUN, Place(start))

    @property
    def covered_from(self) -> datetime:
        """Every row from here to `read_until` has been counted."""
        return self.backfill.when if self.backfill else self.first

    def look_from(self, now: datetime) -> datetime:
        return max(self.complete_from, min(self.read_until, now) - OVERLAP)

    def look_until(self, now: datetime) -> datetime:
        """Rows dated further ahead wait for their time: nobody could remember them until then."""
        return now + MEMORY

    def clock_jumped_back(self, now: datetime) -> bool:
        """Whether the clock stands before everything that is remembered."""
        return now < self.complete_from

    def restart(self, now: datetime, dated_after: Iterable[tuple[datetime, str]]) -> None:
        """Go on after a jump of the clock: rows that are dated after now are the ones counted before it."""
        self.read_until = now
        self.complete_from = now - OVERLAP
        self.seen = {}
        self.remember(dated_after)

    def has_seen(self, when: datetime, name: str) -> bool:
        return name in self.seen.get(_minute(when), ())

    def remember(self, rows: Iterable[tuple[datetime, str]]) -> None:
        for when, name in rows:
            self.seen.setdefault(_minute(when), set()).add(name)

    def forget(self, now: datetime) -> None:
        """Drop what is too old or too much; at least the last two minutes stay."""
        oldest = max(self.complete_from, min(self.read_until, now) - MEMORY - OVERLAP)
        self.complete_from = oldest
        for minute in [minute for minute in self.seen if minute < _minute(oldest)]:
            del self.seen[minute]
        minutes = sorted(self.seen)
        kept = sum(len(names) for names in self.seen.values())
        while kept > NAMES_KEPT and len(minutes) > 2:
            kept -= len(self.seen.pop(minutes.pop(0)))
            self.complete_from = max(self.complete_from, datetime.fromisoformat(minutes[0]))

    def as_dict(self) -> dict[str, Any]:
        return {
            "read_until": self.read_until.isoformat(),
            "complete_from": self.complete_from.isoformat(),
            "first": self.first.isoformat(),
            "backfill": [self.backfill.when.isoformat(), self.backfill.name] if self.backfill else None,
            "seen": {minute: sorted(names) for minute, names in sorted(self.seen.items())},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Cursor:
        backfill = stored["backfill"]
        return cls(
            moment(stored["read_until"]),
            moment(stored["complete_from"]),
            moment(stored["first"]),
            Place(moment(backfill[0]), str(backfill[1])) if backfill else None,
            {_minute(moment(minute)): set(map(str, names)) for minute, names in stored["seen"].items()},
        )

    @classmethod
    def resume(cls, counted_until: datetime) -> Cursor:
        """Where what was read is known only from what was counted: on from there, and nothing twice."""
        return cls(counted_until, counted_until, counted_until, None)


def _minute(when: datetime) -> str:
    return when.isoformat(timespec="minutes")
