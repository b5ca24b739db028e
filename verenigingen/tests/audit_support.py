"""What the in-bench tests of the audit trail share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import frappe

from verenigingen.audit import spool
from verenigingen.audit.refusal import GUARD
from verenigingen.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from verenigingen.site.frappe_site import FrappeSite


def clear_trail(filters: dict[str, Any]) -> None:
    """Take entries of a test away again, which no ordinary means can, with all seals of the site."""
    names = frappe.get_all(LOG, filters=filters, pluck="name")
    with FrappeSite().lift_guard(GUARD, names):
        frappe.db.delete(LOG, {"name": ("in", names or ["-"])})
    if names:
        for doctype in (LEAF, CHECKPOINT, ANCHOR):
            frappe.db.delete(doctype)
    frappe.db.commit()


def waiting_with(text: str) -> list[Path]:
    """Files of the spool that hold a text."""
    return [path for path in spool.waiting(FrappeSite()) if text in path.read_text("utf-8")]
