"""Rows of DocTypes through Frappe's query builder: the closed filter language, no permission checks."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from typing import Any

import frappe

from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter import packed as frappe_packed
from vuurtoren.site.errors import (
    AlreadyExists,
    Busy,
    InvalidValue,
    ReadOnly,
    SiteError,
    TransactionLost,
    UnknownDocType,
    UnknownField,
)
from vuurtoren.site.filters import Condition, conditions, order_terms
from vuurtoren.site.kept_text import fit_to_keep, is_own
from vuurtoren.site.markup import json_without_markup, without_formula, without_markup
from vuurtoren.site.schema import CHILD_FIELDS, CUT, LAYOUT, SHORT_TEXT_LENGTH, STANDARD_FIELDS, TABLES, Field
from vuurtoren.site.site_time import SiteTime
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

TOLD_BY_OTHERS = (
    *("System Alert", "Alert Rule State", "Alert Notification", "Alert Delivery"),
    *("Error Kind", "Monitoring Run", "SEPA Finding", "SEPA Return"),
)
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


Clause = tuple[str, tuple[Any, ...]]
"""A part of a statement, and the values of its places in their order."""


class Table:
    """One DocType of the connected site: its columns, checked by name, as a statement writes them.

    Statements are text: the query builder takes three times as long over one as the database does.
    """

    def __init__(self, doctype: str) -> None:
        if not doctype_exists(doctype):
            raise UnknownDocType(Words("{0} is not installed on this site", doctype))
        self.doctype = doctype
        self.meta = frappe.get_meta(doctype)
        self.sql = f"`tab{doctype}`"
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
            raise UnknownField(Words("{0} has no field {1}", self.doctype, repr(fieldname)))
        options = described.options or ""
        length = int(described.get("length") or SHORT_TEXT_LENGTH)
        return Field(fieldname, described.fieldtype, options, unique=bool(described.unique), length=length)

    def store(self, fieldname: str, value: Any) -> Any:
        """The value as it is kept: redacted, and no text of our own DocTypes is markup to the desk."""
        return self.kept(self.field(fieldname), value)

    def kept(self, field: Field, value: Any) -> Any:
        return kept(self.doctype, field, self._in_site_time(field, value))

    def _in_site_time(self, field: Field, value: Any) -> Any:
        """A time as a column without zone holds it, with the pass of a repeated hour where we mark it."""
        if not field.in_site_time or not isinstance(value, SiteTime):
            return value
        return compat.site_zone().marked(value) if keeps_the_pass(self.doctype) else value.plain()

    def rows(self, fieldnames: Sequence[str], found: Iterable[Sequence[Any]]) -> list[Row]:
        """Plain values, and times that know their instant: JSON is text, and a name too where Frappe numbers
        its rows (Error Log on 14)."""
        times = self._times()
        rows = []
        for values in found:
            row = dict(zip(fieldnames, values, strict=True))
            for fieldname, value in row.items():
                if isinstance(value, datetime):
                    row[fieldname] = value if fieldname.endswith("_utc") else times(value)
                elif isinstance(value, dict | list):
                    # PostgreSQL's driver reads JSON fields; they leave as the compact text that they were
                    row[fieldname] = _json_text(value)
            if "name" in row:
                row["name"] = str(row["name"])
            rows.append(row)
        return rows

    def _times(self) -> Callable[[datetime], SiteTime]:
        """How a stored time leaves: of one that comes twice the pass is the one that was marked, where we
        mark it, else the latest that is not in the future."""
        zone = compat.site_zone()
        if keeps_the_pass(self.doctype):
            return zone.unmarked
        now_utc = datetime.now(timezone.utc).replace(tzinfo=None)
        return lambda stored: zone.latest(stored, now_utc)

    def compared(self, field: Field, value: Any, operator: str = "=") -> Any:
        """A value to compare with a column; what began in the hour that comes twice may have been written
        down under any of its times, and rather counts too long than not at all."""
        if field.type not in ("Date", "Datetime") and not field.numeric:
            return self.harmless(field, str(value))
        if field.in_site_time and isinstance(value, SiteTime) and operator in (">", ">="):
            value = compat.site_zone().first_shown_after(value)
        return self.store(field.name, value)

    def harmless(self, field: Field, value: Any) -> Any:
        return harmless(self.doctype, field, value)

    def column(self, fieldname: str) -> str:
        return f"{self.sql}.`{self.field(fieldname).name}`"

    def cut(self, fieldname: str, longest: int | None) -> str:
        """The column, of longer texts without their middle: a text of 60 MB never leaves the database."""
        column = self.column(fieldname)
        if longest is None or not self.field(fieldname).long_text:
            return column
        half = longest // 2
        parts = f"CONCAT(LEFT({column}, {half}), '{CUT}', RIGHT({column}, {half}))"
        return f"CASE WHEN CHAR_LENGTH({column}) > {int(longest)} THEN {parts} ELSE {column} END"

    def order(self, order_by: str) -> str:
        terms = (f"{self.column(name)} {'DESC' if down else 'ASC'}" for name, down in order_terms(order_by))
        return ", ".join(terms)

    def columns(self) -> list[str]:
        return [*self.standard, *self.own()]

    def own(self) -> list[str]:
        """The columns that the DocType itself describes."""
        return [df.fieldname for df in self.meta.fields if self._stored(df.fieldname)]

    def _stored(self, fieldname: str) -> Any:
        described = self.meta.get_field(fieldname)
        if described is None or described.fieldtype in LAYOUT | TABLES or described.get("is_virtual"):
            return None
        return described

    def where(self, filters: Mapping[str, Any] | None) -> Clause:
        """The rows that are asked for; empty for all of them."""
        clauses = [self._criterion(condition) for condition in conditions(filters)]
        text = " AND ".join(f"({clause})" for clause, _values in clauses)
        return f" WHERE {text}" if text else "", tuple(value for _, values in clauses for value in values)

    def _criterion(self, condition: Condition) -> Clause:
        field = self.field(condition.field)
        column = self.column(condition.field)
        if condition.operator == "is":
            return _emptiness(field, column, condition.value), ()
        if condition.operator == "in":
            values = tuple(self.compared(field, each) for each in condition.value)
            return (f"{column} IN ({', '.join(['%s'] * len(values))})", values) if values else ("1 = 0", ())
        value = self.compared(field, condition.value, condition.operator)
        if condition.operator == "!=":
            return f"{column} IS NULL OR {column} <> %s", (value,)
        return f"{column} {condition.operator} %s", (value,)


def keeps_the_pass(doctype: str) -> bool:
    """Whether the last digit of a time in the repeated hour says in which pass it was written: in our own
    tables, without those of the trail, whose times are sealed as they are and lie beside their UTC."""
    return is_own(doctype) and not doctype.startswith("SEPA Audit")


def kept(doctype: str, field: Field, value: Any) -> Any:
    """The value as a row of this DocType holds it; raises InvalidValue where Frappe would refuse it."""
    return harmless(doctype, field, fit_to_keep(doctype, field, field.store(value)))


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
        return int(_select(table, ["COUNT(*)"], filters)[0][0])

    def total(self, doctype: str, fieldname: str, filters: Mapping[str, Any] | None = None) -> float:
        table = Table(doctype)
        if not table.field(fieldname).numeric:
            raise InvalidValue(Words("{0}.{1} is no number and has no total", doctype, fieldname))
        return float(_select(table, [f"SUM({table.column(fieldname)})"], filters)[0][0] or 0)

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
        grouped, order = ", ".join(groups), ", ".join(["COUNT(*) DESC", *groups])
        rows = _select(table, [*groups, "COUNT(*)"], filters, grouped=grouped, order=order, limit=limit)
        return {(row[0] if isinstance(by, str) else tuple(row[:-1])): int(row[-1]) for row in rows}

    def get_all(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
        longest: int | None = None,
    ) -> list[Row]:
        table = Table(doctype)
        chosen = [table.cut(name, longest) for name in fields]
        found = _select(table, chosen, filters, order=table.order(order_by), limit=limit)
        return table.rows(fields, found)

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
            packed = [frappe_packed.column([table.column(name) for name in fields])]
            found = _select(table, packed, filters, order=table.order(order_by), limit=limit)
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
        held = f"{there.column(other[1])} = {table.column(fieldname)}"
        nowhere = f"NOT EXISTS (SELECT 1 FROM {there.sql} WHERE {held})"
        chosen = [table.column(name) for name in fields]
        order = table.order(order_by)
        return table.rows(fields, _select(table, chosen, filters, order=order, limit=limit, also=nowhere))

    def get(self, doctype: str, name: str) -> Row | None:
        rows = self.get_all(doctype, Table(doctype).columns(), {"name": name}, limit=1)
        return rows[0] if rows else None

    def readable(self, doctype: str, names: Sequence[str]) -> set[str]:
        if not frappe.has_permission(doctype, "read"):
            return set()
        if Table(doctype).meta.issingle:
            return set(names)
        found: set[str] = set()
        for start in range(0, len(names), DELETE_BATCH):
            some = {"name": ("in", list(names[start : start + DELETE_BATCH]))}
            with translated():
                rows = frappe.get_list(doctype, filters=some, pluck="name", limit=DELETE_BATCH)
            found |= {str(name) for name in rows}
        return found

    def insert(self, doctype: str, values: Mapping[str, Any]) -> str:
        table = Table(doctype)
        checked = {name: table.store(name, value) for name, value in values.items()}
        with translated(), savepoint():
            document = frappe.get_doc({"doctype": doctype, **_nothing_chosen(table), **checked})
            document.flags.verenigingen_redacted = dict(checked)  # it would be redacted once more
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
            table.kept(field, row.get(field.name, stamped.get(field.name)))
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
        if expect:
            return self.update_all(doctype, {"name": name} | _still(expect), values) == 1
        return self._write(Table(doctype), _stamped(values), {"name": name}) == 1

    def update_all(self, doctype: str, filters: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        try:
            return self._write(Table(doctype), _stamped(values), filters)
        except Busy as refused:
            if compat.changed_by_another(refused.__cause__):
                return 0
            raise

    def delete(self, doctype: str, filters: Mapping[str, Any], *, limit: int) -> int:
        table = Table(doctype)
        names = [row[0] for row in _select(table, [table.column("name")], filters, limit=limit)]
        gone = 0
        for start in range(0, len(names), DELETE_BATCH):
            batch = {"name": ("in", names[start : start + DELETE_BATCH])}
            where, values = table.where(batch)
            with translated(), one_statement():
                frappe.db.sql(f"DELETE FROM {table.sql}{where}", values)
                gone += compat.affected_rows()
            if table.meta.get_global_search_fields():
                frappe.db.delete("__global_search", {"doctype": doctype, **batch})
        return gone

    def _write(self, table: Table, values: Mapping[str, Any], filters: Mapping[str, Any]) -> int:
        chosen = ", ".join(f"`{table.field(name).name}` = %s" for name in values)
        stored = [table.store(name, value) for name, value in values.items()]
        where, asked = table.where(filters)
        with translated(), one_statement():
            frappe.db.sql(f"UPDATE {table.sql} SET {chosen}{where}", (*stored, *asked))
            changed = compat.affected_rows()
        return changed


def _select(
    table: Table,
    columns: Sequence[str],
    filters: Mapping[str, Any] | None,
    *,
    grouped: str = "",
    order: str = "",
    limit: int | None = None,
    also: str = "",
) -> Sequence[Sequence[Any]]:
    where, values = table.where(filters)
    if also:
        where += f" AND {also}" if where else f" WHERE {also}"
    if grouped:
        where += f" GROUP BY {grouped}"
    if order:
        where += f" ORDER BY {order}"
    if limit is not None:
        where += f" LIMIT {int(limit)}"
    with translated():
        found: Sequence[Sequence[Any]] = frappe.db.sql(
            f"SELECT {', '.join(columns)} FROM {table.sql}{where}", values
        )
    return found


def _nothing_chosen(table: Table) -> dict[str, str]:
    """Frappe would take the first option of every Select that was left out."""
    selects = table.meta.get("fields", {"fieldtype": "Select"})
    return {field.fieldname: "" for field in selects if not field.default}


def now() -> SiteTime:
    """This moment, as the clock of the site shows it; Frappe's own does not say in which pass."""
    return compat.site_zone().at(datetime.now(timezone.utc).replace(tzinfo=None))


