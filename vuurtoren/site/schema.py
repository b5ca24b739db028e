"""What the embedded site knows of DocTypes: ours from the files that `bench migrate` reads, others listed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vuurtoren import carrier
from vuurtoren.site.errors import InvalidValue, UnknownField
from vuurtoren.site.words.words import Words

OWN_DOCTYPES = carrier.doctypes()
FRAPPE_FIELDS = Path(__file__).parent / "doctypes" / "frappe_fields.json"

LAYOUT = {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading"}
TABLES = {"Table", "Table MultiSelect"}
INTEGERS = {"Int", "Check", "Long Int"}
DECIMALS = {"Float", "Currency", "Percent", "Duration"}
SHORT_TEXTS = {"Data", "Link", "Dynamic Link", "Select", "Read Only"}
SHORT_TEXT_LENGTH = 140
CUT = " … "
"""Where the middle of a text was cut out; on one line, so that a traceback stays one."""
STANDARD_FIELDS = {
    "name": "Data",
    "owner": "Data",
    "creation": "Datetime",
    "modified": "Datetime",
    "modified_by": "Data",
    "docstatus": "Int",
    "idx": "Int",
}
CHILD_FIELDS = {"parent": "Data", "parenttype": "Data", "parentfield": "Data"}


@dataclass(frozen=True)
class Field:
    """One stored field: its Frappe field type, and what the database and the form would refuse."""

    name: str
    type: str
    options: str = ""
    default: str = ""
    required: bool = False
    unique: bool = False
    indexed: bool = False
    length: int = SHORT_TEXT_LENGTH

    @property
    def numeric(self) -> bool:
        return self.type in INTEGERS or self.type in DECIMALS

    @property
    def secret(self) -> bool:
        """Whether whoever reads it sees stars."""
        return self.type == "Password"

    @property
    def in_site_time(self) -> bool:
        """Whether it is a time as the clock of the site shows it."""
        return self.type == "Datetime" and not self.name.endswith("_utc")

    @property
    def short_text(self) -> bool:
        """Whether a column of few characters holds it, 140 unless the DocType says otherwise."""
        return self.type in SHORT_TEXTS

    @property
    def long_text(self) -> bool:
        """Whether it may hold a text of any length."""
        return not self.numeric and self.type not in SHORT_TEXTS | {"Date", "Datetime", "Time"}

    def store(self, value: Any) -> Any:
        """The value as SQLite keeps it; raises InvalidValue where Frappe would refuse it."""
        if self.numeric:
            return self._number(value)
        if value is None or value == "":
            return None if self.unique or self.type in ("Date", "Datetime") else value
        if self.type == "Datetime":
            return _datetime(self.name, value).isoformat(" ", "microseconds")
        if self.type == "Date":
            return _date(self.name, value).isoformat()
        return self._text(value)

    def load(self, stored: Any) -> Any:
        """The stored value as Frappe hands it out."""
        if stored is None:
            return None
        try:
            if self.type == "Datetime":
                return datetime.fromisoformat(stored)
            if self.type == "Date":
                return date.fromisoformat(stored)
        except (TypeError, ValueError):
            # SQLite keeps whatever somebody put there; who compares it will find out
            return stored
        return stored

    def _number(self, value: Any) -> int | float:
        try:
            return int(value or 0) if self.type in INTEGERS else float(value or 0)
        except (TypeError, ValueError, OverflowError):
            raise InvalidValue(Words("{0}: {1} is not a number", self.name, repr(value))) from None

    def _text(self, value: Any) -> str:
        if isinstance(value, dict | list | tuple | set):
            raise InvalidValue(
                Words(
                    "{0}: a plain value is needed (JSON as text), got a {1}", self.name, type(value).__name__
                )
            )
        text = str(value)
        if self.type in SHORT_TEXTS and len(text) > self.length:
            raise InvalidValue(
                Words("{0}: {1} characters, at most {2} fit", self.name, len(text), self.length)
            )
        choices = self.options.split("\n") if self.type == "Select" and self.options else []
        if choices and text not in choices:
            raise InvalidValue(
                Words("{0}: {1} is not one of {2}", self.name, repr(text), ", ".join(filter(None, choices)))
            )
        return text


@dataclass(frozen=True)
class Schema:
    """One DocType: its stored fields by name, and its child tables by field name."""

    doctype: str
    fields: Mapping[str, Field]
    tables: Mapping[str, str]
    single: bool = False
    child: bool = False
    autoname: str = "hash"
    title_field: str = ""
    """What people call a row by; empty where it has no name of that sort."""
    listed: tuple[str, ...] = ()
    """The fields of a list of them."""

    @property
    def table(self) -> str:
        return f"tab{self.doctype}"

    def field(self, name: str) -> Field:
        try:
            return self.fields[name]
        except KeyError:
            raise UnknownField(Words("{0} has no field {1}", self.doctype, repr(name))) from None


def load_schemas(extra: Iterable[Path] = ()) -> dict[str, Schema]:
    """Every DocType that the embedded site has, by name: ours, Frappe's that we read, and `extra` files."""
    # beside a DocType's file its folder may hold others, such as Frappe's test_records.json
    files = [path for path in sorted(OWN_DOCTYPES.glob("*/*.json")) if path.stem == path.parent.name]
    schemas = [_own(path) for path in files]
    for path in (FRAPPE_FIELDS, *extra):
        for doctype, described in json.loads(path.read_text("utf-8")).items():
            schemas.append(_described(doctype, described))
    return {schema.doctype: schema for schema in schemas}


