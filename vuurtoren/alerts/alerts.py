"""Rows of System Alert: opened, seen again, acknowledged, resolved; the last two are also taken back.

Nothing else changes a status.

Every change is a step in the log of the alert, and what is to be told of it is written, in the same
transaction; see `steps` and `intents`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from vuurtoren.alerts import steps, stored_state
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.row import Status
from vuurtoren.failures import error_boundary
from vuurtoren.privacy.redaction import redact
from vuurtoren.privacy.text import clean, one_line, storable
from vuurtoren.rules.rule import rank
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import AlreadyExists, Busy
from vuurtoren.site.markup import json_without_markup
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.strangers import LARGEST, json_value, whole
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

DOCTYPE = "System Alert"
OPEN_STATUSES = ("Active", "Acknowledged")
SAME_TICK = timedelta(seconds=20)
"""Two evaluations closer together than this are one tick, and count once."""
SIGHTING = ["name", "count", "last_seen"]
LONGEST_NOTE = 2000


class NotPossible(ValueError):
    """The alert cannot take that step now, or is not there; the message says why."""


@dataclass(frozen=True)
class AlertContent:
    """What is told in an alert; `since` is when it began (site time), `value` is None where there is none."""

    alert_type: str
    severity: str
    kind: str
    message: str
    fingerprint: str
    since: datetime
    source: str
    rule: str = ""
    runbook: str = ""
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    details: Mapping[str, Any] | None = None


def open_alert(site: Site, finding: AlertContent, settings: Settings) -> tuple[str, bool]:
    """The name of the one open alert with this fingerprint, and whether this call opened it.

    The database allows one open row per fingerprint: where another worker was first, its row is counted.
    """
    values = opened_values(site, finding)
    try:
        name = site.insert(DOCTYPE, values)
    except AlreadyExists:
        return _count_the_other(site, finding), False
    record_opening(site, name, finding, settings)
    return name, True


def opened_values(site: Site, finding: AlertContent) -> Row:
    """Every field of an alert that is opened now."""
    now = site.now()
    return _shown(finding) | {
        "alert_type": one_line(finding.alert_type, SHORT_TEXT_LENGTH),
        "severity": finding.severity,
        "status": "Active",
        "kind": finding.kind,
        "threshold": finding.threshold,
        "unit": finding.unit,
        "count": 1,
        "timestamp": now,
        "first_seen": min(finding.since, now),
        "last_seen": now,
        "runbook": finding.runbook,
        "source": one_line(finding.source, SHORT_TEXT_LENGTH),
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "open_fingerprint": finding.fingerprint,
    }


def seen_again(site: Site, finding: AlertContent, *, every_time: bool = False) -> str | None:
    """Count one more sighting on the open alert and show its newest value; None when none is open.

    Sightings of one tick count once, unless `every_time` says otherwise.
    """
    row = find_open(site, finding.fingerprint, SIGHTING)
    if row is None:
        return None
    site.update(
        DOCTYPE,
        row["name"],
        _sighting(site, finding, row, every_time=every_time),
        expect={"open_fingerprint": finding.fingerprint},
    )
    return str(row["name"])


class Open:
    """The open alerts as one evaluation found them: whoever counts many of them again reads them once."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @cached_property
    def _rows(self) -> dict[str, Row]:
        rows = open_rows(self._site, ["open_fingerprint", *SIGHTING])
        return {str(row["open_fingerprint"]): row for row in rows if row["open_fingerprint"]}

    def seen_again(self, finding: AlertContent) -> str | None:
        """The same as `seen_again`; a row that somebody has counted or ended meanwhile is read anew."""
        row = self._rows.get(finding.fingerprint)
        if row:
            as_read = {"open_fingerprint": finding.fingerprint, "last_seen": row["last_seen"]}
            values = _sighting(self._site, finding, row, every_time=False)
            if self._site.update(DOCTYPE, row["name"], values, expect=as_read):
                return str(row["name"])
        return seen_again(self._site, finding)


