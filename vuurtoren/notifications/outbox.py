"""Rows of Alert Delivery: one for each thing told, channel and round, with what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from vuurtoren.alerts.intents.row import EVENTS, in_hand
from vuurtoren.notifications.channels.channel import Receipt
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.notifying import LastNotification
from vuurtoren.privacy.text import clean, one_line
from vuurtoren.rules.rule import SEVERITIES, rank
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row

DOCTYPE = "Alert Delivery"
Role = Literal["First", "Fallback", "Parallel", "Escalation"]
REPORT = "report"
"""The event of a delivery that is a report: about no alert, its topic is the job."""
ROLES: tuple[Role, ...] = get_args(Role)
UNSENT = ("Due", "Claimed", "Failed")
MOST_FAILURES = 20
MOST_AT_ONCE = 500
LONGEST_REFERENCE = 2000
FIELDS = [
    "name", "alert", "event", "reason", "round", "level", "channel", "role", "status", "attempts",
    "claimed_at", "creation", "failure",
]  # fmt: skip


def key(told: Notification, channel: str) -> str:
    """The name of a delivery; the database allows each once."""
    usual = f"{told.row['name']}-{told.event}-{told.round}-{channel}"
    if told.level > 1:
        return f"{usual}-level-{told.level}"
    return f"{usual}-route-{told.route}" if told.route else usual


def topic(row: Mapping[str, object]) -> str:
    """What messages are grouped by: the rule, or the fingerprint of an event."""
    return str(row["rule"] or row["fingerprint"])[:SHORT_TEXT_LENGTH]


def begin(site: Site, many: Sequence[Notification], channel: str, role: Role, audience: str) -> None:
    """Make a row that is due for each of these; what was begun before is left alone. Does not commit."""
    wanted = {key(told, channel): told for told in many}
    there = {str(row["name"]) for row in _rows(site, {"name": ("in", list(wanted))}, ["name"])}
    way = {"channel": channel, "role": role, "audience": clean(audience), "status": "Due"}
    fresh = [_new(name, told) | way for name, told in wanted.items() if name not in there]
    site.insert_many(DOCTYPE, fresh)


def report_key(site: Site, job: str, channel: str) -> str:
    """The name of the delivery of today's report by this channel."""
    return f"{job}-{site.now():%Y-%m-%d}-{channel}"


def begin_report(
    site: Site, key: str, job: str, channel: str, role: Role, audience: str, subject: str
) -> bool:
    """Make and take the row of a report; false where the channel took it over today already."""
    row = site.get(DOCTYPE, key)
    if row is None:
        told = {"event": REPORT, "topic": job, "subject": one_line(subject, 300), "level": 1}
        way = {"channel": channel, "role": role, "audience": clean(audience), "status": "Due"}
        site.insert_many(DOCTYPE, [{"name": key, "delivery_key": key} | told | way])
        row = {"name": key, "status": "Due", "attempts": 0}
    return row["status"] in UNSENT and claim(site, [row])


def claim(site: Site, rows: Sequence[Row]) -> bool:
    """Compare-and-swap of all: whether this caller, and no other, may send these now. Does not commit.

    Otherwise the caller rolls back.
    """
    states: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        states.setdefault((str(row["status"]), int(row["attempts"] or 0)), []).append(str(row["name"]))
    return all(
        site.update_all(
            DOCTYPE,
            {"name": ("in", names), "status": status, "attempts": attempts},
            {"status": "Claimed", "claimed_at": site.now(), "attempts": attempts + 1},
        )
        == len(names)
        for (status, attempts), names in states.items()
    )


def taken(site: Site, names: Sequence[str], receipt: Receipt, subject: str) -> None:
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
    site.update_all(DOCTYPE, {"name": ("in", list(names)), "status": "Claimed"}, values)


