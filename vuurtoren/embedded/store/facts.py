"""What an embedded site can say about its platform, and the reason where it cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vuurtoren import carrier
from vuurtoren.embedded.store.throw_away import SQLiteThrowAways
from vuurtoren.site.configured import as_flag
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import ThrowAways
from vuurtoren.site.values import (
    BackupState,
    CacheState,
    DatabaseSize,
    DatabaseState,
    HostSeen,
    JobType,
    MailState,
    QueuesState,
    SchedulerState,
    Statements,
    TableSize,
)
from vuurtoren.site.words.words import Words

if TYPE_CHECKING:
    from vuurtoren.embedded.store.sqlite_site import Postman, SQLiteSite
    from vuurtoren.embedded.store.sqlite_store import SQLiteStore

NO_COUNTER = Words("SQLite keeps no such counter")


class EmbeddedFacts:
    """The platform facts of the Site protocol for a folder with one SQLite file."""

    name: str
    folder: Path
    store: SQLiteStore
    postman: Postman | None

    if TYPE_CHECKING:

        def conf(self, key: str, default: Any = None) -> Any: ...
        def over(self, folder: Path) -> SQLiteSite: ...

    def site_path(self) -> Path:
        return self.folder

    def scheduler(self) -> SchedulerState:
        fields = ["name", "method", "frequency", "stopped", "last_execution"]
        rows = self.store.select("Scheduled Job Type", fields, None, "", None)
        jobs = tuple(
            JobType(
                row["method"],
                row["frequency"] or "",
                bool(row["stopped"]),
                row["last_execution"],
                row["name"],
            )
            for row in rows
        )
        because = ""
        if as_flag(self.conf("pause_scheduler")) or as_flag(self.conf("disable_scheduler")):
            because = Words("site_config.json pauses the scheduler")
        elif not jobs:
            because = Words("no scheduler has run on this site yet")
        return SchedulerState(not because, because, False, "", jobs)

    def queues(self) -> QueuesState:
        raise Unavailable("an embedded site runs its jobs itself and has no queues")

    def release_job(self, method: str) -> bool:
        return False

    def mail(self) -> MailState:
        if self.postman is None:
            return MailState("", Words("nobody carries mail for this embedded site"), "", "")
        return self.postman.state()

    def backups(self) -> BackupState:
        directory = self.folder / "private" / "backups"
        return BackupState.of(directory, directory.glob("*.sql.gz"), self.name)

    @contextmanager
    def throw_aways(self) -> Iterator[ThrowAways]:
        if self.store.only_read:
            raise Unavailable("this site is only read here")
        yield SQLiteThrowAways(self.folder / "private" / "drills", self.name, self.over)

    def database(self) -> DatabaseState:
        counters = (
            "connections",
            "max_connections",
            "slow_queries_total",
            "longest_query_ms",
            "lock_waits_current",
        )
        return DatabaseState(
            engine="SQLite",
            version=sqlite3.sqlite_version,
            connections=None,
            max_connections=None,
            slow_queries_total=None,
            slow_after_ms=None,
            longest_query_ms=None,
            lock_waits_current=None,
            uptime_seconds=None,
            missing=dict.fromkeys(counters, NO_COUNTER),
        )

    def database_size(self) -> DatabaseSize:
        pages = self.store.execute("PRAGMA page_count").fetchone()[0]
        page_bytes = self.store.execute("PRAGMA page_size").fetchone()[0]
        tables = [row[0] for row in self.store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return DatabaseSize(pages * page_bytes, len(tables), self._table_sizes())

    def statements(self) -> Statements:
        raise Unavailable(NO_COUNTER)

    def _table_sizes(self) -> tuple[TableSize, ...]:
        """Empty where SQLite was built without its table of page statistics."""
        if not self.store.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'").fetchone():
            return ()
        sizes = self.store.execute(
            "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name"
            " GROUP BY m.tbl_name ORDER BY 2 DESC LIMIT 10"
        )
        return tuple(TableSize(table, size, None) for table, size in sizes)

    def hosts(self) -> tuple[HostSeen, ...]:
        return ()

    def announce_host(self, host: HostSeen) -> None:
        """There is no other machine."""

    def cache(self) -> CacheState:
        raise Unavailable("an embedded site has no cache server")

    def sessions(self) -> int:
        raise Unavailable("an embedded site keeps no sessions")

    def pending_migrations(self) -> list[str]:
        raise Unavailable("an embedded site builds its tables at start and has no patches")

    def installed_versions(self) -> dict[str, str]:
        return {carrier.app_name(): carrier.app_version()}

    def request_log(self) -> Path:
        path = self.folder / "logs" / "monitor.json.log"
        if not path.is_file():
            raise Unavailable("no request log is kept")
        return path
