"""Rows of Alert Step: every step of an alert with who, when and why, in order; written and never changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from vuurtoren.health import readiness
from vuurtoren.privacy.text import clean
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

DOCTYPE = "Alert Step"
Taken = Literal[
    "Opened", "Reopened", "Severity raised", "Severity lowered", "Escalated", "Acknowledged",
    "Unacknowledged", "Assigned", "Unassigned", "Commented", "Silenced", "Resolved",
]  # fmt: skip
FIELDS = ["alert", "step", "step_by", "assignee", "at", "note"]
SHOWN = FIELDS[1:]
IN_ORDER = "at, position, creation"
FORGOTTEN_AT_ONCE = 1000


def record(site: Site, alert: str, step: Taken, *, by: str = "", note: str = "", assignee: str = "") -> None:
    """Write one step in the caller's transaction; without `by` the monitor itself took it.

    Between an update of the code and its migration nothing is kept, and alerts go on.
    """
    if not readiness.keeps(site, DOCTYPE):
        return
    position = site.count(DOCTYPE, {"alert": alert}) + 1
    who = {"step_by": by, "assignee": assignee}
    when = {"at": site.now(), "position": position}
    site.insert(DOCTYPE, {"alert": alert, "step": step, **who, **when, "note": clean(note)})


def of_alerts(site: Site, alerts: Collection[str]) -> dict[str, list[Row]]:
    """The steps of these alerts, by alert, in the order in which they were taken."""
    by_alert: dict[str, list[Row]] = {}
    if not alerts or not readiness.keeps(site, DOCTYPE):
        return by_alert
    for row in site.get_all(DOCTYPE, FIELDS, {"alert": ("in", sorted(alerts))}, order_by=IN_ORDER):
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def forget(site: Site, alerts: Collection[str]) -> None:
    """Delete the steps of alerts that are about to be deleted."""
    if alerts and readiness.keeps(site, DOCTYPE):
        while site.delete(DOCTYPE, {"alert": ("in", sorted(alerts))}, limit=FORGOTTEN_AT_ONCE):
            pass
