"""Rows of DocTypes through Frappe's query builder: the closed filter language, no permission checks."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import frappe
from frappe.query_builder.functions import Count, Sum

from verenigingen.site import compat, frappe_packed
from verenigingen.site.errors import (
    AlreadyExists,
    Busy,
    InvalidValue,
    ReadOnly,
    SiteError,
    TransactionLost,
    UnknownDocType,
    UnknownField,
)
from verenigingen.site.filters import Condition, conditions, order_terms
from verenigingen.site.markup import json_without_markup, without_formula, without_markup
from verenigingen.site.schema import CHILD_FIELDS, LAYOUT, OWN_DOCTYPES, STANDARD_FIELDS, TABLES, Field
from verenigingen.site.values import Row

TOLD_BY_OTHERS = ("System Alert", "Alert Rule State", "Alert Delivery", "Error Kind", "Monitoring Run")
"""DocTypes with texts from anywhere, which nothing is sealed or signed in."""
DELETE_BATCH = 500
INSERT_BATCH = 1000
REFUSALS = (
    frappe.ValidationError,
    frappe.DuplicateEntryError,
    frappe.QueryDeadlockError,
    frappe.QueryTimeoutError,
)
_savepoints = itertools.count(1)


class Table:
    """One DocType of the connected site: its columns, checked by name, and its query builder table."""

    def __init__(self, doctype: str) -> None:
        if not doctype_exists(doctype):
            raise UnknownDocType(f"{doctype} is not installed on this site")
        self.doctype = doctype
        self.meta = frappe.get_meta(doctype)
        self.query = frappe.qb.DocType(doctype)
        self.standard = STANDARD_FIELDS | (CHILD_FIELDS if self.meta.istable else {})

    def has(self, fieldname: str) -> bool:
        return fieldname in self.standard or self._stored(fieldname) is not None

    def has_table(self, fieldname: str) -> bool:
        described = self.meta.get_field(fieldname)
        return described is not None and described.fieldtype in TABLES

    def field(self, fieldname: str) -> Field:
        if fieldname in self.standard:
            return Field(fieldname, self.standard[fieldname])
        described = self._stored(fieldname)
        if described is None:
            raise UnknownField(f"{self.doctype} has no field {fieldname!r}")
        options = described.options or ""
        return Field(fieldname, described.fieldtype, options, unique=bool(described.unique))

    def store(self, fieldname: str, value: Any) -> Any:
        """The value as it is kept: no text of our own DocTypes is markup to the desk."""
        field = self.field(fieldname)
        return self.harmless(field, field.store(value))

    def harmless(self, field: Field, value: Any) -> Any:
        return harmless(self.doctype, field, value)

    def column(self, fieldname: str) -> Any:
        return self.query[self.field(fieldname).name]

    def columns(self) -> list[str]:
        return [*self.standard, *(df.fieldname for df in self.meta.fields if self._stored(df.fieldname))]

    def _stored(self, fieldname: str) -> Any:
        described = self.meta.get_field(fieldname)
        if described is None or described.fieldtype in LAYOUT | TABLES or described.get("is_virtual"):
            return None
        return described

    def criterion(self, condition: Condition) -> Any:
        """One condition as the query builder takes it; None where no row can match."""
        field = self.field(condition.field)
        column = self.query[field.name]
        if condition.operator == "is":
            return _emptiness(field, column, condition.value)
        if condition.operator == "in":
            return column.isin([self.harmless(field, _comparable(field, each)) for each in condition.value])
        value = self.harmless(field, _comparable(field, condition.value))
        if condition.operator == "!=":
            return column.isnull() | (column != value)
        compare = {"=": "__eq__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
        return getattr(column, compare[condition.operator])(value)


@lru_cache(maxsize=256)
def is_own(doctype: str) -> bool:
    """Whether the DocType comes with this app."""
    return (OWN_DOCTYPES / doctype.lower().replace(" ", "_")).is_dir()


def harmless(doctype: str, field: Field, value: Any) -> Any:
    """The value without markup where the DocType comes with this app."""
    if not isinstance(value, str) or not is_own(doctype):
        return value
    # the details of an audit entry are sealed as they are; a choice is one of its options
    if field.type in ("JSON", "Select"):
        return value
    safe = without_markup(value)
    return without_formula(safe) if doctype in TOLD_BY_OTHERS else safe


def doctype_exists(doctype: str) -> bool:
    """Whether the DocType has stored rows or values here; virtual ones have none.

    Asked before every other question, so the database is asked once: after that Frappe's cached meta says it,
    and a DocType that was deleted since is no longer in that cache.
    """
    known: set[str] = frappe.local.flags.setdefault("verenigingen_doctypes", set())
    if doctype in known:
        try:
            with translated():
                return frappe.get_meta(doctype) is not None
        except InvalidValue:
            known.discard(doctype)
    found = frappe.db.sql("SELECT is_virtual FROM `tabDocType` WHERE name = %s", (doctype,))
    if not found or found[0][0]:
        return False
    known.add(doctype)
    return True


class FrappeRows:
    """The row verbs of the Site protocol."""

    def has_doctype(self, doctype: str) -> bool:
        return doctype_exists(doctype)

    def has_field(self, doctype: str, fieldname: str) -> bool:
        if not doctype_exists(doctype):
            return False
        table = Table(doctype)
        return table.has(fieldname) or table.has_table(fieldname)

    def count(self, doctype: str, filters: Mapping[str, Any] | None = None) -> int:
        table = Table(doctype)
        return int(self._run(table, [Count("*")], filters)[0][0])

    def total(self, doctype: str, fieldname: str, filters: Mapping[str, Any] | None = None) -> float:
        table = Table(doctype)
        if not table.field(fieldname).numeric:
            raise InvalidValue(f"{doctype}.{fieldname} is no number and has no total")
        return float(self._run(table, [Sum(table.column(fieldname))], filters)[0][0] or 0)

    def tally(
        self,
        doctype: str,
        by: str | Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
    ) -> dict[Any, int]:
        table = Table(doctype)
        groups = [table.column(name) for name in ([by] if isinstance(by, str) else by)]
        order = [(Count("*"), True), *((group, False) for group in groups)]
        rows = self._run(table, [*groups, Count("*")], filters, groups=groups, order=order, limit=limit)
        return {(row[0] if isinstance(by, str) else tuple(row[:-1])): int(row[-1]) for row in rows}

    def get_all(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        table = Table(doctype)
        chosen = [table.column(name) for name in fields]
        order = [(table.column(name), down) for name, down in order_terms(order_by)]
        rows = self._run(table, chosen, filters, order=order, limit=limit)
        return [_row(fields, row) for row in rows]

    def scan(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        table = Table(doctype)
        if frappe.db.db_type == "mariadb":
            order = [(table.column(name), down) for name, down in order_terms(order_by)]
            packed = [frappe_packed.column(table, fields)]
            found = self._run(table, packed, filters, order=order, limit=limit)
            rows = frappe_packed.rows(table, fields, found)
            if rows is not None:
                return rows
        return [
            {name: frappe_packed.time_text(value) for name, value in row.items()}
            for row in self.get_all(doctype, fields, filters, order_by=order_by, limit=limit)
        ]

    def get_unmatched(
        self,
        doctype: str,
        fields: Sequence[str],
        fieldname: str,
        other: tuple[str, str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        table, there = Table(doctype), Table(other[0])
        order = [(table.column(name), down) for name, down in order_terms(order_by)]
        unmatched = (there, there.column(other[1]) == table.column(fieldname))
        chosen = [table.column(name) for name in fields]
        rows = self._run(table, chosen, filters, order=order, limit=limit, unmatched=unmatched)
        return [_row(fields, row) for row in rows]

    def get(self, doctype: str, name: str) -> Row | None:
        rows = self.get_all(doctype, Table(doctype).columns(), {"name": name}, limit=1)
        return rows[0] if rows else None

    def insert(self, doctype: str, values: Mapping[str, Any]) -> str:
        table = Table(doctype)
        checked = {name: table.store(name, value) for name, value in values.items()}
        with translated(), savepoint():
            document = frappe.get_doc({"doctype": doctype, **_nothing_chosen(table), **checked})
            # An audit or alert row must be possible about a document that is already gone.
            document.insert(ignore_permissions=True, ignore_links=True, set_name=checked.get("name"))
        self._keep_given_stamps(document, values)
        return str(document.name)

    def insert_many(self, doctype: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        table, stamped = Table(doctype), stamps()
        names = [*dict.fromkeys([*stamped, *itertools.chain.from_iterable(rows)])]
        fields = [table.field(name) for name in names]
        values = [
            table.harmless(field, field.store(row.get(field.name, stamped.get(field.name))))
            for row in rows
            for field in fields
        ]
        with translated(), savepoint():
            for start in range(0, len(values), INSERT_BATCH * len(names)):
                insert_plain(doctype, names, values[start : start + INSERT_BATCH * len(names)])

    def _keep_given_stamps(self, document: Any, values: Mapping[str, Any]) -> None:
        """Frappe stamps every new row with now; rows brought in from elsewhere keep their own times."""
        given = {name: values[name] for name in ("creation", "modified", "owner") if values.get(name)}
        if given:
            given.setdefault("modified", values.get("creation") or document.modified)
            self._write(Table(document.doctype), given, {"name": document.name})

    def update(
        self, doctype: str, name: str, values: Mapping[str, Any], *, expect: Mapping[str, Any] | None = None
    ) -> bool:
        stamped = {"modified": frappe.utils.now_datetime(), "modified_by": frappe.session.user} | dict(values)
        try:
            return self._write(Table(doctype), stamped, {"name": name} | _still(expect)) == 1
        except Busy as refused:
            if expect and compat.changed_by_another(refused.__cause__):
                return False
            raise

    def delete(self, doctype: str, filters: Mapping[str, Any], *, limit: int) -> int:
        table = Table(doctype)
        names = [row[0] for row in self._run(table, [table.column("name")], filters, limit=limit)]
        gone = 0
        for start in range(0, len(names), DELETE_BATCH):
            batch = {"name": ("in", names[start : start + DELETE_BATCH])}
            with translated():
                _where(frappe.qb.from_(table.query).delete(), table, batch).run()
            gone += compat.affected_rows()
        return gone

    def _write(self, table: Table, values: Mapping[str, Any], filters: Mapping[str, Any]) -> int:
        query = frappe.qb.update(table.query)
        for name, value in values.items():
            query = query.set(table.column(name), table.store(name, value))
        with translated(), savepoint():
            _where(query, table, filters).run()
            changed = compat.affected_rows()
        return changed

    def _run(
        self,
        table: Table,
        columns: Sequence[Any],
        filters: Mapping[str, Any] | None,
        *,
        groups: Sequence[Any] = (),
        order: Sequence[tuple[Any, bool]] = (),
        limit: int | None = None,
        unmatched: tuple[Table, Any] | None = None,
    ) -> Sequence[Sequence[Any]]:
        query = _where(frappe.qb.from_(table.query).select(*columns), table, filters)
        if unmatched:
            there, same = unmatched
            query = query.left_join(there.query).on(same).where(there.query["name"].isnull())
        for group in groups:
            query = query.groupby(group)
        for term, down in order:
            query = query.orderby(term, order=frappe.qb.desc if down else frappe.qb.asc)
        if limit is not None:
            query = query.limit(int(limit))
        with translated():
            return query.run()


def _where(query: Any, table: Table, filters: Mapping[str, Any] | None) -> Any:
    for condition in conditions(filters):
        if condition.operator == "in" and not condition.value:
            query = query.where(table.query["name"].isnull())
        else:
            query = query.where(table.criterion(condition))
    return query


def _nothing_chosen(table: Table) -> dict[str, str]:
    """Frappe would take the first option of every Select that was left out."""
    selects = table.meta.get("fields", {"fieldtype": "Select"})
    return {field.fieldname: "" for field in selects if not field.default}


def stamps() -> Row:
    """Who writes a new row, and when."""
    now, user = frappe.utils.now_datetime(), frappe.session.user
    return {"creation": now, "modified": now, "owner": user, "modified_by": user}


def insert_plain(doctype: str, names: Sequence[str], values: Sequence[Any]) -> None:
    """Rows one after the other, by plain SQL: the query builder takes ten times as long over a thousand."""
    columns = ", ".join(f"`{name}`" for name in names)
    place = "(" + ", ".join(["%s"] * len(names)) + ")"
    places = ", ".join([place] * (len(values) // len(names)))
    frappe.db.sql(f"INSERT INTO `tab{doctype}` ({columns}) VALUES {places}", tuple(values))


def _emptiness(field: Field, column: Any, wanted: str) -> Any:
    if field.numeric:
        raise InvalidValue(f"{field.name}: a number is never empty, so it cannot be asked whether it is set")
    if field.type in ("Date", "Datetime"):
        return column.isnull() if wanted == "not set" else column.notnull()
    return (column.isnull() | (column == "")) if wanted == "not set" else (column.notnull() & (column != ""))


def _comparable(field: Field, value: Any) -> Any:
    if field.type in ("Date", "Datetime") or field.numeric:
        return field.store(value)
    return str(value)


def _still(expect: Mapping[str, Any] | None) -> dict[str, Any]:
    return {field: ("is", "not set") if value is None else value for field, value in (expect or {}).items()}


def _row(fields: Sequence[str], values: Sequence[Any]) -> Row:
    """Plain values: JSON is text, and a name too where Frappe numbers its rows (Error Log on 14)."""
    row = {
        # PostgreSQL's driver reads JSON fields; they leave as the compact text that they were written as
        name: _json_text(v) if isinstance(v, dict | list) else v
        for name, v in zip(fields, values, strict=True)
    }
    if "name" in row:
        row["name"] = str(row["name"])
    return row


def _json_text(value: Any) -> str:
    return json_without_markup(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


@contextmanager
def translated() -> Iterator[None]:
    """Frappe's and the driver's refusals as SiteErrors; no message box is left behind for the response."""
    messages = len(frappe.local.message_log)
    try:
        yield
    except (*REFUSALS, compat.database_error()) as error:
        del frappe.local.message_log[messages:]
        raise _site_error(error) from error


@contextmanager
def savepoint() -> Iterator[None]:
    """A refused write takes nothing else of the caller's transaction with it."""
    name = f"verenigingen_{next(_savepoints)}"
    frappe.db.savepoint(name)
    try:
        yield
    except frappe.QueryDeadlockError:
        raise  # the server has already rolled everything back
    except (*REFUSALS, compat.database_error()):
        frappe.db.rollback(save_point=name)
        raise
    frappe.db.release_savepoint(name)


def _site_error(error: Exception) -> SiteError:
    if compat.is_read_only_error(error):
        return ReadOnly(f"the database accepts no writes: {error}")
    if isinstance(error, frappe.QueryDeadlockError):
        return TransactionLost(f"the database rolled everything back: {error}")
    if isinstance(error, frappe.QueryTimeoutError) or compat.changed_by_another(error):
        return Busy(f"the database is busy: {error}")
    if isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError):
        return AlreadyExists(f"already there: {error}")
    if isinstance(error, frappe.ValidationError):
        return InvalidValue(str(error))
    if frappe.db.is_duplicate_entry(error):
        return AlreadyExists(f"already there: {error}")
    if frappe.db.is_data_too_long(error):
        return InvalidValue(f"too long: {error}")
    return SiteError(f"the database refused: {error}")
