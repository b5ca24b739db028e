"""The only door to the outside: what the monitor needs from the place that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from vuurtoren.site.guards import Guard
from vuurtoren.site.site_time import SiteTime
from vuurtoren.site.values import (
    BackupState,
    CacheState,
    DatabaseSize,
    DatabaseState,
    HostSeen,
    Mail,
    MailReceipt,
    MailState,
    Proof,
    QueuesState,
    Row,
    SchedulerState,
    Statements,
)

Result = TypeVar("Result")
Filters = Mapping[str, Any]
"""`{"field": value}` means equal; `{"field": (operator, value)}` or a list of such pairs for several
conditions on one field. The operators are those of `filters.OPERATORS`; anything else raises BadFilter."""


class Limited(Protocol):
    """Does named work; raises Unavailable when it has not answered in time, and goes on without it."""

    def __call__(self, name: str, seconds: float, work: Callable[[], Result], /) -> Result: ...


class ThrowAway(Protocol):
    """A database that is made to be dropped: a dump is restored into it, and looked at."""

    name: str

    def execute(self, statement: bytes) -> None:
        """One statement of a dump; raises StatementRefused with the database's own words, and NoRoom."""

    def counts(self) -> dict[str, int]:
        """How many rows each of its tables has, counted."""

    def opened(self) -> AbstractContextManager[Site]:
        """The site over the rows of this database, for reading: the configuration, the keys and the clock are
        those of the site that runs."""

    def close(self) -> None:
        """End the connection to it."""


class ThrowAways(Protocol):
    """Where databases may be made to be dropped: their names have a fixed prefix, and no other is touched."""

    def leftovers(self) -> list[str]:
        """Those of this site that are there, because whoever made them did not come to drop them."""

    def room_bytes(self) -> int | None:
        """How much may still be written where they lie; None where nobody here can say."""

    def make(self, name: str) -> ThrowAway:
        """A new and empty one; raises NotThrowAway for any name without the prefix, and NoRoom."""

    def drop(self, name: str) -> None:
        """Drop it with all that is in it; raises NotThrowAway for any name without the prefix."""