def failed(site: Site, names: Iterable[str], because: str, status: str = "Failed") -> None:
    """Add the reason, with its time, to what went wrong before; a reason that stands is not repeated."""
    said, fields = one_line(because, 500), ["name", "status", "failure"]
    states: dict[tuple[str, str], list[str]] = {}
    for row in _rows(site, {"name": ("in", list(names))}, fields):
        lines = [line for line in str(row["failure"] or "").splitlines() if line]
        if not lines or not lines[-1].endswith(f" {said}"):
            lines.append(f"{site.now():%Y-%m-%d %H:%M} {said}")
        failure = "\n".join(lines[-MOST_FAILURES:])
        if (row["status"], row["failure"]) != (status, failure):
            states.setdefault((str(row["status"]), failure), []).append(str(row["name"]))
    for (before, failure), changed in states.items():
        expect = {"name": ("in", changed), "status": before}
        site.update_all(DOCTYPE, expect, {"status": status, "failure": failure})


def groups_waiting(site: Site, only: str = "") -> list[tuple[str, int, str]]:
    """Channel, level and route of what is not sent; usual recipients and first channels come first."""
    fields = ["level", "role", "channel", *_route_field(site)]
    found = [(*group, "")[:4] for group in site.tally(DOCTYPE, fields, _waiting(only))]
    ordered = sorted(found, key=lambda group: (group[0], ROLES.index(group[1]), group[2], group[3] or ""))
    return list(
        dict.fromkeys((str(channel), int(level), str(way or "")) for level, _, channel, way in ordered)
    )


def waiting(site: Site, channel: str, level: int, only: str = "", route: str = "") -> list[Row]:
    """What is due on this channel, failed, or was claimed by a worker that died; oldest first."""
    filters = _waiting(only) | {"channel": channel, "level": level} | _of_route(site, route)
    now = site.now()
    rows = _rows(site, filters, [*FIELDS, *_route_field(site)], limit=MOST_AT_ONCE)
    return [row for row in rows if not in_hand(row, row["claimed_at"], now)]


def _waiting(only: str) -> dict[str, object]:
    filters: dict[str, object] = {"status": ("in", UNSENT), "event": ("in", EVENTS), "role": ("in", ROLES)}
    return filters | ({"alert": only} if only else {})


def told_before(site: Site, alerts: Collection[str]) -> dict[str, list[Row]]:
    """What the first channel took over about these alerts, by alert, oldest first."""
    fields = ["alert", "event", "round", "severity", "handed_over_at"]
    filters = {"alert": ("in", sorted(alerts)), "role": "First", "handed_over_at": ("is", "set")}
    by_alert: dict[str, list[Row]] = {}
    for row in _rows(site, filters, fields) if alerts else []:
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def first_told(site: Site, alerts: Collection[str]) -> dict[str, datetime]:
    """When the first message about each of these alerts was made, whatever became of it; site time."""
    found: dict[str, datetime] = {}
    filters = {"alert": ("in", sorted(alerts)), "event": "opened"}
    for row in _rows(site, filters, ["alert", "creation"]) if alerts else []:
        found.setdefault(str(row["alert"]), row["creation"])
    return found


def levels_told(site: Site, alerts: Collection[str]) -> dict[str, set[int]]:
    """The levels above the first that a channel took a message over for, by alert."""
    told = {"event": "opened", "level": (">", 1), "handed_over_at": ("is", "set")}
    found: dict[str, set[int]] = {}
    for row in _rows(site, told | {"alert": ("in", sorted(alerts))}, ["alert", "level"]) if alerts else []:
        found.setdefault(str(row["alert"]), set()).add(int(row["level"]))
    return found


def routes_told(site: Site, alerts: Collection[str]) -> dict[str, set[str]]:
    """The routes on which a channel took an opening over, by alert; empty stands for the usual recipients."""
    told = {
        "event": "opened",
        "level": 1,
        "handed_over_at": ("is", "set"),
        "role": ("in", ("First", "Fallback")),
    }
    found: dict[str, set[str]] = {}
    if not alerts or not _route_field(site):
        return found
    about = {"alert": ("in", sorted(alerts))}
    beside = {"role": "Parallel", "route": ("is", "set")}
    for filters in (told | about, told | about | beside):
        for row in _rows(site, filters, ["alert", "route"]):
            found.setdefault(str(row["alert"]), set()).add(str(row["route"] or ""))
    return found


