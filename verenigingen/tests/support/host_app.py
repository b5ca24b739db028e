"""Stand-ins for all DocTypes of the host app and of ERPNext that are measured: names and fields, no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frappe

import vuurtoren.embedded.demo
from verenigingen.tests.support.host_documents import forget_what_was_not_there
from vuurtoren.site.schema import TABLES

HOST_DOCTYPES = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")
SUBMITTABLE = {"Direct Debit Batch", "Membership", "Sales Invoice", "Payment Entry", "Journal Entry"}


def make_host_app() -> list[str]:
    """Make those DocTypes that are not there, and return their names for `drop_doctypes`."""
    described = json.loads(HOST_DOCTYPES.read_text("utf-8"))
    made = [doctype for doctype in described if not frappe.db.exists("DocType", doctype)]
    for doctype in sorted(made, key=lambda name: not described[name].get("child")):
        frappe.get_doc(_doctype(doctype, described[doctype], described)).insert(ignore_permissions=True)
    frappe.db.commit()
    forget_what_was_not_there()
    return made


def _doctype(doctype: str, described: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    fields = [_field(name, *kind.partition(" of ")[::2], known) for name, kind in described["fields"].items()]
    return {
        "doctype": "DocType",
        "name": doctype,
        "module": "Custom",
        "custom": 1,
        "autoname": "hash",
        "istable": int(bool(described.get("child"))),
        "issingle": int(bool(described.get("single"))),
        "is_submittable": int(doctype in SUBMITTABLE),
        "fields": [field for field in fields if field],
        "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "submit": 0}],
    }


def _field(name: str, kind: str, options: str, known: dict[str, Any]) -> dict[str, Any] | None:
    """A link to a DocType that only the real host app has becomes plain text; its tables are left out."""
    if kind in TABLES and options not in known:
        return None
    if kind in ("Link", "Dynamic Link"):
        kind, options = "Data", ""
    return {"fieldname": name, "label": name, "fieldtype": kind, "options": options or None}
