"""Plain, frozen values that cross the door between the monitor and the site it watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from vuurtoren.privacy.text import without_encoded_words
from vuurtoren.site.names import LONGEST_HOST
from vuurtoren.site.strangers import moment_or_none

BACKUPS_LOOKED_AT = 12


@dataclass(frozen=True)
class JobType:
    """A scheduled job as the scheduler knows it; `last_execution` is when it last started, site time."""

    method: str
    frequency: str
    stopped: bool
    last_execution: datetime | None
    name: str = ""


@dataclass(frozen=True)
class SchedulerState:
    """Whether scheduled jobs run here, and why not where they do not.

    `inactive_because` and `dormant_because` are empty when the scheduler is on and awake.
    """

    enabled: bool
    inactive_because: str
    dormant: bool
    dormant_because: str
    jobs: tuple[JobType, ...]

    @property
    def last_execution(self) -> datetime | None:
        """When any scheduled job last started, site time."""
        started = [job.last_execution for job in self.jobs if job.last_execution]
        return max(started) if started else None


@dataclass(frozen=True)
class QueueState:
    """One background queue: jobs waiting, age of the oldest in seconds, and what is in its registries.

    `held_by` is the function of the job that has run longest of those that run now, `held_seconds` for how
    long; empty and None where none runs or the queue does not say.
    """

    name: str
    depth: int
    oldest_seconds: float | None
    started: int
    failed: int
    finished: int
    held_by: str = ""
    held_seconds: float | None = None


@dataclass(frozen=True)
class QueuesState:
    """All queues of the bench and the workers that serve them."""

    queues: tuple[QueueState, ...]
    workers: int
    busy_workers: int


@dataclass(frozen=True)
class HostSeen:
    """A machine of the bench: when it was last heard of (UTC), whether it works off queues, and what it last
    said of itself, by metric."""

    name: str
    seen_at: datetime
    works: bool = False
    said_at: datetime | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def with_newer(self, other: HostSeen) -> HostSeen:
        """What both say of one machine: the newest of each."""
        newer = other if _at(other) > _at(self) else self
        seen_at = max(self.seen_at, other.seen_at)
        return HostSeen(self.name, seen_at, self.works or other.works, newer.said_at, newer.numbers)

    def as_plain(self) -> dict[str, Any]:
        """As JSON can hold it; `from_plain` reads it back."""
        said_at = self.said_at.isoformat() if self.said_at else None
        return {
            "name": self.name,
            "seen_at": self.seen_at.isoformat(),
            "works": self.works,
            "said_at": said_at,
            "numbers": dict(self.numbers),
        }

    @classmethod
    def from_plain(cls, plain: object) -> HostSeen | None:
        """None where it is no such machine, whoever wrote it."""
        if not isinstance(plain, dict) or not isinstance(plain.get("name"), str):
            return None
        seen_at, numbers = moment_or_none(plain.get("seen_at")), plain.get("numbers")
        if seen_at is None or not isinstance(numbers, dict):
            return None
        said_at = moment_or_none(plain.get("said_at"))
        return cls(plain["name"][:LONGEST_HOST], seen_at, plain.get("works") is True, said_at, numbers)


def _at(seen: HostSeen) -> datetime:
    return seen.said_at or datetime.min


@dataclass(frozen=True)
class MailState:
    """Whether mail can leave this site at all; each text is empty when that hindrance is absent."""

    account: str
    no_account_because: str
    muted_because: str
    suspended_because: str


@dataclass(frozen=True)
class BackupFile:
    """One database backup on disk: its file name, when it was written (UTC) and its size in bytes."""

    name: str
    written_at_utc: datetime
    size_bytes: int


@dataclass(frozen=True)
class BackupState:
    """The newest database backup on disk: its file name, when it was written (UTC) and its size in bytes.

    `files` are the newest ones, that one first; what is in them decides whether they are backups. `database`
    is what a dump of this site calls the database that it is of.
    """

    directory: str
    newest: str
    written_at_utc: datetime | None
    size_bytes: int
    count: int
    files: tuple[BackupFile, ...] = ()
    database: str = ""

    @classmethod
    def of(cls, directory: Path, paths: Iterable[Path], database: str = "") -> BackupState:
        """From the files of a folder; one that goes away meanwhile is left out."""
        found = []
        for path in paths:
            with suppress(FileNotFoundError):
                stat = path.stat()
                written = datetime.fromtimestamp(stat.st_mtime, timezone.utc).replace(tzinfo=None)
                found.append(BackupFile(path.name, written, stat.st_size))
        found.sort(key=lambda each: (each.written_at_utc, each.name), reverse=True)
        if not found:
            return cls(str(directory), "", None, 0, 0, database=database)
        newest = found[0]
        files = tuple(found[:BACKUPS_LOOKED_AT])
        return cls(
            str(directory),
            newest.name,
            newest.written_at_utc,
            newest.size_bytes,
            len(found),
            files,
            database,
        )


@dataclass(frozen=True)
class TableSize:
    """One table: data and index bytes, and the server's own estimate of its rows."""

    table: str
    size_bytes: int
    rows_estimate: int | None


@dataclass(frozen=True)
class DatabaseState:
    """Counters that the database server keeps itself; None where this server or account has none.

    `slow_queries_total` counts since the server started; `slow_after_ms` is what the server calls slow.
    """

    engine: str
    version: str
    connections: int | None
    max_connections: int | None
    slow_queries_total: int | None
    slow_after_ms: float | None
    longest_query_ms: float | None
    lock_waits_current: int | None
    uptime_seconds: int | None
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatabaseSize:
    """What the database takes on disk; `tables` holds the largest ones, largest first."""

    size_bytes: int
    table_count: int
    tables: tuple[TableSize, ...]


@dataclass(frozen=True)
class Statement:
    """One shape of statement, without values, and what the server counted of it since it began to.

    `rows_examined` and `age_seconds`, for how long it has been counted, are None where the server keeps none.
    """

    digest: str
    text: str
    times: int
    total_ms: float
    rows_examined: int | None
    age_seconds: float | None


@dataclass(frozen=True)
class Statements:
    """Those of this site that take longest, in all or each.

    `not_told_apart` is how many runs, of all sites, the server counted in one because it had no room left.
    """

    found: tuple[Statement, ...]
    not_told_apart: int


@dataclass(frozen=True)
class CacheState:
    """The cache server's own counters."""

    used_bytes: int
    limit_bytes: int | None
    evicted_keys: int
    hits: int
    misses: int


@dataclass(frozen=True)
class Mail:
    """One message: both bodies are always given, recipients are already checked.

    Messages with the same `thread` are shown together by mail programs: the one that `opens_thread` gets a
    Message-ID that follows from the thread, the others answer it. `headers` stand in it as they are given.
    """

    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    reference_doctype: str = ""
    reference_name: str = ""
    thread: str = ""
    opens_thread: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """The subject is one line as a mail program reads it, whoever wrote it."""
        object.__setattr__(self, "subject", " ".join(without_encoded_words(self.subject).split()))


@dataclass(frozen=True)
class MailReceipt:
    """Who took the message over ("email queue", "smtp" or "outbox") and how it is found again there.

    `others` are further references where the message was handed over in several parts.
    """

    channel: str
    reference: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What is known about a message that was handed over: proven to have left, waiting, or failed.

    `detail` says on what that rests, for people.
    """

    state: Literal["proven", "waiting", "failed"]
    detail: str


Row = dict[str, Any]
