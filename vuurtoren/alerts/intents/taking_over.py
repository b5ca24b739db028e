"""What an earlier release kept in columns of System Alert becomes rows of Alert Notification; run any number
of times, it changes nothing that is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vuurtoren.alerts.intents.earlier_columns import DELIVERY
from vuurtoren.alerts.intents.row import DOCTYPE, EVENTS, PENDING, Event, key
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

AT_ONCE = 500
UNSENT = ("Due", "Claimed", "Failed")
FIELDS = ["alert", "event", "reason", "round", "level", "status", "failure", "handed_over_at", "creation"]


def take_over(site: Site, alerts: Sequence[Row]) -> int:
    """Write what was to be told of these alerts, whose rows hold `name`, `timestamp` and the six columns of
    before, and what was told of them before that; how many were written. Does not commit."""
    names = [str(alert["name"]) for alert in alerts]
    first = {"alert": ("in", names), "role": ("in", ("First", "Escalation"))}
    sent: dict[str, list[Row]] = {}
    for row in site.get_all(DELIVERY, FIELDS, first, order_by="round, creation") if names else []:
        sent.setdefault(str(row["alert"]), []).append(row)
    made = [row for alert in alerts for row in _of_alert(alert, sent.get(str(alert["name"]), []))]
    wanted = [row["name"] for row in made]
    there = site.get_all(DOCTYPE, ["name"], {"name": ("in", wanted)}) if wanted else []
    known = {row["name"] for row in there}
    fresh = [row for row in made if row["name"] not in known]
    site.insert_many(DOCTYPE, fresh)
    return len(fresh)


def _of_alert(alert: Row, sent: Sequence[Row]) -> Iterator[Row]:
    for event in EVENTS:
        usual = [row for row in sent if row["event"] == event and int(row["level"] or 1) == 1]
        told = [row for row in usual if row["handed_over_at"]]
        now = _current(alert, event, usual)
        yield from (_told(row) for row in told if not now or int(row["round"] or 0) != now["round"])
        yield from ([now] if now else [])
    climbed = [row for row in sent if row["event"] == "opened" and int(row["level"] or 1) > 1]
    yield from (_told(row) for row in climbed)


def _current(alert: Row, event: Event, usual: Sequence[Row]) -> Row | None:
    """The message that the columns are about, in the round after the last one that was told.

    What was routed goes on where its first delivery stands; what has none that waits is routed anew.
    """
    status = alert[f"{event}_mail"]
    if not status:
        return None
    last = usual[-1] if usual else None
    round_ = int(last["round"] or 0) if last else 0
    if last and last["handed_over_at"] and status in PENDING:
        round_, last = round_ + 1, None
    if status in ("Not sent", "Claimed") and not (last and last["status"] in UNSENT):
        status = "Due"
    at, because = alert[f"{event}_mail_at"], alert[f"{event}_mail_note"]
    reason = last["reason"] if last else ""
    about = {"alert": alert["name"], "event": event, "round": round_, "level": 1, "reason": reason}
    return _row(about, alert["timestamp"]) | {"status": status, "status_at": at, "because": because}


def _told(delivery: Row) -> Row:
    """A message of its own, by what became of its first delivery."""
    about = {name: delivery[name] for name in ("alert", "event", "reason")}
    numbers = {"round": int(delivery["round"] or 0), "level": int(delivery["level"] or 1)}
    status = "Not sent" if delivery["status"] in UNSENT else "Not wanted"
    state = {
        "status": "Handed over" if delivery["handed_over_at"] else status,
        "status_at": delivery["handed_over_at"],
    }
    return _row(about | numbers, delivery["creation"]) | state


def _row(about: Mapping[str, object], creation: object) -> Row:
    name = key(str(about["alert"]), str(about["event"]), int(str(about["round"])), int(str(about["level"])))
    stamps = {"creation": creation} if creation else {}
    return {"name": name, "notification_key": name, **about, **stamps}
