"""The guard of append-only rows in an embedded site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vuurtoren.embedded.store.sqlite_store import SQLiteStore
from vuurtoren.site.guards import Guard, sqlite_install, sqlite_remove


class SQLiteGuard:
    """The guard verbs of the Site protocol."""

    store: SQLiteStore

    def install_guard(self, guard: Guard) -> None:
        if not self.guard_missing(guard):
            return
        for statement in (*sqlite_remove(guard), *sqlite_install(guard)):
            self.store.write(statement, ())
        self.store.commit()

    def remove_guard(self, guard: Guard) -> None:
        for statement in sqlite_remove(guard):
            self.store.write(statement, ())
        self.store.commit()

    @contextmanager
    def lift_guard(self, guard: Guard, names: Sequence[str]) -> Iterator[None]:
        """SQLite changes triggers inside the transaction, so nobody else ever sees the rows unguarded."""
        guarded = not self.guard_missing(guard)
        if guarded:
            for statement in sqlite_remove(guard):
                self.store.write(statement, ())
        yield
        if guarded:
            for statement in sqlite_install(guard):
                self.store.write(statement, ())

    def guard_missing(self, guard: Guard) -> str:
        present = {
            row[0] for row in self.store.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        }
        return "" if present.issuperset(sqlite_install(guard)) else "a trigger is missing or outdated"
