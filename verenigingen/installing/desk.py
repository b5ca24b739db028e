"""What the desk has of ours beyond files that `bench migrate` reads: saved filters, the search bar, tiles."""

from __future__ import annotations

import json

import frappe

from vuurtoren import carrier
from vuurtoren.pages.methods.saved_filters import FILTERS

SEARCHED = ("System Alert", "Error Kind", "Alert Rule")
"""DocTypes that the search bar looks through, of whose fields `in_global_search` says which."""
WORKSPACE = "Monitoring"


def save_filters() -> None:
    """Once: a filter that somebody takes away later stays away."""
    for doctype, filters in FILTERS.items():
        for name, conditions in filters.items():
            given = {"reference_doctype": doctype, "filter_name": name}
            if not frappe.db.exists("List Filter", given):
                rows = [[doctype, *condition, False] for condition in conditions]
                saved = {"doctype": "List Filter", "for_user": "", "filters": json.dumps(rows), **given}
                frappe.get_doc(saved).insert(ignore_permissions=True)


def offer_in_search() -> None:
    """Once, behind what the site searches already; before the setup wizard there is no such list yet."""
    settings = frappe.get_single("Global Search Settings")
    there = {row.document_type for row in settings.allowed_in_global_search}
    missing = [doctype for doctype in SEARCHED if doctype not in there]
    if there and missing:
        for doctype in missing:
            settings.append("allowed_in_global_search", {"document_type": doctype})
        settings.save(ignore_permissions=True)


def leave_one_tile() -> None:
    """Away with what 16 made of the app before it shipped a tile of its own; others have no such icons."""
    if frappe.get_meta("Desktop Icon").has_field("icon_type"):
        made = {"app": carrier.app_name(), "icon_type": "App", "name": ("!=", WORKSPACE)}
        frappe.db.delete("Desktop Icon", made)


def forget_desk() -> None:
    """Everything of this, and what Frappe made by itself for our workspace and tile."""
    ours = frappe.get_all("DocType", {"module": carrier.module_name()}, pluck="name")
    frappe.db.delete("List Filter", {"reference_doctype": ("in", ours)})
    frappe.db.delete("Global Search DocType", {"document_type": ("in", ours)})
    frappe.db.delete("__global_search", {"doctype": ("in", ours)})
    _forget_steps()
    for doctype in ("Desktop Icon", "Workspace Sidebar"):
        if frappe.db.table_exists(doctype) and frappe.get_meta(doctype).has_field("app"):
            frappe.db.delete(doctype, {"app": carrier.app_name()})
            frappe.db.delete(doctype, {"name": WORKSPACE})
    frappe.clear_cache(doctype="Global Search Settings")


def _forget_steps() -> None:
    """The steps of our onboarding, which belong to no module."""
    onboarding = frappe.get_all("Module Onboarding", {"module": carrier.module_name()}, pluck="name")
    steps = frappe.get_all("Onboarding Step Map", {"parent": ("in", onboarding)}, pluck="step")
    frappe.db.delete("Onboarding Step", {"name": ("in", steps)})