def _own(path: Path) -> Schema:
    doc = json.loads(path.read_text("utf-8"))
    stored = [df for df in doc["fields"] if df["fieldtype"] not in LAYOUT and not df.get("is_virtual")]
    return _schema(
        doc["name"],
        [
            Field(
                df["fieldname"],
                df["fieldtype"],
                df.get("options", ""),
                str(df.get("default", "")),
                bool(df.get("reqd")),
                bool(df.get("unique")),
                bool(df.get("search_index")),
                int(df.get("length") or SHORT_TEXT_LENGTH),
            )
            for df in stored
        ],
        single=bool(doc.get("issingle")),
        child=bool(doc.get("istable")),
        autoname=doc.get("autoname", "hash"),
        title_field=doc.get("title_field", ""),
        listed=tuple(df["fieldname"] for df in stored if df.get("in_list_view")),
    )


def _described(doctype: str, described: Mapping[str, Any]) -> Schema:
    indexed = described.get("indexed", ())
    fields = []
    for name, described_type in described["fields"].items():
        kind, _, options = described_type.partition(" of ")
        fields.append(Field(name, kind, options, indexed=name in indexed))
    return _schema(
        doctype, fields, single=described.get("single", False), child=described.get("child", False)
    )


def _schema(
    doctype: str,
    fields: list[Field],
    *,
    single: bool,
    child: bool,
    autoname: str = "hash",
    title_field: str = "",
    listed: tuple[str, ...] = (),
) -> Schema:
    standard = STANDARD_FIELDS | (CHILD_FIELDS if child else {})
    indexed = {"creation", "modified", "parent"}
    stored = [Field(name, kind, indexed=name in indexed) for name, kind in standard.items()]
    stored += [field for field in fields if field.type not in TABLES]
    tables = {field.name: field.options for field in fields if field.type in TABLES}
    by_name = {field.name: field for field in stored}
    shown = tuple(name for name in listed if name in by_name)
    return Schema(doctype, by_name, tables, single, child, autoname, title_field, shown)


def _datetime(name: str, value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidValue(Words("{0}: {1} is not a date and time", name, repr(value))) from None
    if moment.tzinfo is not None:
        raise InvalidValue(Words("{0}: site time is stored without a zone, got {1}", name, repr(value)))
    return moment


def _date(name: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InvalidValue(Words("{0}: {1} is not a date", name, repr(value))) from None
