"""Rows of Alert Delivery: one for each thing told, channel and round, with what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from verenigingen.alerts.channels.channel import Taken
from verenigingen.alerts.messages import Told
from verenigingen.alerts.notifying import Notification
from verenigingen.alerts.rule import rank
from verenigingen.alerts.text import clean, one_line
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

DOCTYPE = "Alert Delivery"
Role = Literal["First", "Fallback", "Parallel", "Escalation"]
STALE_CLAIM = timedelta(minutes=15)
"""A claim this old belongs to a worker that died: another one takes it over."""
REPORT = "report"
"""The event of a delivery that is a report: about no alert, its topic is the job."""
UNSENT = ("Due", "Claimed", "Failed")
BESIDE_THE_FIRST = ("Fallback", "Parallel", "Escalation")
MOST_FAILURES = 20
MOST_AT_ONCE = 500
LONGEST_REFERENCE = 2000


def key(told: Told, channel: str) -> str:
    """The name of a delivery; the database allows each once."""
    usual = f"{told.row['name']}-{told.event}-{told.round}-{channel}"
    return usual if told.level == 1 else f"{usual}-level-{told.level}"


def topic(row: Mapping[str, object]) -> str:
    """What messages are grouped by: the rule, or the fingerprint of an event."""
    return str(row["rule"] or row["fingerprint"])[:140]


def begin(
    site: Site, many: Sequence[Told], channel: str, role: Role, audience: str, *, claimed: bool
) -> list[str]:
    """Make a row for each of these, or take the one that failed before; the names of those to be sent.

    Claimed rows belong to the caller, the others are due. Rows that were handed over before are left alone.
    Between an update of the code and its migration nothing is kept, and messages go on.
    """
    if not kept(site):
        return []
    wanted = {key(told, channel): told for told in many}
    there = _rows(site, {"name": ("in", list(wanted))}, ["name", "status", "attempts"]) if wanted else []
    known = {str(row["name"]) for row in there}
    fresh = {name: told for name, told in wanted.items() if name not in known}
    state: dict[str, object] = {"status": "Due", "attempts": 0, "claimed_at": None}
    if claimed:
        state = {"status": "Claimed", "attempts": 1, "claimed_at": site.now()}
    shared = state | {"channel": channel, "role": role, "audience": clean(audience)}
    site.insert_many(DOCTYPE, [_new(name, told) | shared for name, told in fresh.items()])
    again = [row for row in there if claimed and row["status"] in UNSENT]
    return [*fresh, *(name for row in again if (name := claim(site, row)))]


def report_key(site: Site, job: str, channel: str) -> str:
    """The name of the delivery of today's report by this channel."""
    return f"{job}-{site.now():%Y-%m-%d}-{channel}"


def begin_report(
    site: Site, key: str, job: str, channel: str, role: Role, audience: str, subject: str
) -> bool:
    """Make or take the row of a report; false where the channel took it over today already."""
    if not kept(site):
        return True
    row = site.get(DOCTYPE, key)
    if row is not None:
        return row["status"] in UNSENT and bool(claim(site, row))
    told = {"event": REPORT, "topic": job, "subject": one_line(subject, 300)}
    way = {"channel": channel, "role": role, "audience": clean(audience), "level": 1}
    state = {"status": "Claimed", "attempts": 1, "claimed_at": site.now()}
    site.insert_many(DOCTYPE, [{"name": key, "delivery_key": key, **told, **way, **state}])
    return True


def claim(site: Site, row: Row) -> str:
    """Compare-and-swap: the name of the row if this caller may send it now, else empty."""
    values = {"status": "Claimed", "claimed_at": site.now(), "attempts": int(row["attempts"] or 0) + 1}
    expect = {"status": row["status"], "attempts": int(row["attempts"] or 0)}
    return str(row["name"]) if site.update(DOCTYPE, str(row["name"]), values, expect=expect) else ""


def taken(site: Site, names: Iterable[str], receipt: Taken, subject: str) -> None:
    """The channel took the message over; where that is a proof already, it is proven."""
    now = site.now()
    values: dict[str, object] = {
        "status": "Proven" if receipt.proof else "Handed over",
        "handed_over_at": now,
        "reference": receipt.reference[:LONGEST_REFERENCE],
        "subject": one_line(subject, 300),
        "addresses": "\n".join(receipt.addresses),
    }
    if receipt.proof:
        values |= {"proof": clean(receipt.proof), "proven_at": now}
    for name in names if kept(site) else ():
        site.update(DOCTYPE, name, values, expect={"status": "Claimed"})


def failed(site: Site, names: Iterable[str], because: str, status: str = "Failed") -> None:
    """Add the reason, with its time, to what went wrong before; a reason that stands is not repeated."""
    wanted = list(names)
    fields = ["name", "status", "failure"]
    rows = _rows(site, {"name": ("in", wanted)}, fields) if wanted and kept(site) else []
    for row in rows:
        lines = [line for line in str(row["failure"] or "").splitlines() if line]
        if not lines or not lines[-1].endswith(f" {one_line(because, 500)}"):
            lines.append(f"{site.now():%Y-%m-%d %H:%M} {one_line(because, 500)}")
        values = {"status": status, "failure": "\n".join(lines[-MOST_FAILURES:])}
        site.update(DOCTYPE, str(row["name"]), values, expect={"status": row["status"]})