def _stamped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"modified": now(), "modified_by": frappe.session.user} | dict(values)


def stamps() -> Row:
    """Who writes a new row, and when."""
    moment, user = now(), frappe.session.user
    return {"creation": moment, "modified": moment, "owner": user, "modified_by": user}


def insert_plain(doctype: str, names: Sequence[str], values: Sequence[Any]) -> None:
    """Rows one after the other, by plain SQL: the query builder takes ten times as long over a thousand."""
    columns = ", ".join(f"`{name}`" for name in names)
    place = "(" + ", ".join(["%s"] * len(names)) + ")"
    places = ", ".join([place] * (len(values) // len(names)))
    frappe.db.sql(f"INSERT INTO `tab{doctype}` ({columns}) VALUES {places}", tuple(values))


def _emptiness(field: Field, column: str, wanted: str) -> str:
    if field.numeric:
        raise InvalidValue(
            Words("{0}: a number is never empty, so it cannot be asked whether it is set", field.name)
        )
    if field.type in ("Date", "Datetime"):
        return f"{column} IS NULL" if wanted == "not set" else f"{column} IS NOT NULL"
    if wanted == "not set":
        return f"{column} IS NULL OR {column} = ''"
    return f"{column} IS NOT NULL AND {column} <> ''"


def _still(expect: Mapping[str, Any] | None) -> dict[str, Any]:
    return {field: ("is", "not set") if value is None else value for field, value in (expect or {}).items()}


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
        with compat.as_it_is_now():
            yield
    except (*REFUSALS, compat.database_error()) as error:
        if not compat.lost_everything(error):
            frappe.db.rollback(save_point=name)
        raise
    frappe.db.release_savepoint(name)


def one_statement() -> AbstractContextManager[None]:
    """The same for a write of one statement, which MariaDB undoes by itself when it refuses it."""
    return compat.as_it_is_now() if frappe.db.db_type == "mariadb" else savepoint()


def _site_error(error: Exception) -> SiteError:
    if compat.is_read_only_error(error):
        return ReadOnly(Words("the database accepts no writes: {0}", error))
    if compat.lost_everything(error):
        return TransactionLost(Words("the database rolled everything back: {0}", error))
    if isinstance(error, frappe.QueryTimeoutError) or compat.changed_by_another(error):
        return Busy(Words("the database is busy: {0}", error))
    if isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError):
        return AlreadyExists(Words("already there: {0}", error))
    if isinstance(error, frappe.ValidationError):
        return InvalidValue(str(error))
    if frappe.db.is_duplicate_entry(error):
        return AlreadyExists(Words("already there: {0}", error))
    if frappe.db.is_data_too_long(error):
        return InvalidValue(Words("too long: {0}", error))
    return SiteError(Words("the database refused: {0}", error))