def addresses_told(site: Site, alert: str, channel: str, level: int, route: str = "") -> tuple[str, ...]:
    """Whom this channel wrote to when the alert was open, each once."""
    filters = {"alert": alert, "event": "opened", "channel": channel, "level": level}
    rows = _rows(site, filters | _of_route(site, route), ["addresses"])
    return tuple(dict.fromkeys(line for row in rows for line in str(row["addresses"] or "").splitlines()))


def last_notifications(site: Site, topics: Collection[str]) -> dict[str, LastNotification]:
    """What each group was told last by the first channel: the newest message, and what it left open."""
    fields = ["alert", "event", "topic", "severity", "handed_over_at"]
    filters = {"topic": ("in", sorted(topics)), "role": "First", "handed_over_at": ("is", "set")}
    groups: dict[str, LastNotification] = {}
    if not topics:
        return groups
    for row in reversed(_rows(site, filters, fields, MOST_AT_ONCE, "handed_over_at desc, event desc")):
        before = groups.get(str(row["topic"]))
        left_open = dict(before.open) if before else {}
        if row["event"] == "opened":
            left_open[str(row["alert"])] = rank(str(row["severity"]))
        else:
            left_open.pop(str(row["alert"]), None)
        groups[str(row["topic"])] = LastNotification(row["handed_over_at"], left_open)
    return groups


def unproven(site: Site, since: datetime) -> list[Row]:
    """What a channel refused, lost or did not prove since then, newest first."""
    fields = ["name", "alert", "event", "severity", "channel", "subject", "status", "failure", "creation"]
    filters = {"status": ("in", ("Failed", "Not proven", "Given up")), "creation": (">=", since)}
    return _rows(site, filters, fields, MOST_AT_ONCE, "creation desc, name")


def messages_by_alert(site: Site, since: datetime) -> dict[str, int]:
    """How many messages about each alert a first channel took over since then."""
    filters = {"role": "First", "handed_over_at": (">=", since)}
    return Counter(str(row["alert"]) for row in _rows(site, filters, ["alert"]))


def of_alerts(site: Site, names: Collection[str]) -> dict[str, list[Row]]:
    """Every delivery about these alerts, by alert, oldest first."""
    by_alert: dict[str, list[Row]] = {}
    fields = [
        "alert", "event", "channel", "role", "level", "status", "proof", "failure", "modified", "subject",
        "audience", "addresses", "handed_over_at", "proven_at", "attempts",
    ]  # fmt: skip
    for row in _rows(site, {"alert": ("in", sorted(names))}, fields) if names else []:
        by_alert.setdefault(str(row["alert"]), []).append(row)
    return by_alert


def newest(site: Site, filters: Mapping[str, object], limit: int) -> list[Row]:
    """The newest deliveries that fit, with every field that people read; none before their migration."""
    fields = [
        "name", "alert", "event", "severity", "subject", "topic", "channel", "role", "level", "status",
        "audience", "addresses", "proof", "failure", "handed_over_at", "proven_at", "modified",
    ]  # fmt: skip
    return _rows(site, filters, fields, limit, "creation desc, name desc")


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete rows older than this, which is past the retention of the alerts that they are about."""
    return site.delete(DOCTYPE, {"creation": ("<", older_than)}, limit=limit)


def _new(name: str, told: Notification) -> dict[str, object]:
    return {
        "name": name,
        "delivery_key": name,
        "alert": told.row["name"],
        "event": told.event,
        "reason": told.reason,
        "severity": told.row["severity"] if told.row["severity"] in SEVERITIES else "",
        "topic": topic(told.row),
        "round": told.round,
        "level": told.level,
        **({"route": told.route} if told.route else {}),
    }


def _route_field(site: Site) -> list[str]:
    """Nothing before the migration that brings it."""
    return ["route"] if site.has_field(DOCTYPE, "route") else []


def _of_route(site: Site, route: str) -> dict[str, object]:
    if not _route_field(site):
        return {}
    return {"route": route or ("is", "not set")}


def _rows(
    site: Site,
    filters: Mapping[str, object],
    fields: list[str],
    limit: int | None = None,
    order_by: str = "creation, name",
) -> list[Row]:
    return site.get_all(DOCTYPE, fields, filters, order_by=order_by, limit=limit)
