"""Rows of Alert Notification: what is to be told, written in the transaction of the change that it tells of.

No channel is known here; what was tried on each is in the rows of Alert Delivery.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from vuurtoren.alerts.intents import earlier_columns
from vuurtoren.alerts.intents.row import DOCTYPE, EVENTS, FIELDS, PENDING, Event, Status, key
from vuurtoren.health import readiness
from vuurtoren.privacy.text import clean
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

MOST_AT_ONCE = 1000
CHANGED_AT_ONCE = 500


def ready(site: Site) -> bool:
    """Whether this site has the table; between an update of the code and its migration it has the columns
    of before instead, and everything here goes on with them."""
    return readiness.keeps(site, DOCTYPE)


def write(
    site: Site,
    alert: str,
    event: Event,
    status: Status = "Due",
    because: str = "",
    *,
    round_: int = 0,
    level: int = 1,
    reason: str = "",
) -> bool:
    """Write that this is to be told, or why it is not, without committing; False when it was before."""
    if not ready(site):
        return earlier_columns.write(site, alert, event, status, because)
    name = key(alert, event, round_, level)
    about = {"name": name, "notification_key": name, "alert": alert, "event": event, "reason": reason}
    state = {"round": round_, "level": level, "status": status, "because": clean(because)}
    try:
        site.insert_many(DOCTYPE, [about | state])
    except AlreadyExists:
        return False
    return True


def write_again(
    site: Site,
    alert: str,
    event: Event,
    status: Status = "Due",
    because: str = "",
    *,
    level: int = 1,
    reason: str = "",
) -> None:
    """Write that this is to be told once more if it was before, without committing."""
    before = {"alert": alert, "event": event, "level": level}
    round_ = site.count(DOCTYPE, before) if ready(site) else 0
    write(site, alert, event, status, because, round_=round_, level=level, reason=reason)


def pending(site: Site, only: str = "") -> list[Row]:
    """What is still to be told, of one alert or of all; what nobody looked at yet comes first."""
    if not ready(site):
        return earlier_columns.pending(site, only, MOST_AT_ONCE)
    filters = {"status": ("in", PENDING), **({"alert": only} if only else {})}
    return site.get_all(DOCTYPE, FIELDS, filters, order_by="status, creation, name", limit=MOST_AT_ONCE)


def of_alerts(site: Site, alerts: Collection[str]) -> dict[str, list[Row]]:
    """What was to be told of these alerts, by alert, oldest first."""
    by_alert: dict[str, list[Row]] = {}
    about = {"alert": ("in", sorted(alerts))}
    rows = earlier_columns.of_alerts(site, alerts) if not ready(site) else []
    if alerts and ready(site):
        rows = site.get_all(DOCTYPE, FIELDS, about, order_by="creation, round, name")
    for row in rows:
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def newest(rows: Sequence[Row], event: Event) -> Row | None:
    """The last thing of this kind that the usual recipients were to be told, of one alert."""
    wanted = [row for row in rows if row["event"] == event and int(row["level"] or 1) == 1]
    return max(wanted, key=lambda row: int(row["round"] or 0), default=None)


def move(
    site: Site,
    rows: Sequence[Row],
    status: Status,
    *,
    because: str | None = None,
    at: datetime | None = None,
    reason: str | None = None,
) -> bool:
    """Compare-and-swap: whether all stood as they were read and do so no more. Does not commit.

    What is None stays. Those that changed since are left alone; a caller that needs all or none rolls back.
    """
    said = None if because is None else clean(because)
    given = {"status": status, "because": said, "status_at": at, "reason": reason}
    values = {name: value for name, value in given.items() if value is not None}
    if not ready(site):
        return earlier_columns.move(site, rows, values)
    states: dict[tuple[str, object], list[str]] = {}
    for row in rows:
        stood = (str(row["status"]), row["status_at"] if row["status"] == "Claimed" else None)
        states.setdefault(stood, []).append(str(row["name"]))
    changed = 0
    for (before, claimed_at), names in states.items():
        expect = {"status": before, **({"status_at": claimed_at} if claimed_at else {})}
        for start in range(0, len(names), CHANGED_AT_ONCE):
            batch = {"name": ("in", names[start : start + CHANGED_AT_ONCE])}
            changed += site.update_all(DOCTYPE, batch | expect, values)
    return changed == len(rows)


def columns(site: Site, alerts: Collection[str]) -> dict[str, Row]:
    """What an earlier release kept in columns of these alerts, by alert: `opened_mail` and `resolved_mail`
    say what became of the last message of each kind, with `_at` since when and with `_note` why."""
    told = of_alerts(site, alerts)
    found: dict[str, Row] = {name: {} for name in alerts}
    for name, row in found.items():
        for event in EVENTS:
            last, field = newest(told.get(name, []), event) or {}, f"{event}_mail"
            row |= {field: last.get("status"), f"{field}_at": last.get("status_at")}
            row[f"{field}_note"] = last.get("because")
    return found


def forget(site: Site, alerts: Collection[str]) -> None:
    """Delete what was to be told of alerts that are about to be deleted."""
    if alerts and ready(site):
        while site.delete(DOCTYPE, {"alert": ("in", sorted(alerts))}, limit=CHANGED_AT_ONCE):
            pass
