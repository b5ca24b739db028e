"""Moves a site from one name of this app to the other, with everything that it has stored.

Only what Frappe keeps of an app and a module by name is changed, in one transaction; of our own rows only the
log of changes is, which is about apps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count

from vuurtoren.carrier import MARK
from vuurtoren.changes.change import DOCTYPE as CHANGES
from vuurtoren.changes.noting import JOB as CHANGES_JOB
from vuurtoren.changes.noting import renamed, renamed_memory
from vuurtoren.frappe_adapter.jobs import remove_waiting_jobs
from vuurtoren.site.words.words import Words

UNMISTAKABLE = "SEPA Audit Leaf"
"""A DocType that no other app has: its module says under which name this site knows us."""
APP_FIELDS = (
    ("Changelog Feed", "app_name"),
    ("Desktop Icon", "app"),
    ("Installed Application", "app_name"),
    ("Module Def", "app_name"),
    ("Sidebar Item Group", "app"),
    ("User", "default_app"),
    ("User Invitation", "app_name"),
    ("Website Theme Ignore App", "app"),
    ("Workspace", "app"),
    ("Workspace Sidebar", "app"),
)
APP_SINGLES = (("System Settings", "default_app"),)
PATH_FIELDS = (("Scheduled Job Type", "method"), ("Patch Log", "patch"), ("Number Card", "method"))
MODULE_TEXTS = (("Block Module", "module"),)
"""Names a module in a field that is no link."""


class CannotRename(Exception):
    """This site cannot be moved; why, and what to do."""


@dataclass(frozen=True)
class App:
    """The app under one of its names."""

    package: str
    module: str
    doctypes: frozenset[str] = frozenset()


def rename_app(to: str) -> Words:
    """Move the connected site to the app of that name, and say what is left; raises CannotRename."""
    frappe.cache().delete_value("all_apps")  # an app that came since is not in it
    target, source = _target(to), _source()
    if source.package == target.package:
        return Words("{0} has this app as {1} already.", frappe.local.site, to)
    installed = _installed()
    _refuse_another(target, installed)
    remove_waiting_jobs(source.package)
    _rename_module(source, target)
    _rename_in_fields(source, target)
    _rename_paths(source.package, target.package)
    _rename_in_changes(source.package, target.package)
    _store_installed([target.package if app == source.package else app for app in installed])
    frappe.db.commit()
    _forget()
    site = frappe.local.site
    return Words(
        "{0} knows this app as {1} now. What is left: bench --site {0} migrate, and bench restart. "
        "Then {2} may leave the bench, or another app of that name come.",
        site,
        to,
        source.package,
    )


def _target(to: str) -> App:
    """What the bench has under that name, which must be this product."""
    spec = find_spec(to) if to.isidentifier() else None
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or to not in frappe.get_all_apps():
        raise CannotRename(Words("This bench has no app {0}: install it into the bench first.", to))
    if not (folder / MARK).is_file():
        raise CannotRename(
            Words("The app {0} of this bench is another one: {1} does not carry this product.", to, folder)
        )
    module = (folder / "modules.txt").read_text("utf-8").split("\n")[0].strip()
    files = (folder / frappe.scrub(module) / "doctype").glob("*/*.json")
    names = (json.loads(file.read_text("utf-8"))["name"] for file in files if file.stem == file.parent.name)
    return App(to, module, frozenset(names))


def _source() -> App:
    """The app as this site knows it now."""
    module = frappe.db.get_value("DocType", UNMISTAKABLE, "module")
    package = frappe.db.get_value("Module Def", module, "app_name") if module else None
    if not package:
        raise CannotRename(
            Words(
                "{0} does not know the DocTypes of this app. If its tables are there still, "
                "`install-app` takes them over as they are.",
                frappe.local.site,
            )
        )
    return App(str(package), str(module))


def _refuse_another(target: App, installed: list[str]) -> None:
    there = frappe.db.get_value("DocType", {"module": target.module, "custom": 0}, "name")
    if target.package in installed or there:
        raise CannotRename(
            Words(
                "Another app on {0} is named {1}, or has DocTypes in its module {2}{3}. Nothing was changed.",
                frappe.local.site,
                target.package,
                target.module,
                Words(", such as {0}", there) if there else "",
            )
        )


def _installed() -> list[str]:
    return [str(app) for app in json.loads(frappe.db.get_global("installed_apps") or "[]")]


def _store_installed(apps: list[str]) -> None:
    table = DocType("DefaultValue")
    query = frappe.qb.update(table).set(table.defvalue, json.dumps(apps))
    query.where((table.parent == "__global") & (table.defkey == "installed_apps")).run()


def _rename_module(source: App, target: App) -> None:
    """All that is in our module moves; where another app has moved in as well, only our DocTypes do."""
    table = DocType("DocType")
    ours = frappe.qb.update(table).set(table.module, target.module)
    ours.where((table.module == source.module) & table.name.isin(sorted(target.doctypes))).run()
    shared = _count(table, (table.module == source.module) & (table.custom == 0))
    frappe.db.delete("Module Def", {"name": target.module})
    module = DocType("Module Def")
    if shared:
        row = {"doctype": "Module Def", "name": target.module, "module_name": target.module}
        frappe.get_doc({**row, "app_name": target.package}).db_insert()
        return
    query = frappe.qb.update(module).set(module.name, target.module).set(module.module_name, target.module)
    query.set(module.app_name, target.package).where(module.name == source.module).run()
    for doctype, field in (*_module_links(), *MODULE_TEXTS):
        _replace(doctype, field, source.module, target.module)


def _module_links() -> Iterator[tuple[str, str]]:
    """Every field that links to a module, as (DocType, field)."""
    for table, parent in (("DocField", "parent"), ("Custom Field", "dt")):
        fields = DocType(table)
        query = frappe.qb.from_(fields).select(fields[parent], fields.fieldname)
        link = (fields.fieldtype == "Link") & (fields.options == "Module Def")
        yield from {(str(row[0]), str(row[1])) for row in query.where(link).run()}


def _rename_in_fields(source: App, target: App) -> None:
    for doctype, field in APP_FIELDS:
        if doctype != "Module Def" or source.module != target.module:
            _replace(doctype, field, source.package, target.package)
    for doctype, field in APP_SINGLES:
        _replace_single(doctype, field, source.package, target.package)


def _rename_paths(old: str, new: str) -> None:
    """Dotted paths of functions; a row that is there under the new path already is the one that stays."""
    for doctype, field in PATH_FIELDS:
        table = DocType(doctype)
        query = frappe.qb.from_(table).select(table.name, table[field])
        for name, path in query.where(table[field].like(f"{old}.%")).run():
            moved = new + str(path)[len(old) :]
            if _count(table, table[field] == moved):
                frappe.db.delete(doctype, {"name": name})
            else:
                frappe.qb.update(table).set(table[field], moved).where(table.name == name).run()


def _rename_in_changes(old: str, new: str) -> None:
    """The log of changes is about the app under its new name, and what it remembers is not told as new."""
    if not frappe.db.table_exists(CHANGES):
        return
    table = DocType(CHANGES)
    query = frappe.qb.from_(table).select(table.name, table.subject).where(table.app == old)
    for name, subject in query.run():
        named = (
            frappe.qb.update(table).set(table.app, new).set(table.subject, renamed(str(subject), old, new))
        )
        named.where(table.name == name).run()
    cursor = frappe.db.get_value("Monitoring Run", CHANGES_JOB, "cursor")
    if cursor:
        frappe.db.set_value("Monitoring Run", CHANGES_JOB, "cursor", renamed_memory(cursor, old, new))


def _replace(doctype: str, field: str, old: str, new: str) -> None:
    if frappe.db.get_value("DocType", doctype, "issingle"):
        _replace_single(doctype, field, old, new)
    elif frappe.db.table_exists(doctype) and field in frappe.db.get_table_columns(doctype):
        table = DocType(doctype)
        frappe.qb.update(table).set(table[field], new).where(table[field] == old).run()


def _replace_single(doctype: str, field: str, old: str, new: str) -> None:
    table = DocType("Singles")
    query = frappe.qb.update(table).set(table["value"], new)
    query.where((table["doctype"] == doctype) & (table["field"] == field) & (table["value"] == old)).run()


def _count(table: Any, where: Any) -> int:
    return int(frappe.qb.from_(table).select(Count("*")).where(where).run()[0][0])


def _forget() -> None:
    """What Frappe keeps of apps and modules outside the database."""
    for key in ("app_modules", "module_app", "installed_app_modules", "all_apps", "app_hooks"):
        frappe.cache().delete_value(key)
    frappe.clear_cache()
