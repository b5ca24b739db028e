"""Databases of a MariaDB server that are made to be dropped, by an account that can reach no other ones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frappe

from vuurtoren.frappe_adapter import compat
from vuurtoren.site.configured import as_text
from vuurtoren.site.errors import NoRoom, NotThrowAway, StatementRefused, Unavailable
from vuurtoren.site.throw_away_names import PREFIX, must_be_throw_away, prefix_of
from vuurtoren.site.words.words import Words

if TYPE_CHECKING:
    from vuurtoren.site.protocol import Site

LOGIN, PASSWORD = "backup_drill_login", "backup_drill_password"
EVERYBODYS = frozenset({"information_schema", "performance_schema"})
NO_ROOM = frozenset({28, 1021, 1041, 1114})
"""No space left on the device, and what MariaDB says of a full disk or table."""
HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_DEFINER = re.compile(rb"/\*!500\d\d DEFINER=`[^`]*`@`[^`]*`(?: SQL SECURITY \w+)? ?\*/")
_TRIGGER = re.compile(rb"/\*!50003 (?:CREATE\*/ .{0,300}|DROP) ?TRIGGER ", re.DOTALL)


@contextmanager
def throw_aways(opened: Callable[[], Site]) -> Iterator[MariaDBThrowAways]:
    """Those of the connected site; raises Unavailable where the configuration names no account for them, and
    where that account can do more than it should. `opened` gives the site that is connected."""
    if frappe.db.db_type != "mariadb":
        raise Unavailable("on {0} a dump is read to its end, and not restored", frappe.db.db_type)
    login = as_text(frappe.conf.get(LOGIN))
    if not login:
        raise Unavailable(
            "no second database may be made here: {0} is not set in the site configuration", LOGIN
        )
    try:
        database = _connection(login, as_text(frappe.conf.get(PASSWORD)))
    except compat.database_error() as refused:
        raise Unavailable("{0} cannot log in to the database server: {1}", login, refused) from refused
    try:
        _must_be_apart(database, login)
        yield MariaDBThrowAways(database, str(frappe.conf.db_name), opened)
    finally:
        database.close()


def _connection(login: str, password: str, name: str = "") -> Any:
    """A connection of Frappe's own kind to one database of the server that the site is on, or to none."""
    from frappe.database import get_db

    live = frappe.local.db
    where = {"socket": live.socket} if getattr(live, "socket", None) else {}
    database = get_db(host=live.host, user=login, password=password, port=live.port, **where)
    usual = database.get_connection_settings

    def settings() -> dict[str, Any]:
        of_site = {key: value for key, value in usual().items() if key != "database"}
        return of_site | ({"database": name} if name else {})

    database.get_connection_settings = settings
    with _callers_observers():
        database.connect()
    database.cur_db_name = name
    return database


@contextmanager
def _callers_observers() -> Iterator[None]:
    """Frappe 14 forgets, for every new connection, who is to be told of a rollback."""
    observers = getattr(frappe.local, "rollback_observers", None)
    try:
        yield
    finally:
        if observers is not None:
            frappe.local.rollback_observers = observers


def _must_be_apart(database: Any, login: str) -> None:
    """The account may do nothing everywhere, and sees no database but those of the fixed prefix."""
    everywhere = {
        row[0] for row in _ask(database, "SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES")
    }
    seen = {str(row[0]) for row in _ask(database, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")}
    beyond = sorted(name for name in seen - EVERYBODYS if not name.startswith(PREFIX))
    if everywhere - {"USAGE"} or beyond:
        raise Unavailable(
            "{0} may do more than it should ({1}): give it the databases that begin with {2}, no others",
            login,
            ", ".join(beyond or sorted(everywhere - {"USAGE"})[:5]),
            PREFIX,
        )


def _ask(database: Any, statement: str | bytes) -> list[tuple[Any, ...]]:
    """One statement as it is, past what Frappe would fill into it or forbid."""
    cursor = database._conn.cursor()
    try:
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall() or ()]
    finally:
        cursor.close()


class MariaDBThrowAways:
    """Those of one site, on its own server."""

    def __init__(self, database: Any, live: str, opened: Callable[[], Site]) -> None:
        self._database = database
        self._live = live
        self._opened = opened

    def leftovers(self) -> list[str]:
        rows = _ask(self._database, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")
        return sorted(str(row[0]) for row in rows if str(row[0]).startswith(prefix_of(self._live)))

    def room_bytes(self) -> int | None:
        """Of a server on this machine, whose folder may be looked at."""
        folder = Path(str(_ask(self._database, "SELECT @@datadir")[0][0]))
        if str(frappe.local.db.host or "") not in HERE or not folder.is_absolute():
            return None
        with suppress(OSError):
            return shutil.disk_usage(folder).free
        return None

    def make(self, name: str) -> MariaDBThrowAway:
        _do(self._database, f"CREATE DATABASE `{must_be_throw_away(name, self._live)}` CHARACTER SET utf8mb4")
        login, password = as_text(frappe.conf.get(LOGIN)), as_text(frappe.conf.get(PASSWORD))
        return MariaDBThrowAway(name, _connection(login, password, name), self._opened)

    def drop(self, name: str) -> None:
        _do(self._database, f"DROP DATABASE `{must_be_throw_away(name, self._live)}`")


def _do(database: Any, statement: str | bytes) -> list[tuple[Any, ...]]:
    try:
        return _ask(database, statement)
    except compat.database_error() as refused:
        if refused.args and refused.args[0] in NO_ROOM:
            raise NoRoom(str(refused)) from refused
        raise StatementRefused(str(refused)) from refused


class MariaDBThrowAway:
    """One of them, over a connection of its own.

    Who a trigger or a view belonged to is left out, as the account may name nobody else; triggers are not
    made, as a server with a binary log lets only its administrators make them.
    """

    def __init__(self, name: str, database: Any, opened: Callable[[], Site]) -> None:
        self.name = name
        self._database = database
        self._opened = opened
        if _ask(database, "SELECT DATABASE()")[0][0] != name:
            raise NotThrowAway(Words("the connection does not lead to {0}", name))

    def execute(self, statement: bytes) -> None:
        if statement.startswith(b"/*!50003 ") and _TRIGGER.match(statement):
            return
        if statement.startswith(b"/*!5"):
            statement = _DEFINER.sub(b"", statement)
        _do(self._database, statement)

    def counts(self) -> dict[str, int]:
        tables = _ask(
            self._database,
            "SELECT TABLE_NAME FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
        )
        return {
            str(name): int(_ask(self._database, f"SELECT COUNT(*) FROM `{name}`")[0][0]) for (name,) in tables
        }

    @contextmanager
    def opened(self) -> Iterator[Site]:
        """Frappe's own verbs over this database, which its server lets nobody write in meanwhile."""
        callers = frappe.local.db
        self._database.commit()
        _ask(self._database, "SET SESSION TRANSACTION READ ONLY")
        frappe.local.db = self._database
        try:
            yield self._opened()
        finally:
            frappe.local.db = callers

    def close(self) -> None:
        self._database.close()