def _sighting(site: Site, finding: AlertContent, row: Row, *, every_time: bool) -> Row:
    now = site.now()
    last_seen = max(row["last_seen"] or now, now)
    new = every_time or last_seen - (row["last_seen"] or last_seen) >= SAME_TICK
    counted = min(whole(row["count"]) + new, LARGEST)
    return _shown(finding) | {"threshold": finding.threshold, "count": counted, "last_seen": last_seen}


def judged_by(site: Site, fingerprint: str, threshold: float | None) -> None:
    """Show the limit in force on an open alert that is ending; its value and message stay as told."""
    row = find_open(site, fingerprint, ["name", "threshold"])
    if row and threshold is not None and row["threshold"] != threshold:
        expect = {"open_fingerprint": fingerprint}
        site.update(DOCTYPE, str(row["name"]), {"threshold": threshold}, expect=expect)


def change_severity(site: Site, fingerprint: str, severity: str, why: str = "") -> str | None:
    """Raise or lower the severity of the open alert; its name, or None when nothing is open or changes.

    A severity above the one that people were told is told as “escalated” by the next delivery.
    """
    row = find_open(site, fingerprint, ["name", "severity"])
    if row is None or row["severity"] == severity:
        return None
    before = str(row["severity"])
    expect = {"open_fingerprint": fingerprint, "severity": before}
    if not site.update(DOCTYPE, row["name"], {"severity": severity}, expect=expect):
        return None
    said = f"{site.translate(before)} → {site.translate(severity)}"
    step: steps.Taken = "Severity raised" if rank(severity) > rank(before) else "Severity lowered"
    steps.record(site, str(row["name"]), step, note=f"{said}: {why}" if why else said)
    return str(row["name"])


def end(site: Site, fingerprint: str, resolution: str, settings: Settings) -> str | None:
    """Resolve the open alert because its condition ended; its name, or None when none is open."""
    row = find_open(site, fingerprint, ["name", "open_fingerprint", "first_seen", "kind", "assigned_to"])
    return str(row["name"]) if row and _resolve(site, row, "", resolution, settings) else None


def acknowledge(site: Site, name: str, note: str = "", user: str = "") -> None:
    """Record that a person has seen the alert; raises NotPossible unless it is Active."""
    row, said, by = existing(site, name), words(site, note), user or site.user()
    values = {
        "status": "Acknowledged",
        "acknowledged_by": by,
        "acknowledged_at": site.now(),
        "acknowledgement_note": said,
    }
    if not site.update(DOCTYPE, name, values, expect={"status": "Active"}):
        raise NotPossible(
            site.translate("This alert is {0}; only an active alert can be acknowledged.").format(
                site.translate(row["status"])
            )
        )
    steps.record(site, name, "Acknowledged", by=by, note=said)


def resolve(site: Site, name: str, note: str = "", user: str = "", settings: Settings | None = None) -> None:
    """Record that a person closes the alert; raises NotPossible when that happened already."""
    row, said = existing(site, name), words(site, note)
    settings = settings or Settings()
    if row["status"] == "Resolved" or not _resolve(site, row, user or site.user(), said, settings):
        raise NotPossible(site.translate("This alert is resolved already."))


def unacknowledge(site: Site, name: str, note: str = "", user: str = "") -> None:
    """Take an acknowledgement back; raises NotPossible unless the alert is Acknowledged as it was read."""
    row, said, by = existing(site, name), words(site, note), user or site.user()
    values = dict.fromkeys(("acknowledged_by", "acknowledged_at", "acknowledgement_note")) | {
        "status": "Active"
    }
    expect = {"status": "Acknowledged", "acknowledged_at": row["acknowledged_at"]}
    if not site.update(DOCTYPE, name, values, expect=expect):
        text = site.translate("This alert is {0}; only an acknowledgement can be taken back.")
        raise NotPossible(text.format(site.translate(row["status"])))
    steps.record(site, name, "Unacknowledged", by=by, note=said)


