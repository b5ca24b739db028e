"""Rows of DocTypes in one SQLite file: one connection a thread, explicit transactions."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from vuurtoren.site.errors import AlreadyExists, Busy, InvalidValue, ReadOnly, SiteError, UnknownDocType
from vuurtoren.site.filters import conditions, order_terms
from vuurtoren.site.kept_text import fit_to_keep
from vuurtoren.site.private_files import make_private
from vuurtoren.site.schema import CUT, Field, Schema
from vuurtoren.site.site_time import SiteTime, SiteZone
from vuurtoren.site.words.words import Words

BUSY_TIMEOUT_SECONDS = 10
SQL_TYPES = {"Int": "INTEGER", "Check": "INTEGER", "Long Int": "INTEGER"}
REFUSALS = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""SQLite's own, a number of more than 64 bits, and half a surrogate pair."""
HOUR_ENDS = len("2026-10-25 02")
SECOND_PASS = "B"
"""02B30 is half past two in the second pass of an autumn night, as official notations have it: it sorts after
all of the first, which ends with 02:59, and before 03:00."""
SINGLES = (
    'CREATE TABLE IF NOT EXISTS "tabSingles" (doctype TEXT, field TEXT, value, PRIMARY KEY (doctype, field))'
)


class SQLiteStore:
    """The tables of all known DocTypes in one file; every method may be called from any thread.

    One that is `only_read` makes nothing and changes nothing: whatever writes raises ReadOnly.
    """

    def __init__(
        self,
        path: Path,
        schemas: Mapping[str, Schema],
        zone: SiteZone | None = None,
        *,
        only_read: bool = False,
    ) -> None:
        self.path = path
        self.schemas = schemas
        self.zone = zone or SiteZone()
        self.only_read = only_read
        self._local = threading.local()
        if not only_read:
            self._create_tables()

    def schema(self, doctype: str) -> Schema:
        try:
            return self.schemas[doctype]
        except KeyError:
            raise UnknownDocType(Words("{0} is not a DocType of this site", doctype)) from None

    # reading
    def select(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None,
        order_by: str,
        limit: int | None,
        *,
        unmatched: tuple[str, str, str] | None = None,
        longest: int | None = None,
    ) -> list[dict[str, Any]]:
        """Rows as dicts; `unmatched` is a field here, another DocType and its field that must not hold it.

        Of texts longer than `longest` characters the middle is cut out.
        """
        wanted = [self.schema(doctype).field(name) for name in fields]
        return [
            {field.name: self.loaded(field, value) for field, value in zip(wanted, row, strict=True)}
            for row in self._selected(doctype, fields, filters, order_by, limit, unmatched, longest)
        ]

    def scan(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None,
        order_by: str,
        limit: int | None,
    ) -> list[dict[str, Any]]:
        """Rows as dicts of what is stored, in which times are text already."""
        rows = self._selected(doctype, fields, filters, order_by, limit, None)
        times = [name for name in fields if self.schema(doctype).field(name).type == "Datetime"]
        found = [dict(zip(fields, row, strict=True)) for row in rows]
        for row in found:
            row.update((name, _one_pass(row[name])) for name in times if _in_second_pass(row[name]))
        return found

    def kept(self, field: Field, value: Any) -> Any:
        """The value as SQLite keeps it; of a time that comes twice the second one is marked."""
        stored = field.store(value)
        if field.in_site_time and isinstance(value, SiteTime) and value.fold and self.zone.repeats(value):
            return f"{stored[:HOUR_ENDS]}{SECOND_PASS}{stored[HOUR_ENDS + 1 :]}"
        return stored

    def loaded(self, field: Field, stored: Any) -> Any:
        """The stored value as the Site protocol hands it out: times of the site know their instant."""
        second = field.type == "Datetime" and _in_second_pass(stored)
        value = field.load(_one_pass(stored) if second else stored)
        if field.in_site_time and isinstance(value, datetime):
            return self.zone.of(value.replace(fold=1) if second else value)
        return value

    def _selected(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None,
        order_by: str,
        limit: int | None,
        unmatched: tuple[str, str, str] | None,
        longest: int | None = None,
    ) -> sqlite3.Cursor:
        schema = self.schema(doctype)
        columns = ", ".join(_cut(schema.field(name), longest) for name in fields)
        where, values = self._where(schema, filters)
        if unmatched:
            where += (" AND " if where else " WHERE ") + self._nowhere_in(schema, *unmatched)
        sql = f'SELECT {columns} FROM "{schema.table}"{where}{_order(schema, order_by)}{_limit(limit)}'
        return self.execute(sql, values)

    def _nowhere_in(self, schema: Schema, fieldname: str, other: str, other_fieldname: str) -> str:
        there, column = self.schema(other), f'"{schema.table}"."{schema.field(fieldname).name}"'
        held = f'"{there.table}"."{there.field(other_fieldname).name}"'
        return f'NOT EXISTS (SELECT 1 FROM "{there.table}" WHERE {held} = {column})'

    def aggregate(self, doctype: str, expression: str, filters: Mapping[str, Any] | None) -> Any:
        where, values = self._where(self.schema(doctype), filters)
        return self.execute(f'SELECT {expression} FROM "tab{doctype}"{where}', values).fetchone()[0]

    def tally(
        self, doctype: str, by: Sequence[str], filters: Mapping[str, Any] | None, limit: int | None
    ) -> list[tuple[Any, ...]]:
        schema = self.schema(doctype)
        groups = [schema.field(name) for name in by]
        columns = ", ".join(f'"{field.name}"' for field in groups)
        where, values = self._where(schema, filters)
        grouped = f" GROUP BY {columns} ORDER BY COUNT(*) DESC, {columns}{_limit(limit)}"
        rows = self.execute(f'SELECT {columns}, COUNT(*) FROM "{schema.table}"{where}{grouped}', values)
        return [
            (*(self.loaded(field, value) for field, value in zip(groups, row, strict=False)), row[-1])
            for row in rows
        ]

    # writing
    def insertion(self, doctype: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, list[list[Any]]]:
        """The statement that inserts rows, for `write`, and their values, made while nothing is locked yet.

        Rows come with every standard field; missing fields get their default or stay empty.
        """
        schema = self.schema(doctype)
        columns = ", ".join(f'"{name}"' for name in schema.fields)
        places = ", ".join("?" * len(schema.fields))
        sql = f'INSERT INTO "{schema.table}" ({columns}) VALUES ({places})'
        return sql, [self._stored(schema, row) for row in rows]

    def update_rows(self, doctype: str, values: Mapping[str, Any], filters: Mapping[str, Any]) -> int:
        schema = self.schema(doctype)
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        stored = [self._fit(schema, schema.field(name), value) for name, value in values.items()]
        where, filter_values = self._where(schema, filters)
        return self.write(f'UPDATE "{schema.table}" SET {assignments}{where}', [*stored, *filter_values])

    def delete_rows(self, doctype: str, filters: Mapping[str, Any], limit: int) -> int:
        schema = self.schema(doctype)
        where, values = self._where(schema, filters)
        chosen = f'SELECT name FROM "{schema.table}"{where} LIMIT {int(limit)}'
        return self.write(f'DELETE FROM "{schema.table}" WHERE name IN ({chosen})', values)

    def _stored(self, schema: Schema, row: Mapping[str, Any]) -> list[Any]:
        for name in row:
            schema.field(name)
        values = []
        for field in schema.fields.values():
            given = row.get(field.name)
            if given is None and field.default:
                given = field.default
            if field.required and given in (None, ""):
                raise InvalidValue(Words("{0}: {1} must be given", schema.doctype, field.name))
            values.append(self._fit(schema, field, given))
        return values

    def _where(self, schema: Schema, filters: Mapping[str, Any] | None) -> tuple[str, list[Any]]:
        parts: list[str] = []
        values: list[Any] = []
        for condition in conditions(filters):
            field = schema.field(condition.field)
            column = f'"{field.name}"'
            if condition.operator == "is":
                if field.numeric:
                    raise InvalidValue(Words("{0}: a number is never empty; ask for = 0 or != 0", field.name))
                parts.append(f"COALESCE({column}, '') {'!=' if condition.value == 'set' else '='} ''")
            elif condition.operator == "in":
                parts.append(
                    f"{column} IN ({', '.join('?' * len(condition.value))})" if condition.value else "0"
                )
                values += [self._comparable(field, value) for value in condition.value]
            elif condition.operator == "!=":
                parts.append(f"({column} IS NULL OR {column} != ?)")
                values.append(self._comparable(field, condition.value))
            else:
                parts.append(f"{column} {condition.operator} ?")
                values.append(self._comparable(field, condition.value))
        return (" WHERE " + " AND ".join(parts) if parts else ""), values

    def _comparable(self, field: Field, value: Any) -> Any:
        if field.type in ("Date", "Datetime") or field.numeric:
            return self.kept(field, value)
        return str(value)

    def _fit(self, schema: Schema, field: Field, value: Any) -> Any:
        """The value as a row of this DocType may hold it: redacted where the field is."""
        return fit_to_keep(schema.doctype, field, self.kept(field, value))

    def write_single(self, doctype: str, fieldname: str, value: Any) -> None:
        schema = self.schema(doctype)
        stored = self._fit(schema, schema.field(fieldname), value)
        self.write(
            'INSERT OR REPLACE INTO "tabSingles" (doctype, field, value) VALUES (?, ?, ?)',
            (doctype, fieldname, stored),
        )

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self.connection.execute(sql, values)
        except REFUSALS as error:
            raise _translated(error) from error

    def write(self, sql: str, values: Sequence[Any], *, many: bool = False) -> int:
        """One statement inside the thread's transaction, which begins with the first write."""
        try:
            if not self.connection.in_transaction:
                self.connection.execute("BEGIN IMMEDIATE")
            run = self.connection.executemany if many else self.connection.execute
            return int(run(sql, values).rowcount)
        except REFUSALS as error:
            raise _translated(error) from error

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A refused write takes nothing else of the transaction with it, and leaves nothing behind."""
        self.write("SAVEPOINT store", ())
        try:
            yield
        except SiteError:
            if self.in_transaction:
                self.write("ROLLBACK TO store", ())
            raise
        self.write("RELEASE store", ())

    def commit(self) -> None:
        try:
            self.connection.commit()
        except sqlite3.Error as error:
            raise _translated(error) from error

    def rollback(self) -> None:
        self.connection.rollback()

    @property
    def in_transaction(self) -> bool:
        return bool(self.connection.in_transaction)

    @property
    def connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return self._local.connection  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close this thread's connection; an open transaction is rolled back."""
        if hasattr(self._local, "connection"):
            self._local.connection.close()
            del self._local.connection

    def _connect(self) -> sqlite3.Connection:
        try:
            if not self.only_read:
                with suppress(OSError):  # a database that takes no writes is opened all the same
                    make_private(self.path)
            where = f"{self.path.resolve().as_uri()}?mode={'ro' if self.only_read else 'rwc'}"
            connection = sqlite3.connect(where, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, uri=True)
            if not self.only_read:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise _translated(error) from error
        return connection

    def _create_tables(self) -> None:
        self.write(SINGLES, ())
        for schema in self.schemas.values():
            if not schema.single:
                self._create_table(schema)
        self.commit()

    def _create_table(self, schema: Schema) -> None:
        columns = ", ".join(_column(field) for field in schema.fields.values())
        self.write(f'CREATE TABLE IF NOT EXISTS "{schema.table}" ({columns})', ())
        present = {row[1] for row in self.execute(f'PRAGMA table_info("{schema.table}")')}
        for field in schema.fields.values():
            if field.name not in present:
                self.write(f'ALTER TABLE "{schema.table}" ADD COLUMN {_column(field)}', ())
            if field.unique or field.indexed:
                kind = "UNIQUE INDEX" if field.unique else "INDEX"
                index = f"{schema.table}-{field.name}"
                self.write(f'CREATE {kind} IF NOT EXISTS "{index}" ON "{schema.table}" ("{field.name}")', ())


