"""Rows of append-only DocTypes by plain statements: the life of a document would cost more than its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import frappe
from frappe.model.naming import make_autoname

from verenigingen.site import compat
from verenigingen.site.errors import AlreadyExists, InvalidValue
from verenigingen.site.frappe_guard import FrappeGuard
from verenigingen.site.frappe_rows import FrappeRows, Table, insert_plain, savepoint, stamps, translated
from verenigingen.site.guards import Guard
from verenigingen.site.values import Row

NAMES_TRIED = 5
"""A random name may be taken; Frappe too tries another one then."""


class FrappeAppending(FrappeRows, FrappeGuard):
    """The verb of the Site protocol that writes guarded rows."""

    def append(self, guard: Guard, values: Mapping[str, Any], finish: Callable[[Row], Row]) -> str:
        table = Table(guard.doctype)
        stored = {name: table.store(name, value) for name, value in {**stamps(), **values}.items()}
        _require(table, stored)
        row = finish(stored)
        name = self._append_named(guard, row)
        for link in table.meta.get_dynamic_link_fields():
            compat.remember_dynamic_link(guard.doctype, link.options, row.get(link.options))
        return name

    def _append_named(self, guard: Guard, row: Row) -> str:
        for attempt in range(1, NAMES_TRIED + 1):
            name = str(make_autoname("hash", guard.doctype))
            try:
                with translated(), savepoint():
                    insert_plain(guard.doctype, ("name", *row), (name, *row.values()))
                    self.guard_row(guard, name)
                break
            except AlreadyExists as taken:
                if attempt == NAMES_TRIED or not frappe.db.is_primary_key_violation(taken.__cause__):
                    raise
        return name


def _require(table: Table, stored: Row) -> None:
    for field in table.meta.get("fields", {"reqd": 1}):
        if stored.get(field.fieldname) in (None, ""):
            raise InvalidValue(f"{table.doctype}: {field.fieldname} must be given")
