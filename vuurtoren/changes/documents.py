"""Documents that act: scripts, fields, workflows, roles, permissions; from what Frappe itself writes down.

A document that is tracked has a Version for each change, one that is not has at least its own stamps, and one
that is gone is a Deleted Document. Names of fields are told, never what stood in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.changes.change import Change
from vuurtoren.metrics.windows import written_since
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.values import Row

ACTING: Mapping[str, tuple[str, ...]] = {
    "Server Script": ("reference_doctype", "api_method"),
    "Client Script": ("dt",),
    "Custom Field": ("dt",),
    "Property Setter": ("doc_type",),
    "Workflow": ("document_type",),
    "Role": (),
    "Custom DocPerm": ("parent",),
    "User Permission": ("allow",),
    "Notification": ("document_type",),
    "Webhook": ("webhook_doctype",),
    "Email Account": (),
}
"""By DocType the fields that say what it acts on, the first that is set."""
TRACKED_ALONE: Mapping[str, frozenset[str]] = {
    "System Settings": frozenset(),
    "DocType": frozenset(),
    "User": frozenset({"roles", "role_profile_name", "enabled"}),
}
"""Told from their Versions alone, and only for these fields where some are named."""
SWITCHES = frozenset({"disabled", "enabled", "is_active", "enable_scheduler"})
"""Fields whose values are no secret and say most."""
MOST_OF_EACH = 500
MOST_FIELDS = 6
ONE_SAVE = timedelta(minutes=1)
UNLABELLED = 80


def changes(site: Site, since: datetime) -> Iterator[Change]:
    """What of all this was changed since then, the newest 500 of each sort at most."""
    tracked = list(_versions(site, since))
    yield from tracked
    yield from _deleted(site, since)
    told = {(change.kind, change.subject) for change in tracked}
    for doctype, about in ACTING.items():
        if site.has_doctype(doctype):
            yield from _stamped(site, doctype, about, since, told)


def _stamped(
    site: Site, doctype: str, about: tuple[str, ...], since: datetime, told: set[tuple[str, str]]
) -> Iterator[Change]:
    """New documents, and changed ones of which no Version tells."""
    fields = ["name", "owner", "creation", "modified", "modified_by", *about]
    rows = site.get_all(
        doctype, fields, {"modified": (">=", since)}, order_by="modified desc", limit=MOST_OF_EACH
    )
    for row in rows:
        subject, acts_on = _named(doctype, row), _about(about, row)
        if row["creation"] >= since:
            yield Change(
                doctype, "Added", subject, row["creation"], acts_on, changed_by=str(row["owner"] or "")
            )
        if row["modified"] - row["creation"] > ONE_SAVE and (doctype, str(row["name"])) not in told:
            by = str(row["modified_by"] or "")
            yield Change(doctype, "Changed", subject, row["modified"], acts_on, changed_by=by)


def _versions(site: Site, since: datetime) -> Iterator[Change]:
    if not site.has_doctype("Version"):
        return
    wanted = {"ref_doctype": ("in", sorted({*ACTING, *TRACKED_ALONE})), **written_since(since)}
    fields = ["ref_doctype", "docname", "data", "owner", "creation"]
    rows = site.get_all("Version", fields, wanted, order_by="creation desc", limit=MOST_OF_EACH)
    acts_on = _acted_on(site, rows)
    for row in rows:
        doctype, name = str(row["ref_doctype"]), str(row["docname"])
        fields_changed = _fields(row["data"], TRACKED_ALONE.get(doctype))
        if fields_changed:
            yield Change(
                doctype, "Changed", name, row["creation"], acts_on.get((doctype, name), ""),
                detail=_listed(fields_changed), changed_by=str(row["owner"] or ""),
            )  # fmt: skip


def _acted_on(site: Site, rows: list[Row]) -> dict[tuple[str, str], str]:
    """What each document of these Versions acts on, as it is now."""
    found = {}
    for doctype, about in ACTING.items():
        names = sorted({str(row["docname"]) for row in rows if row["ref_doctype"] == doctype})
        if about and names and site.has_doctype(doctype):
            for row in site.get_all(doctype, ["name", *about], {"name": ("in", names)}):
                found[doctype, str(row["name"])] = _about(about, row)
    return found


def _deleted(site: Site, since: datetime) -> Iterator[Change]:
    if not site.has_doctype("Deleted Document"):
        return
    wanted = {"deleted_doctype": ("in", sorted(ACTING)), **written_since(since)}
    fields = ["deleted_doctype", "deleted_name", "owner", "creation"]
    for row in site.get_all("Deleted Document", fields, wanted, order_by="creation desc", limit=MOST_OF_EACH):
        yield Change(
            str(row["deleted_doctype"]), "Removed", str(row["deleted_name"]), row["creation"],
            changed_by=str(row["owner"] or ""),
        )  # fmt: skip


def _named(doctype: str, row: Row) -> str:
    """Rows of permissions have no name that says anything."""
    return str(row["parent"] or row["name"]) if doctype == "Custom DocPerm" else str(row["name"])


def _about(fields: tuple[str, ...], row: Row) -> str:
    return next((str(row[name]) for name in fields if row[name]), "")


def _fields(data: object, only: frozenset[str] | None) -> list[str]:
    """The fields that a Version says were changed, of the named ones where some are; switches with values."""
    try:
        stored = json_object(data if isinstance(data, str) else None)
    except NotReadable:
        return []
    found: dict[str, str] = {}
    for part in ("changed", "added", "removed", "row_changed"):
        rows = stored.get(part)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, list) and row and isinstance(row[0], str):
                found[row[0]] = _field(row, part)
    return [text for name, text in found.items() if not only or name in only]


def _field(row: list[Any], part: str) -> str:
    name = str(row[0])[:UNLABELLED]
    if part == "changed" and name in SWITCHES and len(row) == 3:
        return f"{name}: {str(row[1])[:20]} → {str(row[2])[:20]}"
    return name


def _listed(fields: list[str]) -> str:
    rest = len(fields) - MOST_FIELDS
    return ", ".join(fields[:MOST_FIELDS]) + (f" +{rest}" if rest > 0 else "")
