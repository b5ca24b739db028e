"""The guard of append-only rows on the database of a connected bench site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import frappe

from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter.jobs import after_commit_enqueue
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.guards import (
    GUARD_COLUMN,
    Guard,
    mariadb_guard_rows,
    mariadb_install,
    mariadb_release,
    mariadb_remove,
    mariadb_unguarded,
    missing,
    postgres_install,
    postgres_remove,
    postgres_switch,
    postgres_version,
    sqlite_install,
    sqlite_remove,
)

_guarded: dict[tuple[str, str], str] = {}
"""Guards that this process has seen, by database and DocType: they come and go with installations only."""


class FrappeGuard:
    """The guard verbs of the Site protocol; installing and removing are DDL and commit."""

    def install_guard(self, guard: Guard) -> None:
        if not self.guard_missing(guard):
            return
        self.remove_guard(guard)
        for statement in _installation(guard):
            frappe.db.sql_ddl(statement)
        frappe.db.commit()
        _forget()

    def remove_guard(self, guard: Guard) -> None:
        remove = {"mariadb": mariadb_remove, "postgres": postgres_remove, "sqlite": sqlite_remove}
        for statement in remove[frappe.db.db_type](guard):
            frappe.db.sql_ddl(statement)
        _forget()

    @contextmanager
    def lift_guard(self, guard: Guard, names: Sequence[str]) -> Iterator[None]:
        """On MariaDB only the named rows are let go; PostgreSQL has no smaller unit than the table."""
        if frappe.db.db_type == "mariadb":
            for name in names if _mariadb_column(guard) else ():
                frappe.db.sql(mariadb_release(guard), (name,))
            yield
            for name in names:
                self.guard_row(guard, name)
        else:
            guarded = not self.guard_missing(guard)
            for statement in postgres_switch(guard, "DISABLE") if guarded else ():
                frappe.db.sql(statement)
            yield
            for statement in postgres_switch(guard, "ENABLE") if guarded else ():
                frappe.db.sql(statement)

    def guard_missing(self, guard: Guard) -> str:
        parts = {"mariadb": _mariadb_missing, "postgres": _postgres_missing, "sqlite": _sqlite_missing}
        return parts[frappe.db.db_type](guard)

    def guard_row(self, guard: Guard, name: str) -> None:
        """What a new row needs, in the transaction that writes it."""
        if frappe.db.db_type == "mariadb" and _mariadb_column(guard):
            _guard_on_mariadb(guard, name)
        if guard.then:
            after_commit_enqueue(guard.then)


def _installation(guard: Guard) -> list[str]:
    if frappe.db.db_type == "postgres":
        return postgres_install(guard)
    if frappe.db.db_type == "sqlite":
        return sqlite_install(guard)
    collation = frappe.db.sql(
        "SELECT collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = %s AND column_name = 'name'",
        (guard.table,),
    )
    if not collation:
        raise Unavailable("the table of {0} is not there", guard.doctype)
    return mariadb_install(guard, collation[0][0])


def _guard_on_mariadb(guard: Guard, name: str) -> None:
    try:
        frappe.db.sql(mariadb_guard_rows(guard, only=True), (name,))
    except compat.database_error():
        _forget()
        if _mariadb_column(guard):
            raise
        # an uninstall took the guard away since this process asked


def _mariadb_column(guard: Guard) -> str:
    """The version that the guard column was made for; empty where there is none."""
    known = (frappe.conf.db_name, guard.doctype)
    if known not in _guarded:
        rows = frappe.db.sql(
            "SELECT column_comment FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s AND column_name = %s",
            (guard.table, GUARD_COLUMN),
        )
        if not rows:
            return ""
        _guarded[known] = rows[0][0]
    return _guarded[known]


def _forget() -> None:
    """What this process knows of the guards is asked anew, so that the next row is guarded, or needs none."""
    _guarded.clear()


def _mariadb_missing(guard: Guard) -> str:
    _forget()
    if _mariadb_column(guard) != guard.version:
        return "the guard column is missing or outdated"
    constraint = frappe.db.sql(
        "SELECT update_rule, delete_rule FROM information_schema.referential_constraints"
        " WHERE constraint_schema = DATABASE() AND table_name = %s AND referenced_table_name = %s",
        (guard.guard_table, guard.table),
    )
    if constraint not in ((("RESTRICT", "RESTRICT"),), [("RESTRICT", "RESTRICT")]):
        return "the foreign key of the guard table is missing"
    unguarded = frappe.db.sql(mariadb_unguarded(guard))[0][0]
    return f"{unguarded} rows are not guarded" if unguarded else ""


def _postgres_missing(guard: Guard) -> str:
    rows = frappe.db.sql(
        "SELECT t.tgname, obj_description(t.tgfoid, 'pg_proc')"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relname = %s AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')",
        (guard.table,),
    )
    present = [name for name, version in rows if version == postgres_version(guard)]
    return missing(present, [f"{guard.short}_{event}" for event in ("update", "delete", "truncate")])


def _sqlite_missing(guard: Guard) -> str:
    rows = frappe.db.sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    present = {row[0] for row in rows}
    return "" if present.issuperset(sqlite_install(guard)) else "a trigger is missing or outdated"
