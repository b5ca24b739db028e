"""Databases of an embedded site that are made to be dropped: folders of a fixed name beside its own file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vuurtoren.site.errors import NoRoom, NotThrowAway, StatementRefused
from vuurtoren.site.private_files import private_folder
from vuurtoren.site.throw_away_names import must_be_throw_away, prefix_of
from vuurtoren.site.words.words import Words

if TYPE_CHECKING:
    from vuurtoren.embedded.store.sqlite_site import SQLiteSite

FILE = "site.db"
_REFUSED_ACTIONS = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
Copy = Callable[[Path], "SQLiteSite"]
"""The site over the file of another folder, only to be read."""


class SQLiteThrowAways:
    """Below one folder, of the site with this name; `copy` opens one of them as a site."""

    def __init__(self, folder: Path, live: str, copy: Copy) -> None:
        self.folder = folder
        self.live = live
        self.copy = copy

    def leftovers(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(
            path.name for path in self.folder.iterdir() if path.name.startswith(prefix_of(self.live))
        )

    def room_bytes(self) -> int | None:
        private_folder(self.folder)
        return shutil.disk_usage(self.folder).free

    def make(self, name: str) -> SQLiteThrowAway:
        place = self._place(name)
        private_folder(self.folder)
        place.mkdir(mode=0o700)
        return SQLiteThrowAway(name, place, self.copy)

    def drop(self, name: str) -> None:
        shutil.rmtree(self._place(name))

    def _place(self, name: str) -> Path:
        place = self.folder / must_be_throw_away(name, self.live)
        if place.is_symlink():
            raise NotThrowAway(Words("{0} leads elsewhere: it is left alone", name))
        return place


class SQLiteThrowAway:
    """One SQLite file in a folder of its own; a statement cannot reach any other file."""

    def __init__(self, name: str, place: Path, copy: Copy) -> None:
        self.name = name
        self.place = place
        self.copy = copy
        self._connection = sqlite3.connect(place / FILE, isolation_level=None)
        self._connection.set_authorizer(_only_here)
        (place / FILE).chmod(0o600)

    def execute(self, statement: bytes) -> None:
        try:
            self._connection.execute(statement.decode("utf-8"))
        except (sqlite3.Error, UnicodeDecodeError) as refused:
            if "is full" in str(refused):  # Python 3.10 knows no codes of SQLite
                raise NoRoom(str(refused)) from refused
            raise StatementRefused(str(refused)) from refused

    def counts(self) -> dict[str, int]:
        tables = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return {
            str(name): int(self._connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0])
            for (name,) in tables.fetchall()
        }

    @contextmanager
    def opened(self) -> Iterator[SQLiteSite]:
        copy = self.copy(self.place)
        try:
            yield copy
        finally:
            copy.store.close()

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()


def _only_here(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action in _REFUSED_ACTIONS else sqlite3.SQLITE_OK
