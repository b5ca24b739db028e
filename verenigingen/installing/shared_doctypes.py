"""DocTypes that another app ships under the name of one of ours: the file that Frappe read last wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import frappe
from frappe.modules.import_file import calculate_hash, import_file_by_path

from vuurtoren import carrier
from vuurtoren.alerts.events import record_event
from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter.beside import committee
from vuurtoren.frappe_adapter.beside.foreign_files import foreign_files
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.settings import settings

TAKEN = "DOCTYPE_TAKEN_OVER"


def skip_foreign_files() -> None:
    """Before a migrate: a file of another app for a DocType of ours counts as read already.

    Frappe compares the hash of a file with that of the last one read. The file of an app that comes before
    ours is then skipped, and no column of the audit trail changes to and fro within one migrate.
    """
    for name in _own_files():
        for foreign in foreign_files(name):
            frappe.db.set_value(
                "DocType", name, "migration_hash", calculate_hash(str(foreign)), update_modified=False
            )


def keep_ours() -> None:
    """Read our file again for each DocType that another app has taken; one alert about what stays taken."""
    for name, file in _own_files().items():
        if differences(name):
            import_file_by_path(str(file), force=True)
            frappe.clear_cache(doctype=name)
    taken = {name: found for name in _own_files() if (found := differences(name))}
    if taken:
        _tell(taken)


def differences(name: str) -> str:
    """What of the DocType on the site is not as our file says; empty when it is ours. What we let the audit
    committee of the association's own app read is ours too."""
    file = frappe.get_file_json(str(_own_files()[name]))
    stored = frappe.db.get_value("DocType", name, ["module", "istable", "issingle", "autoname"], as_dict=True)
    if not stored:
        return "it is missing"
    if stored.module != carrier.module_name():
        return f"it is in module {stored.module}"
    for what, wanted, there in (
        ("fields", _fields(file), _stored_fields(name)),
        ("permissions", _permissions(file["permissions"]), _stored_permissions(name)),
    ):
        if wanted != there:
            return f"its {what} are not ours"
    return ""


def _own_files() -> dict[str, Path]:
    """The file of each DocType of ours, by the DocType's name."""
    files = [file for file in carrier.doctypes().glob("*/*.json") if file.stem == file.parent.name]
    return {str(frappe.get_file_json(str(file))["name"]): file for file in sorted(files)}


def _fields(file: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {field["fieldname"]: (field["fieldtype"], field.get("options") or "") for field in file["fields"]}


def _stored_fields(name: str) -> dict[str, tuple[str, str]]:
    rows = frappe.get_all("DocField", {"parent": name}, ["fieldname", "fieldtype", "options"])
    return {row.fieldname: (row.fieldtype, row.options or "") for row in rows}


def _permissions(rows: list[dict[str, Any]]) -> set[tuple[str, int, str]]:
    rights = ("read", "write", "create", "delete")
    return {
        (row["role"], int(row.get("permlevel") or 0), " ".join(right for right in rights if row.get(right)))
        for row in rows
    }


def _stored_permissions(name: str) -> set[tuple[str, int, str]]:
    rows = frappe.get_all("DocPerm", {"parent": name}, ["*"])
    shipped = {row["role"] for row in frappe.get_file_json(str(_own_files()[name]))["permissions"]}
    granted = {committee.other_role()} - shipped if name in committee.READ else set()
    return _permissions([row for row in rows if row["role"] not in granted])


def _tell(taken: dict[str, str]) -> None:
    site = FrappeSite()
    said = "; ".join(f"{name}: {found}" for name, found in sorted(taken.items()))
    message = (
        f"Another app has taken DocTypes of the monitor, and reading ours again did not help: {said}. "
        "The audit trail may be incomplete until `bench --site SITE migrate` ends without this alert."
    )
    with error_boundary(site, "telling of DocTypes that another app has taken", undo=True):
        record_event(site, settings.read(site), TAKEN, "CRITICAL", message, taken)
        site.commit()
