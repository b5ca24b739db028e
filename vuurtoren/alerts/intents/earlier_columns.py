"""Before the migration that brings Alert Notification: the same verbs on six columns of System Alert.

They hold the last message of each kind to the usual recipients; levels and repeats wait for the migration.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vuurtoren.alerts.intents.row import EVENTS, PENDING, Event, Status, key
from vuurtoren.privacy.text import clean
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

ALERT = "System Alert"
DELIVERY = "Alert Delivery"
COLUMNS = [f"{event}_mail{part}" for event in EVENTS for part in ("", "_at", "_note")]


def write(site: Site, alert: str, event: Event, status: Status, because: str) -> bool:
    return site.update(ALERT, alert, {f"{event}_mail": status, f"{event}_mail_note": clean(because)})


def pending(site: Site, only: str, limit: int) -> list[Row]:
    found: list[Row] = []
    for event in EVENTS:
        filters = {f"{event}_mail": ("in", PENDING), **({"name": only} if only else {})}
        alerts = site.get_all(ALERT, ["name", *COLUMNS], filters, order_by="timestamp", limit=limit)
        found += [_row(site, alert, event) for alert in alerts]
    return found


def of_alerts(site: Site, alerts: Collection[str]) -> list[Row]:
    found = site.get_all(ALERT, ["name", *COLUMNS], {"name": ("in", sorted(alerts))}) if alerts else []
    return [_row(site, alert, event) for alert in found for event in EVENTS if alert[f"{event}_mail"]]


def move(site: Site, rows: Sequence[Row], values: Mapping[str, Any]) -> bool:
    changed = 0
    for row in rows:
        field = f"{row['event']}_mail"
        parts = {"status": field, "status_at": f"{field}_at", "because": f"{field}_note"}
        told = {parts[name]: value for name, value in values.items() if name in parts}
        expect = {field: row["status"], f"{field}_at": row["status_at"]}
        changed += site.update(ALERT, str(row["alert"]), told, expect=expect)
    return changed == len(rows)


def _row(site: Site, alert: Row, event: Event) -> Row:
    """A column as a row of the table to come; how often the same was told before is in the deliveries."""
    name, field = str(alert["name"]), f"{event}_mail"
    told = {"alert": name, "event": event, "role": "First", "handed_over_at": ("is", "set")}
    round_ = site.count(DELIVERY, told) - (alert[field] == "Handed over")
    state = {"status": alert[field], "status_at": alert[f"{field}_at"], "because": alert[f"{field}_note"]}
    about = {"name": key(name, event, max(0, round_)), "alert": name, "event": event, "reason": ""}
    return about | state | {"round": max(0, round_), "level": 1}