def reopen(site: Site, name: str, note: str = "", user: str = "", settings: Settings | None = None) -> None:
    """Take back that a person resolved the alert, which is acknowledged again if it was before.

    People who were told that it ended are told again that it is open. Raises NotPossible when it is open,
    when it ended by itself or its condition has ended since, and beside a newer open one of its fingerprint.
    """
    row, said, by = existing(site, name), words(site, note), user or site.user()
    _refuse_reopening(site, row)
    values = {
        "status": "Acknowledged" if row["acknowledged_at"] else "Active",
        "open_fingerprint": row["fingerprint"],
        **dict.fromkeys(("resolved_by", "resolved_at", "resolution")),
    }
    expect = {name: row[name] for name in ("status", "resolved_at")}
    try:
        reopened = site.update(DOCTYPE, name, values, expect=expect)
    except AlreadyExists:
        raise NotPossible(_newer_is_open(site)) from None
    if not reopened:
        raise NotPossible(site.translate("Somebody else changed it at this very moment: look again."))
    _take_end_back(site, name, settings or Settings())
    steps.record(site, name, "Reopened", by=by, note=said)
    if row["assigned_to"]:
        on_lists(site, name, str(row["assigned_to"]), one_line(row["message"], 160))


def existing(site: Site, name: str) -> Row:
    """The row of this alert; raises NotPossible when there is none, or when that can be no name."""
    row = site.get(DOCTYPE, name) if storable(name) and len(name) <= SHORT_TEXT_LENGTH else None
    if row is None:
        raise NotPossible(site.translate("There is no alert {0}.").format(one_line(name, 60)))
    return row


def words(site: Site, note: str) -> str:
    """What a person wrote, fit to be stored; raises NotPossible for what no person writes."""
    if len(note) > LONGEST_NOTE:
        text = site.translate("A note has at most {0} characters; this one has {1}.")
        raise NotPossible(text.format(LONGEST_NOTE, len(note)))
    if not storable(note):
        raise NotPossible(site.translate("The note holds control characters or broken ones: type it again."))
    return clean(note)


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete alerts that were resolved before this time, with all that is about them; how many alerts."""
    old = {"status": "Resolved", "resolved_at": ("<", older_than)}
    names = [str(row["name"]) for row in site.get_all(DOCTYPE, ["name"], old, limit=limit)]
    steps.forget(site, names)
    intents.forget(site, names)
    return site.delete(DOCTYPE, {"name": ("in", names)}, limit=limit) if names else 0


def rows_of(site: Site, names: Collection[str], fields: list[str]) -> dict[str, Row]:
    """These alerts by name; what is gone is left out."""
    rows = site.get_all(DOCTYPE, fields, {"name": ("in", sorted(names))}) if names else []
    return {str(row["name"]): row for row in rows}


def open_rows(site: Site, fields: list[str]) -> list[Row]:
    """Every open alert, newest first."""
    return site.get_all(DOCTYPE, fields, {"status": ("in", OPEN_STATUSES)}, order_by="timestamp desc")


def find_open(site: Site, fingerprint: str, fields: list[str]) -> Row | None:
    rows = site.get_all(DOCTYPE, fields, {"open_fingerprint": fingerprint}, limit=1)
    return rows[0] if rows else None


def details_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The stored details as a dict; what is no JSON object comes back under "text"."""
    stored = row.get("details")
    if isinstance(stored, dict):
        return stored
    try:
        loaded = json_value(stored or "{}")
    except ValueError:
        return {"text": str(stored)}
    return loaded if isinstance(loaded, dict) else {"details": loaded}


def value_of(row: Mapping[str, Any]) -> float | None:
    """The value where there is one: number columns hold 0 where nothing was measured."""
    return float(row["value"]) if row.get("kind") == "Breach" else None


def details_text(details: object) -> str:
    """Details as redacted JSON that every database takes, and that the desk does not take for markup."""
    text = json.dumps(redact(details), ensure_ascii=False)
    return json_without_markup(text.encode("utf-8", "replace").decode("utf-8"))


def _shown(finding: AlertContent) -> dict[str, Any]:
    return {
        "message": clean(finding.message),
        "value": finding.value,
        "details": details_text(dict(finding.details or {})),
    }