class Site(Protocol):
    """A site: a dozen verbs in Frappe's own words, and the facts that only a platform knows.

    Times have no zone: they are those of the site's clock, or UTC where the name ends in `_utc`. Those of the
    site that come out of it know their instant (`SiteTime`): differences and comparisons are right in every
    night of the year. Of a plain time that the clock shows twice the first pass is meant.
    Writes belong to one transaction until `commit` or `rollback`.
    A fact that cannot be had raises `Unavailable` with the reason; it is never zero and never "OK".
    """

    name: str
    """The host name that people know the site by; it stands in mail subjects."""
    platform: str
    """What the site runs on, for people: "Frappe 15.44.2" or "embedded"."""

    # who and when
    def now(self) -> datetime: ...
    def now_utc(self) -> datetime: ...
    def to_utc(self, site_time: datetime) -> datetime: ...
    def from_utc(self, utc_time: datetime) -> SiteTime: ...
    def time_zone(self) -> str:
        """The name of the zone in which `now` counts, whether chosen or not; empty where none is known."""

    def user(self) -> str: ...
    def has_role(self, *roles: str) -> bool:
        """Whether the current user holds at least one of the roles (Administrator holds all)."""

    def people_with_role(self, role: str) -> list[str]:
        """Mail addresses of enabled users, without Administrator and Guest, that hold the role, sorted."""

    def trace_id(self) -> str:
        """What everything that one request or job does has in common; never empty."""

    def translate(self, text: str) -> str:
        """The text in the language that is spoken now, or unchanged."""

    def language(self) -> str:
        """What `translate` speaks now: the language of `speaking`, else of whoever asks, else the site's."""

    def site_language(self) -> str:
        """The language of the site itself: in it everything is kept that nobody has asked for."""

    def speaking(self, language: str) -> AbstractContextManager[None]:
        """Within it `translate` speaks this language, in this thread."""

    # configuration
    def conf(self, key: str, default: Any = None) -> Any:
        """One key of the site's configuration file; raises Unavailable when it cannot be read."""

    def configuration(self) -> dict[str, Any]:
        """Every key of the site's configuration with its value; raises Unavailable when it cannot be read."""

    def hooks(self, name: str) -> list[str]:
        """Dotted paths that the installed apps name under this hook; on the embedded site, a list of that
        name in the configuration."""

    def set_conf(self, key: str, value: Any) -> None:
        """Store one key in the site's configuration file."""

    def get_single(self, doctype: str) -> Row:
        """All fields of a Single, defaults where nothing is stored; a child table is a list of rows with its
        own fields, `name` and `idx`."""

    def set_single(self, doctype: str, values: Mapping[str, Any]) -> None:
        """Store fields of a Single; a list replaces the child table."""

    def password(self, doctype: str, fieldname: str) -> str:
        """What a Password field of a Single holds, in clear; empty where it holds nothing. `get_single` shows
        stars in its place, and stars that are stored change nothing."""

    # rows
    def has_doctype(self, doctype: str) -> bool: ...
    def has_field(self, doctype: str, fieldname: str) -> bool: ...
    def count(self, doctype: str, filters: Filters | None = None) -> int: ...
    def total(self, doctype: str, fieldname: str, filters: Filters | None = None) -> float:
        """The sum of a numeric field; 0 over no rows."""

    def tally(
        self,
        doctype: str,
        by: str | Sequence[str],
        filters: Filters | None = None,
        *,
        limit: int | None = None,
    ) -> dict[Any, int]:
        """Count grouped by a field (key: its value) or by several (key: a tuple), largest first."""

    def get_all(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
        longest: int | None = None,
    ) -> list[Row]:
        """Rows without permission checks; `order_by` is "field", "field desc" or several with commas.

        The database itself cuts the middle out of long texts of more than `longest` characters.
        """

    def scan(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        """As `get_all`, several times as fast, for long readings; times come as text with microseconds."""

    def get_unmatched(
        self,
        doctype: str,
        fields: Sequence[str],
        fieldname: str,
        other: tuple[str, str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        """Rows whose `fieldname` no row of another DocType holds; `other` is that DocType and its field."""

    def get(self, doctype: str, name: str) -> Row | None:
        """All stored fields of one row, child tables left out; None when it is not there."""

    def readable(self, doctype: str, names: Sequence[str]) -> set[str]:
        """Which of these documents are there and may be read by the current user."""

    def insert(self, doctype: str, values: Mapping[str, Any]) -> str:
        """Insert one row and return its name; raises AlreadyExists, UnknownField, InvalidValue, ReadOnly.

        JSON fields take text. Numbers and checks are never empty: None is stored as 0."""

    def insert_many(self, doctype: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with given names, all or none, past the hooks of documents; raises as `insert` does."""

    def append(self, guard: Guard, values: Mapping[str, Any], finish: Callable[[Row], Row]) -> str:
        """Insert one row that the guard holds from then on, past the hooks of documents; return its name.

        `finish` gets the values as they will be stored and returns the row with what is made of them, such as
        an authentication code. Raises as `insert` does."""

    def update(
        self, doctype: str, name: str, values: Mapping[str, Any], *, expect: Mapping[str, Any] | None = None
    ) -> bool:
        """Compare-and-swap: write the values if every `expect` field still holds; whether this caller won."""

    def update_all(self, doctype: str, filters: Filters, values: Mapping[str, Any]) -> int:
        """Write the values on every matching row in one statement and return how many; 0 also where another
        transaction changes one of them at this moment."""

    def delete(self, doctype: str, filters: Filters, *, limit: int) -> int:
        """Delete at most `limit` matching rows and return how many."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def after_rollback(self, call: Callable[[], None]) -> None:
        """Call this once, right after the current transaction was rolled back whole; a commit forgets it.

        The call may write and commit. A rollback to a savepoint and the death of the process do not call it.
        """

    def install_guard(self, guard: Guard) -> None:
        """Have the database itself refuse every change and deletion of guarded rows; idempotent, commits."""

    def remove_guard(self, guard: Guard) -> None:
        """Take the guard away, for an uninstall; idempotent, commits."""

    def lift_guard(self, guard: Guard, names: Sequence[str]) -> AbstractContextManager[None]:
        """Inside, these rows may be changed or deleted, in the caller's transaction; for retention."""

    def guard_missing(self, guard: Guard) -> str:
        """What of the guard is not there, in words; empty when the database refuses as promised."""

    def lock(self, name: str) -> AbstractContextManager[bool]:
        """A lock on this site by name, without waiting; the context value says whether it was had."""

    # telling
    def sendmail(self, mail: Mail) -> MailReceipt:
        """Hand the message over; raises MailNotAccepted with the reason. Never waits for an SMTP server
        longer than the time limit of the platform."""

    def mail_proof(self, references: Sequence[str]) -> Proof:
        """Whether messages that `sendmail` put in the Email Queue have left it; of several the worst."""

    def notify_desk(
        self, users: Sequence[str], subject: str, message: str, doctype: str = "", name: str = "",
        link: str = "",
    ) -> list[str]:  # fmt: skip
        """Ring the desk's bell for each of these users, in the caller's transaction, about a document if one
        is named; the names of the Notification Log rows. Plain text goes in; nothing of it becomes markup.

        It leads to `link`, a path of this site, where the platform can store that, else to the document."""

    def give_todo(self, user: str, text: str, doctype: str, name: str) -> None:
        """Put a document on the list of what this user has to do, in the caller's transaction; nothing where
        the platform keeps no such list. Raises SiteError, and leaves what else was written."""

    def close_todos(self, doctype: str, name: str) -> None:
        """Take a document off everybody's list of what is to be done; as `give_todo` otherwise."""

    def log_error(self, title: str, message: str) -> None:
        """Write to the Error Log, outside the transaction where the platform allows; never raises."""

    def url(self, path: str = "") -> str:
        """An absolute address of this site."""

    def url_to_form(self, doctype: str, name: str) -> str: ...
    def url_to_list(self, doctype: str) -> str: ...

    def limits(self) -> AbstractContextManager[Limited]:
        """Within it, work is done with a limit of seconds that holds, where the platform has one: in a bench
        that is the limit of the whole job."""

    def pdf_maker(self) -> Callable[[str], bytes] | None:
        """How this platform makes a PDF of an HTML document, which raises Unavailable where it fails; None
        where it makes none."""

    # facts that only the platform knows
    def site_path(self) -> Path:
        """The folder whose disk holds the site's data."""

    def scheduler(self) -> SchedulerState: ...
    def queues(self) -> QueuesState: ...
    def hosts(self) -> tuple[HostSeen, ...]:
        """The machines of the bench that were heard of lately, by their workers and by what they announced;
        none where the site is on one machine by its nature. Raises Unavailable."""

    def announce_host(self, host: HostSeen) -> None:
        """Tell the other machines of the bench of this one, where there is a way; never raises."""

    def release_job(self, method: str) -> bool:
        """Whether the worker of this scheduled function died in the middle of its last job, which keeps the
        scheduler from enqueueing it no longer."""

    def mail(self) -> MailState: ...
    def backups(self) -> BackupState: ...
    def throw_aways(self) -> AbstractContextManager[ThrowAways]:
        """Where a second database may be made; raises Unavailable, with what would allow one."""

    def database(self) -> DatabaseState: ...
    def database_size(self) -> DatabaseSize: ...
    def statements(self) -> Statements:
        """What the server counts of the statements that take longest; raises Unavailable."""

    def cache(self) -> CacheState: ...
    def sessions(self) -> int:
        """How many logged-in sessions exist, guests left out."""

    def pending_migrations(self) -> list[str]:
        """Patches that the installed code names and the site has not run."""

    def installed_versions(self) -> dict[str, str]:
        """App name to version."""

    def request_log(self) -> Path:
        """Frappe's monitor log file; raises Unavailable when it is off or not there."""


def in_bench(site: Site) -> bool:
    """Whether Frappe runs the site, with its scheduler, its commands and its request log."""
    return site.platform.startswith("Frappe")
