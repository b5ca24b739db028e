"""Whose request this is, whatever user the code that answers it has set since then."""

from __future__ import annotations

import frappe

NOTED = "verenigingen_visitor"


def note_visitor() -> None:
    """Remember who asks. Frappe calls it once the request is authenticated (`auth_hooks`)."""
    frappe.local.flags[NOTED] = str(frappe.session.user)


def visitor() -> str:
    """Who asks; outside a request, in a job or a console, the current user."""
    noted = frappe.local.flags.get(NOTED)
    current = str(frappe.session.user)
    if noted in (None, "Administrator"):
        return current
    if noted == "Guest" and current != "Administrator":
        return current  # somebody signed in, or another app knew the visitor later
    return str(noted)


def visitor_has_role(*roles: str) -> bool:
    """Whether both the current user and whoever asked hold one of the roles; the Administrator holds all."""
    return all(
        person == "Administrator" or bool(set(roles) & set(frappe.get_roles(person)))
        for person in {visitor(), str(frappe.session.user)}
    )