def waiting(site: Site, only: str = "") -> list[Row]:
    """Rows beside the first channel that are due, failed, or were claimed by a worker that died."""
    if not kept(site):
        return []
    filters: dict[str, object] = {
        "status": ("in", UNSENT),
        "role": ("in", BESIDE_THE_FIRST),
        "event": ("!=", REPORT),
    }
    if only:
        filters["alert"] = only
    fields = ["name", "alert", "event", "reason", "round", "channel", "role", "status", "attempts", "level"]
    rows = _rows(site, filters, [*fields, "claimed_at", "creation", "failure"], limit=MOST_AT_ONCE)
    now = site.now()
    return [row for row in rows if row["status"] != "Claimed" or _stale(row["claimed_at"], now)]


def told_before(site: Site, alerts: Collection[str]) -> dict[str, list[Row]]:
    """What the first channel took over about these alerts, by alert, oldest first."""
    fields = ["alert", "event", "round", "severity", "handed_over_at"]
    filters = {"alert": ("in", sorted(alerts)), "role": "First", "handed_over_at": ("is", "set")}
    by_alert: dict[str, list[Row]] = {}
    for row in _rows(site, filters, fields) if alerts and kept(site) else []:
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def first_told(site: Site, alerts: Collection[str]) -> dict[str, datetime]:
    """When the first message about each of these alerts was made, whatever became of it; site time."""
    found: dict[str, datetime] = {}
    filters = {"alert": ("in", sorted(alerts)), "event": "opened"}
    for row in _rows(site, filters, ["alert", "creation"]) if alerts else []:
        found.setdefault(str(row["alert"]), row["creation"])
    return found


def levels_told(site: Site, alert: str) -> list[int]:
    """The levels above the first that a channel took a message about this alert over for."""
    if not kept(site):
        return []
    filters = {"alert": alert, "event": "opened", "level": (">", 1), "handed_over_at": ("is", "set")}
    return sorted({int(row["level"]) for row in _rows(site, filters, ["level"])})


def addresses_told(site: Site, alert: str, channel: str, level: int) -> tuple[str, ...]:
    """Whom this channel wrote to when the alert was open, each once."""
    if not kept(site):
        return ()
    filters = {"alert": alert, "event": "opened", "channel": channel, "level": level}
    rows = _rows(site, filters, ["addresses"])
    return tuple(dict.fromkeys(line for row in rows for line in str(row["addresses"] or "").splitlines()))


def last_notifications(site: Site, topics: Collection[str]) -> dict[str, Notification]:
    """What each group was told last by the first channel: the newest message, and what it left open."""
    fields = ["alert", "event", "topic", "severity", "handed_over_at"]
    filters = {"topic": ("in", sorted(topics)), "role": "First", "handed_over_at": ("is", "set")}
    groups: dict[str, Notification] = {}
    if not topics or not kept(site):
        return groups
    for row in reversed(_rows(site, filters, fields, MOST_AT_ONCE, "handed_over_at desc, event desc")):
        before = groups.get(str(row["topic"]))
        left_open = dict(before.open) if before else {}
        if row["event"] == "opened":
            left_open[str(row["alert"])] = rank(str(row["severity"]))
        else:
            left_open.pop(str(row["alert"]), None)
        groups[str(row["topic"])] = Notification(row["handed_over_at"], left_open)
    return groups


def unproven(site: Site, since: datetime) -> list[Row]:
    """What a channel refused, lost or did not prove since then, newest first."""
    if not kept(site):
        return []
    fields = ["name", "alert", "event", "severity", "channel", "subject", "status", "failure", "creation"]
    filters = {"status": ("in", ("Failed", "Not proven", "Given up")), "creation": (">=", since)}
    return _rows(site, filters, fields, MOST_AT_ONCE, "creation desc, name")


def messages_by_alert(site: Site, since: datetime) -> dict[str, int]:
    """How many messages about each alert a first channel took over since then."""
    filters = {"role": "First", "handed_over_at": (">=", since)}
    rows = _rows(site, filters, ["alert"]) if kept(site) else []
    return Counter(str(row["alert"]) for row in rows)


def of_alerts(site: Site, names: Collection[str]) -> dict[str, list[Row]]:
    """Every delivery about these alerts, by alert, oldest first."""
    by_alert: dict[str, list[Row]] = {}
    fields = ["alert", "event", "channel", "role", "level", "status", "proof", "failure", "modified"]
    for row in _rows(site, {"alert": ("in", sorted(names))}, fields) if names and kept(site) else []:
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete rows older than this, which is past the retention of the alerts that they are about."""
    return site.delete(DOCTYPE, {"creation": ("<", older_than)}, limit=limit) if kept(site) else 0


def kept(site: Site) -> bool:
    """Whether this site keeps deliveries; before the migration that brings them it does not."""
    return site.has_doctype(DOCTYPE) and site.has_field(DOCTYPE, "level")


def _new(name: str, told: Told) -> dict[str, object]:
    return {
        "name": name,
        "delivery_key": name,
        "alert": told.row["name"],
        "event": told.event,
        "reason": told.reason,
        "severity": told.row["severity"],
        "topic": topic(told.row),
        "round": told.round,
        "level": told.level,
    }


def _rows(
    site: Site,
    filters: Mapping[str, object],
    fields: list[str],
    limit: int | None = None,
    order_by: str = "creation, name",
) -> list[Row]:
    return site.get_all(DOCTYPE, fields, filters, order_by=order_by, limit=limit)


def _stale(claimed_at: object, now: datetime) -> bool:
    """Whether the claim is too old; one from the future was made before the clock went back."""
    return not isinstance(claimed_at, datetime) or abs(now - claimed_at) >= STALE_CLAIM