def _count_the_other(site: Site, finding: AlertContent) -> str:
    name = seen_again(site, finding)
    if name is None:
        # A snapshot of the database may be older than the row that stood in the way.
        site.commit()
        name = seen_again(site, finding)
    if name is None:
        raise Busy(Words("another worker opens and closes alert {0} at this moment", finding.fingerprint))
    return name


def _resolve(site: Site, row: Row, user: str, resolution: str, settings: Settings) -> bool:
    values = {
        "status": "Resolved",
        "resolved_by": user or None,
        "resolved_at": max(row["first_seen"] or site.now(), site.now()),
        "resolution": clean(resolution),
        "open_fingerprint": None,
    }
    if not site.update(DOCTYPE, row["name"], values, expect={"open_fingerprint": row["open_fingerprint"]}):
        return False
    wish, because = _wish(site, settings)
    if row["kind"] == "Event":
        wish, because = "Not wanted", site.translate("An event has no end to tell.")
    intents.write_again(site, str(row["name"]), "resolved", wish, because)
    steps.record(site, str(row["name"]), "Resolved", by=user, note=resolution)
    if row["assigned_to"]:
        on_lists(site, str(row["name"]), "", "")
    return True


def on_lists(site: Site, name: str, user: str, message: str) -> None:
    """The alert is on this user's list of what is to be done and on nobody else's; a list that refuses it is
    no reason not to go on."""
    with error_boundary(site, "the list of what is to be done"):
        site.close_todos(DOCTYPE, name)
        if user:
            site.give_todo(user, message, DOCTYPE, name)


def _refuse_reopening(site: Site, row: Row) -> None:
    if row["status"] != "Resolved":
        text = site.translate("This alert is {0}; only a resolved alert can be reopened.")
        raise NotPossible(text.format(site.translate(row["status"])))
    if not row["resolved_by"]:
        raise NotPossible(
            site.translate("It ended by itself: what goes wrong again opens an alert of its own.")
        )
    fingerprint = str(row["fingerprint"])
    if find_open(site, fingerprint, ["name"]):
        raise NotPossible(_newer_is_open(site))
    if row["rule"] and not stored_state.still_open(
        site, fingerprint, of_not_knowing=row["kind"] == "Unknown"
    ):
        raise NotPossible(site.translate("What it was about has ended since."))


def _newer_is_open(site: Site) -> str:
    return site.translate("A newer alert about the same is open.")


def _take_end_back(site: Site, name: str, settings: Settings) -> None:
    """The end of an alert that goes on is not told, or it is told once more that it is open."""
    end = intents.newest(intents.of_alerts(site, [name]).get(name, []), "resolved")
    because = site.translate("it was reopened first")
    if end is None or end["status"] == "Not wanted":
        return
    if end["status"] in ("Due", "Not sent") and intents.move(site, [end], "Not wanted", because=because):
        return
    intents.write_again(site, name, "opened", *_wish(site, settings))


def record_opening(
    site: Site, name: str, finding: AlertContent, settings: Settings, *, untold: str = ""
) -> None:
    """Write what is to be told of it, unless `untold` says why not, and the step: opened, or opened again
    when the same thing was resolved before."""
    status, because = _wish(site, settings)
    intents.write(site, name, "opened", "Not wanted" if untold else status, untold or because)
    before = site.get_all(
        DOCTYPE,
        ["name", "resolved_at"],
        {"fingerprint": finding.fingerprint, "status": "Resolved", "resolved_at": ("is", "set")},
        order_by="resolved_at desc",
        limit=1,
    )
    if not before:
        steps.record(site, name, "Opened", note=finding.message)
        return
    text = site.translate("it was resolved before, {0} as alert {1}")
    said = text.format(moment(before[0]["resolved_at"], site.translate), before[0]["name"])
    steps.record(site, name, "Reopened", note=f"{finding.message} ({said})")


def _wish(site: Site, settings: Settings) -> tuple[Status, str]:
    if settings.tells:
        return "Due", ""
    return "Not wanted", site.translate("Messages were switched off in Monitoring Settings.")
