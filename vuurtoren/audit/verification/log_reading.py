"""The rows that belong to leaves: read along with them where both lie in the same order, else looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any, NamedTuple

from vuurtoren.audit.seals.row_check import READ_FIELDS
from vuurtoren.audit.seals.tables import LEAF, LOG, PAGE_ROWS
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

PAGES_AHEAD = 3
"""How many pages may be read for one page of leaves, before the rest of it is looked up."""
MOST_WAITING = 10 * PAGE_ROWS
MOST_LOOKED_UP = 0.5
"""Where a larger share of rows had to be looked up, the log is not read where its seals are."""
LONGEST_PAUSE = 64


class Found(NamedTuple):
    """Rows by event; and rows whose event is another one that the database takes for the same."""

    rows: dict[str, list[Row]]
    almost: list[Row]


class LogReading:
    """Finds the rows of leaves, and the rows without any.

    Rows are named by the time at which they were written, and sealed in nearly that order: read by name, the
    log comes from the disk in one go, five times as fast as by event. What is not met there, as an event
    that was committed late, is looked up by its event, as is everything where that order does not hold.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.doubtful = _doubtful(site)
        """Events that more than one row claims, in every spelling that the database takes for the same."""
        self._last = ""
        self._waiting: dict[str, Row] = {}
        self._pause = self._next_pause = 0

    def find(self, leaves: Iterable[Row]) -> Found:
        """The rows of any leaves."""
        return self._looked_up(_events(leaves))

    def follow(self, leaves: Iterable[Row]) -> Found:
        """The rows of the next leaves of many that come in the order of their positions."""
        wanted = _events(leaves)
        rows = {} if self._pause else self._met(wanted - self.doubtful)
        looked_up, almost = self._looked_up(wanted - rows.keys())
        if len(looked_up) > MOST_LOOKED_UP * len(wanted):
            self._go_where(looked_up)
        elif looked_up and len(self._waiting) >= MOST_WAITING:
            # what waits longest was sealed before it could be met, or is not sealed at all
            for event in list(self._waiting)[:PAGE_ROWS]:
                del self._waiting[event]
        return Found(rows | looked_up, almost)

    def unsealed(self) -> Iterator[Row]:
        """Every row without a leaf, whatever its event is."""
        yield from self.site.get_all(LOG, READ_FIELDS, {"event_id": ("is", "not set")})
        for events in _portions(self.doubtful):
            yield from self._without_leaf(READ_FIELDS, {"event_id": ("in", events)})
        last, limit = "", PAGE_ROWS
        while True:
            # the indexes alone answer this one; the rows are read where there are any
            page = self._without_leaf(("name", "event_id"), {"event_id": (">", last)}, limit)
            if limit and len(page) == limit and not isinstance(page[-1]["event_id"], str):
                limit = 0  # bytes, which SQLite stores in any column: one cannot go on after them
                continue
            for names in _portions(row["name"] for row in page if row["event_id"] not in self.doubtful):
                yield from self.site.get_all(LOG, READ_FIELDS, {"name": ("in", names)})
            if len(page) < limit or not limit:
                return
            last = page[-1]["event_id"]

    def _met(self, wanted: Set[str]) -> dict[str, list[Row]]:
        for _ in range(PAGES_AHEAD):
            # after a prune there are leaves without rows: those to come wait for theirs
            if wanted <= self._waiting.keys() or len(self._waiting) >= MOST_WAITING or not self._read_on():
                break
        return {event: [self._waiting.pop(event)] for event in wanted & self._waiting.keys()}

    def _read_on(self) -> bool:
        page = self.site.scan(LOG, READ_FIELDS, {"name": (">", self._last)}, order_by="name", limit=PAGE_ROWS)
        if page:
            self._last = page[-1]["name"]
        self._waiting.update({row["event_id"]: row for row in page if row["event_id"] not in self.doubtful})
        return bool(page)

    def _go_where(self, looked_up: dict[str, list[Row]]) -> None:
        """Read on from where the leaves are; the more often that was in vain, the later again."""
        names = sorted(row["name"] for rows in looked_up.values() for row in rows)
        self._last = names[len(names) // 2]
        self._waiting.clear()
        if self._pause:
            self._pause -= 1
        else:
            self._pause = self._next_pause
            self._next_pause = min(LONGEST_PAUSE, 2 * self._next_pause + 1)

    def _looked_up(self, wanted: Set[str]) -> Found:
        found = Found({}, [])
        for row in self.site.scan(LOG, READ_FIELDS, {"event_id": ("in", wanted)}) if wanted else ():
            if row["event_id"] in wanted:
                found.rows.setdefault(row["event_id"], []).append(row)
            else:
                # the database compares without case or trailing spaces; the seal does not
                found.almost.append(row)
        return found

    def _without_leaf(self, fields: Sequence[str], filters: dict[str, Any], limit: int = 0) -> list[Row]:
        return self.site.get_unmatched(
            LOG, fields, "event_id", (LEAF, "event"), filters, order_by="event_id", limit=limit or None
        )


def _events(leaves: Iterable[Row]) -> set[str]:
    return {leaf["event"] for leaf in leaves if isinstance(leaf["event"], str)}


def _doubtful(site: Site) -> frozenset[str]:
    limit = PAGE_ROWS
    while True:
        counted = site.tally(LOG, "event_id", {"event_id": ("is", "set")}, limit=limit)
        several = [event for event, count in counted.items() if count > 1]
        if len(several) < limit:
            break
        limit *= 10
    return frozenset(
        row["event_id"]
        for events in _portions(several)
        for row in site.get_all(LOG, ("event_id",), {"event_id": ("in", events)})
    )


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    each = sorted(values, key=str)
    for start in range(0, len(each), PAGE_ROWS):
        yield each[start : start + PAGE_ROWS]
