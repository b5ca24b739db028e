"""Read-only pages for the documents that mails and the monitoring page link to, where Frappe has its desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from vuurtoren.embedded.server.pages import Cell, page
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.frame.answers import File, as_csv
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.site.errors import BadFilter
from vuurtoren.site.filters import conditions
from vuurtoren.site.schema import Schema
from vuurtoren.site.values import Row

ROWS_SHOWN = 100
MOST_PAGES = 100
COLUMNS_SHOWN = 5
LONGEST_CELL = 80
MOST_EXPORTED = 10_000
TITLES = ("title", "full_name", "subject", "file_name", "method")
"""What a row is called by where its DocType does not say, the first of these that it has."""
NEWEST_FIRST = "-modified"
LAST_FIELDS = ("owner", "creation", "modified_by", "modified", "docstatus", "idx")


def document(site: SQLiteSite, slug: str, name: str) -> str | None:
    """The page of one document, or of a Single; None where there is none."""
    schema = _schema(site, slug)
    row = _row(site, schema, name) if schema else None
    if schema is None or row is None:
        return None
    return page(
        site,
        "document.html",
        _short(_title(schema, row) or name),
        doctype=schema.doctype,
        list_href=f"/app/{slug}",
        fields=[(label(field), _shown(row[field])) for field in _ordered(schema)],
        tables=[
            (label(field), *_children(site, schema, child, row)) for field, child in schema.tables.items()
        ],
    )


def document_list(site: SQLiteSite, slug: str, asked: Mapping[str, str]) -> str | File | None:
    """The page of the documents of a DocType, latest first; None where there is no such DocType.

    What is asked are the filters of the desk's lists (`status=Failed`, `creation=[">=", "2026-11-04"]`), a
    `page`, a field to `sort` by (with a minus the largest first), and `as=csv` for a file of all of them.
    """
    schema = _schema(site, slug)
    if schema is None:
        return None
    if schema.single:
        return document(site, slug, schema.doctype)
    filters, columns = _filters(schema, asked), _columns(schema)
    if asked.get("as") == "csv":
        return _as_file(site, schema, columns, filters, _order(schema, asked))
    last = min(max(int(asked["page"]), 1), MOST_PAGES) if asked.get("page", "").isdecimal() else 1
    found = site.get_all(
        schema.doctype,
        ["name", *columns],
        filters,
        order_by=_order(schema, asked),
        limit=last * ROWS_SHOWN,
    )
    rows, total = found[(last - 1) * ROWS_SHOWN :], site.count(schema.doctype, filters)
    older = _again(slug, asked, page=str(last + 1)) if total > last * ROWS_SHOWN else ""
    return page(
        site,
        "list.html",
        schema.doctype,
        said=site.translate("{0} of {1} shown, latest first").format(len(rows), total)
        if _sorted_by(schema, asked) == NEWEST_FIRST
        else site.translate("{0} of {1} shown").format(len(rows), total),
        filtered=[f"{label(field)} {' '.join(map(str, given))}" for field, given in _said(filters)],
        all_href=f"/app/{slug}" if filters else "",
        csv_href=_again(slug, asked, **{"as": "csv"}) if rows else "",
        older=older if rows else "",
        columns=[_heading(slug, schema, column, asked) for column in columns],
        rows=[_linked(slug, row, columns) for row in rows],
    )


def _columns(schema: Schema) -> list[str]:
    """What a row is called by comes first: its title, else its name."""
    title = _title_field(schema)
    others = [field for field in schema.listed or _summary(schema) if field != title]
    return [title or "name", *others[:COLUMNS_SHOWN], "modified"]


def _title_field(schema: Schema) -> str:
    named = (schema.title_field, *TITLES)
    return next((field for field in named if field in schema.fields and field != "name"), "")


def _title(schema: Schema, row: Row) -> str:
    field = _title_field(schema)
    return str(row[field] or "").strip() if field else ""


def _sorted_by(schema: Schema, asked: Mapping[str, str]) -> str:
    wanted = asked.get("sort", "")
    return wanted if wanted.removeprefix("-") in schema.fields else NEWEST_FIRST


def _order(schema: Schema, asked: Mapping[str, str]) -> str:
    wanted = _sorted_by(schema, asked)
    field = wanted.removeprefix("-")
    direction = " desc" if wanted.startswith("-") else ""
    return f"{field}{direction}, name" if field != "name" else f"name{direction}"


def _heading(slug: str, schema: Schema, column: str, asked: Mapping[str, str]) -> Cell:
    """The name of a column, which sorts by it, and the other way round the second time."""
    by = _sorted_by(schema, asked)
    sign = {column: " ↑", f"-{column}": " ↓"}.get(by, "")
    return Cell(label(column), _again(slug, asked, sort=f"-{column}" if by == column else column), sign)


def _again(slug: str, asked: Mapping[str, str], **changes: str) -> str:
    return f"/app/{slug}?{urlencode({key: value for key, value in {**asked, **changes}.items() if value})}"


def _as_file(
    site: SQLiteSite, schema: Schema, columns: list[str], filters: dict[str, Any], order: str
) -> File:
    wanted = list(dict.fromkeys(["name", *columns]))
    rows = site.get_all(schema.doctype, wanted, filters, order_by=order, limit=MOST_EXPORTED)
    name = schema.doctype.lower().replace(" ", "-")
    return as_csv(
        name, [label(column) for column in wanted], ([row[each] for each in wanted] for row in rows)
    )


def _filters(schema: Schema, asked: Mapping[str, str]) -> dict[str, Any]:
    """The filters of an address that this DocType has, and that can be asked; others are left out."""
    found: dict[str, Any] = {}
    for field, text in asked.items():
        if field in schema.fields and storable(text):
            try:
                found |= {field: _condition(text)}
                conditions({field: found[field]})
            except (ValueError, BadFilter, RecursionError):
                found.pop(field, None)
    return found


def _condition(text: str) -> Any:
    if not text.startswith("["):
        return text
    operator, value = json.loads(text)
    if operator == "between" and isinstance(value, list):
        return [(">=", value[0]), ("<=", value[-1])]
    return (operator, tuple(value) if isinstance(value, list) else value)


def _said(filters: Mapping[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    pairs = [(field, given if isinstance(given, list) else [given]) for field, given in filters.items()]
    return [
        (field, each if isinstance(each, tuple) else ("=", each)) for field, given in pairs for each in given
    ]


def label(fieldname: str) -> str:
    """A field name as people read it: "first_seen" is "First seen"."""
    words = fieldname.replace("_", " ").strip().capitalize()
    return words.replace("Sepa", "SEPA").replace("sepa", "SEPA").replace("iban", "IBAN")


def _schema(site: SQLiteSite, slug: str) -> Schema | None:
    for schema in site.store.schemas.values():
        if schema.doctype.lower().replace(" ", "-") == slug and not schema.child:
            return schema
    return None


def _row(site: SQLiteSite, schema: Schema, name: str) -> Row | None:
    if schema.single:
        return site.get_single(schema.doctype) if name in (schema.doctype, schema.table) else None
    return site.get(schema.doctype, name)


def _ordered(schema: Schema) -> list[str]:
    own = [field for field in schema.fields if field not in (*LAST_FIELDS, "name")]
    return ["name", *own, *LAST_FIELDS] if not schema.single else own


def _summary(schema: Schema) -> list[str]:
    short = ("Data", "Select", "Link", "Date", "Datetime", "Currency", "Int")
    own = [name for name in _ordered(schema) if name not in ("name", *LAST_FIELDS)]
    return [name for name in own if schema.fields[name].type in short][:COLUMNS_SHOWN]


def _children(site: SQLiteSite, schema: Schema, child: str, row: Row) -> tuple[list[Cell], list[list[Cell]]]:
    fields = _summary(site.store.schema(child))
    parent = row.get("name") or schema.doctype
    rows = site.get_all(child, fields, {"parent": parent, "parenttype": schema.doctype}, order_by="idx")
    return [Cell(label(field)) for field in fields], [
        [Cell(_shown(each[field])) for field in fields] for each in rows
    ]


def _linked(slug: str, row: Row, columns: list[str]) -> list[Cell]:
    first, *others = columns
    called = one_line(str(row[first] or ""), LONGEST_CELL).strip() or str(row["name"])
    cells = [Cell(_short(_shown(row[column]))) for column in others]
    return [Cell(_short(called), f"/app/{slug}/{quote(str(row['name']), safe='')}"), *cells]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return _indented(value) if isinstance(value, str) and value[:1] in ("{", "[") else str(value)


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
