"""Rows of append-only DocTypes by plain statements: the life of a document would cost more than its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import frappe

from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter.guard import FrappeGuard
from vuurtoren.frappe_adapter.rows import (
    FrappeRows,
    Table,
    insert_plain,
    kept,
    savepoint,
    stamps,
    translated,
)
from vuurtoren.site.errors import AlreadyExists, InvalidValue, UnknownField
from vuurtoren.site.guards import Guard
from vuurtoren.site.names import time_ordered_name
from vuurtoren.site.schema import Schema, load_schemas
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

NAMES_TRIED = 5
"""A random name may be taken; Frappe too tries another one then."""


class FrappeAppending(FrappeRows, FrappeGuard):
    """The verb of the Site protocol that writes guarded rows."""

    def append(self, guard: Guard, values: Mapping[str, Any], finish: Callable[[Row], Row]) -> str:
        schema = _shipped()[guard.doctype]
        row = finish(_stored(schema, {**stamps(), **values}))
        name = self._append_named(guard, row)
        for field in schema.fields.values():
            if field.type == "Dynamic Link":
                compat.remember_dynamic_link(guard.doctype, field.options, row.get(field.options))
        return name

    def _append_named(self, guard: Guard, row: Row) -> str:
        for attempt in range(1, NAMES_TRIED + 1):
            name = time_ordered_name()
            try:
                with translated(), savepoint():
                    insert_plain(guard.doctype, ("name", *row), (name, *row.values()))
                    self.guard_row(guard, name)
                break
            except AlreadyExists as taken:
                if attempt == NAMES_TRIED or not frappe.db.is_primary_key_violation(taken.__cause__):
                    raise
        return name


@cache
def _shipped() -> dict[str, Schema]:
    """The DocTypes as they come with the app. To read them from the site's cache takes every request longer
    than the insert itself."""
    return load_schemas()


def _stored(schema: Schema, values: Row) -> Row:
    stored = {name: _stored_value(schema, name, value) for name, value in values.items()}
    for field in schema.fields.values():
        if field.required and stored.get(field.name) in (None, ""):
            raise InvalidValue(Words("{0}: {1} must be given", schema.doctype, field.name))
    return stored


def _stored_value(schema: Schema, name: str, value: Any) -> Any:
    try:
        field = schema.field(name)
        return kept(schema.doctype, field, value)
    except (InvalidValue, UnknownField):
        # the site may have been given more fields or choices than the app ships
        return Table(schema.doctype).store(name, value)
