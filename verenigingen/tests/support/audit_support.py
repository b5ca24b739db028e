"""What the in-bench tests of the audit trail share."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import frappe

from vuurtoren.audit.anchors import kept_files
from vuurtoren.audit.recording import spool
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from vuurtoren.frappe_adapter.site import FrappeSite


def clear_trail(filters: dict[str, Any]) -> None:
    """Take entries of a test away again, which no ordinary means can, with all seals of the site.

    A failure that was committed waits in the spool until the next tick: its file goes with its entry, or
    another test would count it, or have it brought in again. Files of other events stay.
    """
    entries = frappe.get_all(LOG, filters=filters, fields=["name", "event_id"])
    names = [entry.name for entry in entries]
    with FrappeSite().lift_guard(GUARD, names):
        frappe.db.delete(LOG, {"name": ("in", names or ["-"])})
    if names:
        for doctype in (LEAF, CHECKPOINT, ANCHOR):
            frappe.db.delete(doctype)
        for _number, path in kept_files.paths(FrappeSite()):
            path.unlink()  # what a restored backup leaves behind
    for entry in entries:
        for path in waiting_with(entry.event_id):
            path.unlink(missing_ok=True)
    frappe.db.commit()


def only_trail(test: unittest.TestCase, *people: str) -> None:
    """Begin and end this test with an empty log and without these users, whatever the site held."""
    _empty(*people)
    test.addCleanup(_empty, *people)


def _empty(*people: str) -> None:
    frappe.db.rollback()
    names = frappe.get_all(LOG, pluck="name")
    with FrappeSite().lift_guard(GUARD, names):
        frappe.db.delete(LOG, {"name": ("in", names or ["-"])})
    for doctype in (LEAF, CHECKPOINT, ANCHOR):
        frappe.db.delete(doctype)
    for user in people:
        frappe.db.delete("Has Role", {"parent": user})
        frappe.db.delete("User", {"name": user})
    frappe.db.commit()


def waiting_with(text: str) -> list[Path]:
    """Files of the spool that hold a text."""
    return [path for path in spool.waiting(FrappeSite()) if text in path.read_text("utf-8")]
