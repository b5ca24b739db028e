"""Rows of DocTypes in one SQLite file: one connection a thread, explicit transactions."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verenigingen.site.errors import AlreadyExists, Busy, InvalidValue, ReadOnly, SiteError, UnknownDocType
from verenigingen.site.filters import conditions, order_terms
from verenigingen.site.schema import Field, Schema

BUSY_TIMEOUT_SECONDS = 10
SQL_TYPES = {"Int": "INTEGER", "Check": "INTEGER", "Long Int": "INTEGER"}
REFUSALS = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""SQLite's own, a number of more than 64 bits, and half a surrogate pair."""
SINGLES = (
    'CREATE TABLE IF NOT EXISTS "tabSingles" (doctype TEXT, field TEXT, value, PRIMARY KEY (doctype, field))'
)


class SQLiteStore:
    """The tables of all known DocTypes in one file; every method may be called from any thread."""

    def __init__(self, path: Path, schemas: Mapping[str, Schema]) -> None:
        self.path = path
        self.schemas = schemas
        self._local = threading.local()
        self._create_tables()

    def schema(self, doctype: str) -> Schema:
        try:
            return self.schemas[doctype]
        except KeyError:
            raise UnknownDocType(f"{doctype} is not a DocType of this site") from None

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
    ) -> list[dict[str, Any]]:
        """Rows as dicts; `unmatched` is a field here, another DocType and its field that must not hold it."""
        wanted = [self.schema(doctype).field(name) for name in fields]
        return [
            {field.name: field.load(value) for field, value in zip(wanted, row, strict=True)}
            for row in self._selected(doctype, fields, filters, order_by, limit, unmatched)
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
        return [dict(zip(fields, row, strict=True)) for row in rows]

    def _selected(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None,
        order_by: str,
        limit: int | None,
        unmatched: tuple[str, str, str] | None,
    ) -> sqlite3.Cursor:
        schema = self.schema(doctype)
        columns = ", ".join(f'"{schema.field(name).name}"' for name in fields)
        where, values = _where(schema, filters)
        if unmatched:
            where += (" AND " if where else " WHERE ") + self._nowhere_in(schema, *unmatched)
        sql = f'SELECT {columns} FROM "{schema.table}"{where}{_order(schema, order_by)}{_limit(limit)}'
        return self.execute(sql, values)

    def _nowhere_in(self, schema: Schema, fieldname: str, other: str, other_fieldname: str) -> str:
        there, column = self.schema(other), f'"{schema.table}"."{schema.field(fieldname).name}"'
        held = f'"{there.table}"."{there.field(other_fieldname).name}"'
        return f'NOT EXISTS (SELECT 1 FROM "{there.table}" WHERE {held} = {column})'

    def aggregate(self, doctype: str, expression: str, filters: Mapping[str, Any] | None) -> Any:
        where, values = _where(self.schema(doctype), filters)
        return self.execute(f'SELECT {expression} FROM "tab{doctype}"{where}', values).fetchone()[0]

    def tally(
        self, doctype: str, by: Sequence[str], filters: Mapping[str, Any] | None, limit: int | None
    ) -> list[tuple[Any, ...]]:
        schema = self.schema(doctype)
        groups = [schema.field(name) for name in by]
        columns = ", ".join(f'"{field.name}"' for field in groups)
        where, values = _where(schema, filters)
        grouped = f" GROUP BY {columns} ORDER BY COUNT(*) DESC, {columns}{_limit(limit)}"
        rows = self.execute(f'SELECT {columns}, COUNT(*) FROM "{schema.table}"{where}{grouped}', values)
        return [
            (*(field.load(value) for field, value in zip(groups, row, strict=False)), row[-1]) for row in rows
        ]

    # writing
    def insert_rows(self, doctype: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows with every standard field given; missing fields get their default or stay empty."""
        schema = self.schema(doctype)
        columns = ", ".join(f'"{name}"' for name in schema.fields)
        places = ", ".join("?" * len(schema.fields))
        sql = f'INSERT INTO "{schema.table}" ({columns}) VALUES ({places})'
        self.write(sql, [_stored(schema, row) for row in rows], many=True)

    def update_rows(self, doctype: str, values: Mapping[str, Any], filters: Mapping[str, Any]) -> int:
        schema = self.schema(doctype)
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        stored = [schema.field(name).store(value) for name, value in values.items()]
        where, filter_values = _where(schema, filters)
        return self.write(f'UPDATE "{schema.table}" SET {assignments}{where}', [*stored, *filter_values])

    def delete_rows(self, doctype: str, filters: Mapping[str, Any], limit: int) -> int:
        schema = self.schema(doctype)
        where, values = _where(schema, filters)
        chosen = f'SELECT name FROM "{schema.table}"{where} LIMIT {int(limit)}'
        return self.write(f'DELETE FROM "{schema.table}" WHERE name IN ({chosen})', values)

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
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
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


def _column(field: Field) -> str:
    if field.name == "name":
        return '"name" TEXT NOT NULL PRIMARY KEY'
    if field.numeric:
        return f'"{field.name}" {SQL_TYPES.get(field.type, "REAL")} NOT NULL DEFAULT 0'
    return f'"{field.name}" TEXT'


def _stored(schema: Schema, row: Mapping[str, Any]) -> list[Any]:
    for name in row:
        schema.field(name)
    values = []
    for field in schema.fields.values():
        given = row.get(field.name)
        if given is None and field.default:
            given = field.default
        if field.required and given in (None, ""):
            raise InvalidValue(f"{schema.doctype}: {field.name} must be given")
        values.append(field.store(given))
    return values


def _where(schema: Schema, filters: Mapping[str, Any] | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for condition in conditions(filters):
        field = schema.field(condition.field)
        column = f'"{field.name}"'
        if condition.operator == "is":
            if field.numeric:
                raise InvalidValue(f"{field.name}: a number is never empty; ask for = 0 or != 0")
            parts.append(f"COALESCE({column}, '') {'!=' if condition.value == 'set' else '='} ''")
        elif condition.operator == "in":
            parts.append(f"{column} IN ({', '.join('?' * len(condition.value))})" if condition.value else "0")
            values += [_comparable(field, value) for value in condition.value]
        elif condition.operator == "!=":
            parts.append(f"({column} IS NULL OR {column} != ?)")
            values.append(_comparable(field, condition.value))
        else:
            parts.append(f"{column} {condition.operator} ?")
            values.append(_comparable(field, condition.value))
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _comparable(field: Field, value: Any) -> Any:
    if field.type in ("Date", "Datetime") or field.numeric:
        return field.store(value)
    return str(value)


def _order(schema: Schema, order_by: str) -> str:
    terms = [f'"{schema.field(name).name}"{" DESC" if down else ""}' for name, down in order_terms(order_by)]
    return " ORDER BY " + ", ".join(terms) if terms else ""


def _limit(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"


def _translated(error: Exception) -> SiteError:
    text = str(error)
    if not isinstance(error, sqlite3.Error):
        return InvalidValue(f"cannot be stored: {text}")
    if re.search(r"UNIQUE constraint failed", text):
        return AlreadyExists(text.removeprefix("UNIQUE constraint failed: ") + " is taken")
    if "readonly" in text or "read-only" in text:
        return ReadOnly(f"the database accepts no writes: {text}")
    if "locked" in text or "busy" in text:
        return Busy(f"the database is busy: {text}")
    return SiteError(f"the database refused: {text}")
