"""Errors counted by kind as they arrive: every tick reads the new rows of the logs, and no row twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from vuurtoren.error_kinds import kinds as error_kinds
from vuurtoren.error_kinds import log_pages as error_pages
from vuurtoren.error_kinds.cursor import NAMES_KEPT, Cursor, Place
from vuurtoren.error_kinds.kinds import Batch
from vuurtoren.error_kinds.log_sources import ErrorSource, present
from vuurtoren.error_kinds.queries import (
    JOB,
    Coverage,
    KindSeen,
    coverage,
    daily_counts,
    hourly_counts,
    need_tables,
    new_kinds,
    recent_kinds,
    stored_cursors,
)
from vuurtoren.failures import report
from vuurtoren.health import runs
from vuurtoren.site.errors import InvalidValue
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import next_version
from vuurtoren.site.values import Row

__all__ = [
    "Coverage",
    "IndexRun",
    "KindSeen",
    "coverage",
    "daily_counts",
    "hourly_counts",
    "index_new_errors",
    "new_kinds",
    "recent_kinds",
    "trim",
]

BUDGET_ROWS = 20_000
TRIM_BATCH = 1_000


@dataclass
class IndexRun:
    """What one run did.

    `rows` errors were counted, `kinds` kinds are new to the index. `behind` names the logs of which newer
    rows are still unread, `backfilling` those of which older rows are; the next run goes on with them.
    `skipped` is true when another run was at work: then nothing was done.
    """

    rows: int = 0
    kinds: int = 0
    behind: list[str] = field(default_factory=list)
    backfilling: list[str] = field(default_factory=list)
    skipped: bool = False


def index_new_errors(site: Site, budget_rows: int = BUDGET_ROWS) -> IndexRun:
    """Count every new error under its kind, at most `budget_rows` of them, the newest logs first.

    On the first run the last hours are read, then, as far as the budget goes and in the runs after it, the
    seven days before them. Commits after each page, so that an interruption costs one page of work; raises
    what the site raises, with the page rolled back, and Unavailable before the tables are installed.
    """
    need_tables(site)
    run = IndexRun()
    with site.lock(JOB) as had:
        if not had:
            run.skipped = True
            return run
        try:
            _Indexer(site, run, budget_rows).read_all()
        except _Overtaken:
            run.skipped = True
    return run


def trim(site: Site, retention_days: int) -> int:
    """Delete kinds that have not been seen for so many days, at most one batch; the caller commits.

    Returns how many went.
    """
    oldest = site.now() - timedelta(days=retention_days)
    return site.delete(error_kinds.DOCTYPE, {"last_seen": ("<", oldest)}, limit=TRIM_BATCH)


class _Overtaken(Exception):
    """Another run has moved the cursors since this one read them."""


class _Indexer:
    """One run: the cursors as stored, and the budget that is left."""

    def __init__(self, site: Site, run: IndexRun, budget_rows: int) -> None:
        self.site = site
        self.run = run
        self.budget = budget_rows
        self.now = site.now()
        self.sources = present(site)
        self.version, stored = _opened(site)
        self.cursors = {
            source.doctype: stored.get(source.doctype) or Cursor.begin(self.now) for source in self.sources
        }

    def read_all(self) -> None:
        for source in self.sources:
            self.read_new(source)
        for source in self.sources:
            self.read_old(source)
        with _transaction(self.site):
            self._claim()

    def read_new(self, source: ErrorSource) -> None:
        cursor = self.cursors[source.doctype]
        if cursor.clock_jumped_back(self.now):
            later = error_pages.newest_names(self.site, source, self.now, NAMES_KEPT)
            cursor.restart(self.now, later)
        since, until = cursor.look_from(self.now), cursor.look_until(self.now)
        for rows in error_pages.forward(self.site, source, since, until):
            unseen = [row for row in rows if not cursor.has_seen(row[source.key], row["name"])]
            taken = unseen[: max(0, self.budget)]
            if taken:
                cursor.remember((row[source.key], row["name"]) for row in taken)
                cursor.read_until = taken[-1][source.key]
                self._count(source, taken)
            if len(taken) < len(unseen):
                self.run.behind.append(source.doctype)
                return
        cursor.read_until = self.now

    def read_old(self, source: ErrorSource) -> None:
        cursor = self.cursors[source.doctype]
        while cursor.backfill and self.budget > 0:
            limit = min(error_pages.PAGE, self.budget)
            rows = error_pages.backward(self.site, source, cursor.backfill, cursor.first, limit)
            if len(rows) < limit:
                cursor.first = error_pages.known_since(self.site, source, cursor.first, cursor.complete_from)
                cursor.backfill = None
            else:
                cursor.backfill = Place(rows[-1][source.key], rows[-1]["name"])
            if rows:
                self._count(source, rows)
        if cursor.backfill:
            self.run.backfilling.append(source.doctype)

    def _count(self, source: ErrorSource, rows: list[Row]) -> None:
        """Count one page in one transaction with the cursor that has passed it."""
        self.budget -= len(rows)
        wanted = [row for row in rows if not source.skip(row)]
        batches: dict[str, Batch] = {}
        with _transaction(self.site):
            self._claim()
            for errors in error_pages.texts(self.site, source, wanted):
                self.run.rows += error_kinds.collect(batches, errors)
            self.run.kinds += error_kinds.store(self.site, batches)

    def _claim(self) -> None:
        """Write the cursors by compare-and-swap: of two runs that read the same rows one ends here."""
        for cursor in self.cursors.values():
            cursor.forget(self.now)
        values: dict[str, Any] = {
            "cursor": json.dumps({name: cursor.as_dict() for name, cursor in self.cursors.items()}),
            "status": "Succeeded",
            "succeeded_at": self.now,
            "finished_at": self.now,
            "version": next_version(self.version),
        }
        if not self.site.update("Monitoring Run", JOB, values, expect={"version": self.version}):
            raise _Overtaken
        self.version = next_version(self.version)


def _opened(site: Site) -> tuple[int, dict[str, Cursor]]:
    """The version and the cursors as they are stored; the row is made where there is none."""
    row = runs.memory(site, JOB)
    try:
        return row["version"], stored_cursors(row)
    except InvalidValue as unreadable:
        report(site, f"the cursor of {JOB}", unreadable)
        return row["version"], _resumed(site)


def _resumed(site: Site) -> dict[str, Cursor]:
    """Cursors from what was counted, where those that were stored cannot be read."""
    newest = site.get_all(error_kinds.DOCTYPE, ["last_seen"], order_by="last_seen desc", limit=1)
    last_seen = newest[0]["last_seen"] if newest else None
    if last_seen is None:
        return {}
    counted_until = min(last_seen, site.now()) + timedelta(microseconds=1)
    return {source.doctype: Cursor.resume(counted_until) for source in present(site)}


@contextmanager
def _transaction(site: Site) -> Iterator[None]:
    """Commit what was done inside, or roll it back when it ended in an exception."""
    done = False
    try:
        yield
        site.commit()
        done = True
    finally:
        if not done:
            site.rollback()
