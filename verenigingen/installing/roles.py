"""Roles that we made go with us, unless something else on the site defines or uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import frappe

from vuurtoren import carrier


def remove_unused_role(role: str) -> None:
    """Unless anything but a person holds it: permissions, role profiles, workflows, other apps' fixtures."""
    if not frappe.db.exists("Role", role) or is_used(role):
        return
    frappe.db.delete("Has Role", {"role": role})
    frappe.delete_doc("Role", role, ignore_permissions=True, force=True)
    frappe.clear_cache()


def is_used(role: str) -> bool:
    return role in set(_in_fixtures()) or any(_names(*link, role) for link in _links())


def _links() -> set[tuple[str, str]]:
    """Every field of every DocType that links to a role, as (DocType, field)."""
    link = {"fieldtype": "Link", "options": "Role"}
    standard = frappe.get_all("DocField", link, ["parent as doctype", "fieldname"])
    custom = frappe.get_all("Custom Field", link, ["dt as doctype", "fieldname"])
    return {(str(row.doctype), str(row.fieldname)) for row in [*standard, *custom]}


def _names(doctype: str, field: str, role: str) -> bool:
    if frappe.db.get_value("DocType", doctype, "issingle"):
        return bool(frappe.db.get_singles_dict(doctype).get(field) == role)
    if not frappe.db.table_exists(doctype) or field not in frappe.db.get_table_columns(doctype):
        return False
    filters: dict[str, object] = {field: role}
    if doctype == "Has Role":  # whoever holds it loses it with the role
        filters["parenttype"] = ("!=", "User")
    return frappe.db.exists(doctype, filters) is not None


def _in_fixtures() -> Iterator[str]:
    """The roles that other apps of this site define in a file, and import again at each migrate."""
    for app in set(frappe.get_installed_apps()) - {carrier.app_name()}:
        for file in Path(frappe.get_app_path(app)).glob("fixtures/*.json"):
            for document in _documents(file):
                if document.get("doctype") == "Role":
                    yield str(document.get("name") or document.get("role_name"))


def _documents(file: Path) -> list[dict[str, object]]:
    try:
        documents = json.loads(file.read_text("utf-8"))
    except ValueError:
        return []
    return [row for row in documents if isinstance(row, dict)] if isinstance(documents, list) else []
