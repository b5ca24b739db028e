"""The drill: the newest backup is read to its end, and restored where a second database may be made."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification.verification import verify
from vuurtoren.backups import drills
from vuurtoren.backups.drills import Drill, Outcome
from vuurtoren.backups.dump import ENCRYPTED, Contents, statements
from vuurtoren.backups.statements import NotWhole
from vuurtoren.site.errors import NoRoom, SiteError, StatementRefused, Unavailable
from vuurtoren.site.protocol import Site, ThrowAway, ThrowAways
from vuurtoren.site.throw_away_names import new_name
from vuurtoren.site.values import BackupFile, BackupState, Row
from vuurtoren.site.words.words import Words, said

LOCK = "backup drill"
EVERY = timedelta(days=30)
BROKEN_OFF = Words("the process that did it ended in the middle")
ROOM_FACTOR = 2
"""A database takes more than its dump: its indexes are not in it."""
ROOM_LEFT_BYTES = 1 << 30
OTHERS_DATABASE = (b"USE ", b"CREATE DATABASE", b"DROP DATABASE", b"/*!40000 DROP DATABASE", b"GRANT ")
DATED = ("SEPA Audit Log", "Metric Series", "Version", "Error Log", "Activity Log")
"""DocTypes in which something is written every day: the newest of their rows says how old the data is."""


class Busy(SiteError):
    """Another drill of this site runs."""


@dataclass
class Result:
    """What a drill found, as it comes to know it."""

    outcome: Outcome = "Not tried"
    because: str = ""
    contents: Contents = field(default_factory=Contents)
    newest_row_at: datetime | None = None
    trail: str = ""


class _TooLong(Exception):
    """The time that was given is over."""


def is_due(site: Site) -> bool:
    """Whether there is a backup, and none was looked into within a month."""
    last = drills.newest(site, *drills.ANSWERS)
    overdue = last is None or site.now() - last.started_at >= EVERY
    return overdue and bool(site.backups().files)


def drill(site: Site, *, most_seconds: float | None = None) -> Drill:
    """Try the newest backup and store what was found; commits.

    What an earlier drill left behind is dropped first. Raises Busy while another one runs, and Unavailable
    where there is no backup.
    """
    ends = time.monotonic() + most_seconds if most_seconds else None
    with site.lock(LOCK) as held:
        if not held:
            raise Busy(Words("another drill of this site runs"))
        drills.end_broken_off(site, said(BROKEN_OFF, site.translate))
        _drop_leftovers(site)
        state = site.backups()
        if not state.files:
            raise Unavailable("there is no database backup in {0}", state.directory)
        name = drills.begin(site, state.files[0].name, state.files[0].written_at_utc)
        began = time.perf_counter()
        result = Result(because=said(BROKEN_OFF, site.translate))
        try:
            result = _Work(site, state, name, ends).done()
        finally:
            site.rollback()
            drills.note(site, name, **_row(site, result), duration_ms=(time.perf_counter() - began) * 1000)
    return drills.read(site, name)


def _drop_leftovers(site: Site) -> None:
    """What a drill left behind that did not come to its end; where none may be made, none is there."""
    with suppress(Unavailable), site.throw_aways() as places:
        for leftover in places.leftovers():
            places.drop(leftover)


def _row(site: Site, result: Result) -> dict[str, Any]:
    return {
        "outcome": result.outcome,
        "because": result.because,
        "table_count": len(result.contents.made),
        "row_count": result.contents.row_count,
        "newest_row_at": result.newest_row_at,
        "trail": result.trail,
        "throw_away": "",
        "ended_at": site.now(),
    }


class _Work:
    """One drill at work on one file."""

    def __init__(self, site: Site, state: BackupState, name: str, ends: float | None) -> None:
        self.site = site
        self.state = state
        self.name = name
        self.ends = ends
        self.file: BackupFile = state.files[0]
        self.path = Path(state.directory) / self.file.name
        self.result = Result()

    def done(self) -> Result:
        """Read it, then restore it; the outcome is the last that could be said."""
        try:
            self._read()
            self._restore()
        except NotWhole as broken:
            self._say("Not restorable", broken.words)
        except _TooLong:
            self._say(self.result.outcome, Words("it was not done in the time that is given to it"))
        except Unavailable as refused:
            self._say(self.result.outcome, refused.words)
        except OSError as refused:
            self._say(self.result.outcome, Words("the file cannot be read: {0}", refused.strerror or refused))
        return self.result

    def _say(self, outcome: Outcome, because: str) -> None:
        self.result.outcome, self.result.because = outcome, said(because, self.site.translate)

    def _in_time(self) -> None:
        if self.ends is not None and time.monotonic() > self.ends:
            raise _TooLong

    def _read(self) -> None:
        if ENCRYPTED in self.file.name:
            raise Unavailable("it is encrypted: only who has the key can try it")
        contents = Contents()
        self.result.contents = contents
        for _ in statements(self.path, contents):
            self._in_time()
        named = contents.header.database
        if named and named != self.state.database:
            raise NotWhole(
                "it is a dump of the database {0}, and that of this site is {1}", named, self.state.database
            )
        self.result.outcome = "Whole"

    def _restore(self) -> None:
        """Into a database that is made for it and dropped again, whatever happens."""
        with self.site.throw_aways() as places:
            self._see_room(places)
            with self._made(places) as copy:
                self._fill(copy)
                self._compare(copy)
                with copy.opened() as there:
                    self.result.newest_row_at = _newest_row(there)
                    newest = self._see_trail(there)
                if newest and not _holds(self.site, newest):
                    raise NotWhole("the audit trail in it is not that of this site")
        self._say("Restorable", self.result.because)

    def _see_room(self, places: ThrowAways) -> None:
        room, needed = (
            places.room_bytes(),
            ROOM_FACTOR * self.result.contents.unpacked_bytes + ROOM_LEFT_BYTES,
        )
        if room is not None and room < needed:
            raise Unavailable(
                "restoring takes {0} MB of the database's disk, and {1} MB are free", needed >> 20, room >> 20
            )

    @contextmanager
    def _made(self, places: ThrowAways) -> Iterator[ThrowAway]:
        name = new_name(self.state.database, self.site.now_utc())
        drills.note(self.site, self.name, throw_away=name)
        made: ThrowAway | None = None
        try:
            made = places.make(name)
            yield made
        except NoRoom as full:
            raise Unavailable("the disk of the database is full: {0}", full) from full
        finally:
            if made:
                made.close()
            if name in places.leftovers():
                places.drop(name)

    def _fill(self, copy: ThrowAway) -> None:
        for number, statement in enumerate(statements(self.path, Contents()), 1):
            self._in_time()
            if statement.text.upper().startswith(OTHERS_DATABASE):
                raise NotWhole("its statement {0} is about another database", number)
            try:
                copy.execute(statement.text)
            except StatementRefused as refused:
                raise NotWhole("the database refuses its statement {0}: {1}", number, refused) from refused

    def _compare(self, copy: ThrowAway) -> None:
        """Every row that the dump has is in the copy."""
        there = copy.counts()
        for table, rows in sorted(self.result.contents.rows.items()):
            if there.get(table, 0) != rows:
                raise NotWhole(
                    "of the {0} rows of {1} there are {2} in the restored copy",
                    rows,
                    table,
                    there.get(table, 0),
                )

    def _see_trail(self, there: Site) -> Row | None:
        """The audit trail in the copy verifies with this site's keys; its newest checkpoint."""
        if not there.has_doctype(CHECKPOINT):
            return None
        found = verify(there, is_copy=True)
        self.result.trail = found.answer
        if found.tampered:
            raise NotWhole("the audit trail in it does not verify: {0}", found.answer)
        newest = there.get_all(CHECKPOINT, ["sequence", "note"], order_by="sequence desc", limit=1)
        return newest[0] if newest else None


def _holds(site: Site, checkpoint: Row) -> bool:
    """Whether the log of the site that runs holds this very checkpoint."""
    here = site.get_all(CHECKPOINT, ["note"], {"sequence": checkpoint["sequence"]}, limit=1)
    return bool(here) and here[0]["note"] == checkpoint["note"]


def _newest_row(there: Site) -> datetime | None:
    """When the newest row of what is written every day was written, site time."""
    found = []
    for doctype in DATED:
        if there.has_doctype(doctype):
            rows = there.get_all(doctype, ["creation"], order_by="creation desc", limit=1)
            found += [row["creation"] for row in rows if isinstance(row["creation"], datetime)]
    return max(found, default=None)