def _in_second_pass(stored: Any) -> bool:
    return isinstance(stored, str) and stored[HOUR_ENDS : HOUR_ENDS + 1] == SECOND_PASS


def _one_pass(stored: str) -> str:
    """The time as the clock showed it, without the mark of the second pass."""
    return f"{stored[:HOUR_ENDS]}:{stored[HOUR_ENDS + 1 :]}"


def _cut(field: Field, longest: int | None) -> str:
    if longest is None or not field.long_text:
        return f'"{field.name}"'
    half, name = longest // 2, f'"{field.name}"'
    parts = f"substr({name}, 1, {half}) || '{CUT}' || substr({name}, -{half})"
    return f"CASE WHEN length({name}) > {int(longest)} THEN {parts} ELSE {name} END"


def _column(field: Field) -> str:
    if field.name == "name":
        return '"name" TEXT NOT NULL PRIMARY KEY'
    if field.numeric:
        return f'"{field.name}" {SQL_TYPES.get(field.type, "REAL")} NOT NULL DEFAULT 0'
    return f'"{field.name}" TEXT'


def _order(schema: Schema, order_by: str) -> str:
    terms = [f'"{schema.field(name).name}"{" DESC" if down else ""}' for name, down in order_terms(order_by)]
    return " ORDER BY " + ", ".join(terms) if terms else ""


def _limit(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"


def _translated(error: Exception) -> SiteError:
    text = str(error)
    if not isinstance(error, sqlite3.Error):
        return InvalidValue(Words("cannot be stored: {0}", text))
    if re.search(r"UNIQUE constraint failed", text):
        return AlreadyExists(Words("{0} is taken", text.removeprefix("UNIQUE constraint failed: ")))
    if "readonly" in text or "read-only" in text:
        return ReadOnly(Words("the database accepts no writes: {0}", text))
    if "locked" in text or "busy" in text:
        return Busy(Words("the database is busy: {0}", text))
    return SiteError(Words("the database refused: {0}", text))
