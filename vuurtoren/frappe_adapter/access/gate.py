"""Who may not read what this app keeps learns nothing of it, whatever address of Frappe they ask."""

from __future__ import annotations

import frappe

from vuurtoren.frappe_adapter.site import translate
from vuurtoren.site.kept_text import is_own

SINGLES = "Singles"
"""The table of all Singles. Nobody counts it, and a filter on it tells what a setting holds."""
SETTINGS = "Monitoring Settings"
NAMING = ("doctype", "dt")
"""What Frappe's own methods call the DocType that they are asked about."""


def refuse_unreadable() -> None:
    """For every request, once it is known whose it is: Frappe looks a document up by a filter before it asks
    whether it may be read, and answers differently where there is none.

    A guest too: `run_doc_method` is open to them.
    """
    if frappe.session.user == "Guest" and _may_be_let_in_later():
        return
    for named in (frappe.local.form_dict.get(name) for name in NAMING):
        if isinstance(named, str):
            must_be_readable(named)


def _may_be_let_in_later() -> bool:
    """Another app may know the key that the request holds; where none does, Frappe itself ends it."""
    return len(frappe.get_request_header("Authorization", "").split(" ")) == 2


def must_be_readable(doctype: str) -> None:
    """Raise PermissionError when it is a DocType of this app that the current user may not read."""
    name = doctype.strip()
    if name.casefold() == SINGLES.casefold():
        frappe.has_permission(SETTINGS, "read", throw=True)
    elif name and is_own(name):
        parents = _parents(name)
        if not any(frappe.has_permission(each, "read") for each in parents or [name]):
            refusal = translate("You may not read {0}.").format(frappe._(name))
            frappe.throw(refusal, frappe.PermissionError)


def _parents(doctype: str) -> list[str]:
    """The DocTypes that a child table belongs to; none for others."""
    filters = {"fieldtype": ("in", ("Table", "Table MultiSelect")), "options": doctype}
    return [str(name) for name in frappe.get_all("DocField", filters, pluck="parent", distinct=True)]
