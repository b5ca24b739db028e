"""A job of another app that deletes old audit entries is refused each day; its Error Log keeps one a week.

Nothing is deleted but the other app's own note about the refusal. What to switch off, the page says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe

from vuurtoren.frappe_adapter.site import translate
from vuurtoren.site.guards import REFUSED

REFUSAL = "An audit entry cannot be deleted by anybody."
"""What the DocType says to whoever deletes an entry."""
TOLD_AGAIN_AFTER = timedelta(days=7)


def tell_once_a_week(document: Any, _event: str | None = None) -> None:
    """After an Error Log row about a refused deletion: take it away when the same was told this week.

    Only outside of requests: what a person tries is an error each time.
    """
    title = document.get("method")
    if getattr(frappe.local, "request", None) or not title or not _is_refusal(document):
        return
    since = frappe.utils.now_datetime() - TOLD_AGAIN_AFTER
    same = {"method": title, "creation": (">=", since), "name": ("!=", document.name)}
    if any(map(_is_refusal, frappe.get_all("Error Log", same, ["method", "error"], limit=50))):
        frappe.db.delete("Error Log", {"name": document.name})


def _is_refusal(row: Any) -> bool:
    """By its text or its title: other code hands them over either way round."""
    said = f"{row.get('method')}\n{row.get('error')}"
    return any(part in said for part in (REFUSAL, translate(REFUSAL), REFUSED))
