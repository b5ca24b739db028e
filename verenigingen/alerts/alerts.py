"""Rows of System Alert: opened, seen again, acknowledged, resolved. Nothing else changes a status.

Every change is a step in the log of the alert, in the same transaction; see `steps`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from verenigingen.alerts import steps
from verenigingen.alerts.rule import rank
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.text import clean, one_line, storable
from verenigingen.audit.redaction import redact
from verenigingen.site.errors import AlreadyExists, Busy
from verenigingen.site.markup import json_without_markup
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

DOCTYPE = "System Alert"
OPEN_STATUSES = ("Active", "Acknowledged")
SAME_TICK = timedelta(seconds=20)
"""Two evaluations closer together than this are one tick, and count once."""
PEOPLE = ("System Manager", "Verenigingen Administrator")
"""The roles that may see, acknowledge and resolve alerts."""
LONGEST_NOTE = 2000
LONGEST_NAME = 140


class NotPossible(ValueError):
    """The alert cannot take that step now, or is not there; the message says why."""


@dataclass(frozen=True)
class Finding:
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


def open_alert(site: Site, finding: Finding, settings: Settings) -> tuple[str, bool]:
    """The name of the one open alert with this fingerprint, and whether this call opened it.

    The database allows one open row per fingerprint: where another worker was first, its row is counted.
    """
    now = site.now()
    wish, note = _mail_wish(site, settings)
    values = _shown(finding) | {
        "alert_type": one_line(finding.alert_type, 140),
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
        "source": one_line(finding.source, 140),
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "open_fingerprint": finding.fingerprint,
        "opened_mail": wish,
        "opened_mail_note": note,
    }
    try:
        name = site.insert(DOCTYPE, values)
    except AlreadyExists:
        return _count_the_other(site, finding), False
    _record_opening(site, name, finding)
    return name, True


def seen_again(site: Site, finding: Finding, *, every_time: bool = False) -> str | None:
    """Count one more sighting on the open alert and show its newest value; None when none is open.

    Sightings of one tick count once, unless `every_time` says otherwise.
    """
    row = find_open(site, finding.fingerprint, ["name", "count", "last_seen"])
    if row is None:
        return None
    now = site.now()
    last_seen = max(row["last_seen"] or now, now)
    new = every_time or last_seen - (row["last_seen"] or last_seen) >= SAME_TICK
    counted = int(row["count"] or 0) + new
    values = _shown(finding) | {"threshold": finding.threshold, "count": counted, "last_seen": last_seen}
    site.update(DOCTYPE, row["name"], values, expect={"open_fingerprint": finding.fingerprint})
    return str(row["name"])


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
    row = find_open(site, fingerprint, ["name", "open_fingerprint", "first_seen", "kind"])
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


def existing(site: Site, name: str) -> Row:
    """The row of this alert; raises NotPossible when there is none, or when that can be no name."""
    row = site.get(DOCTYPE, name) if storable(name) and len(name) <= LONGEST_NAME else None
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
    """Delete alerts that were resolved before this time, with their steps; how many alerts."""
    old = {"status": "Resolved", "resolved_at": ("<", older_than)}
    names = [str(row["name"]) for row in site.get_all(DOCTYPE, ["name"], old, limit=limit)]
    steps.forget(site, names)
    return site.delete(DOCTYPE, {"name": ("in", names)}, limit=limit) if names else 0


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
        loaded = json.loads(stored or "{}")
    except (TypeError, ValueError):
        return {"text": str(stored)}
    return loaded if isinstance(loaded, dict) else {"details": loaded}


def value_of(row: Mapping[str, Any]) -> float | None:
    """The value where there is one: number columns hold 0 where nothing was measured."""
    return float(row["value"]) if row.get("kind") == "Breach" else None


def details_text(details: object) -> str:
    """Details as redacted JSON that every database takes, and that the desk does not take for markup."""
    text = json.dumps(redact(details), ensure_ascii=False)
    return json_without_markup(text.encode("utf-8", "replace").decode("utf-8"))


def _shown(finding: Finding) -> dict[str, Any]:
    return {
        "message": clean(finding.message),
        "value": finding.value,
        "details": details_text(dict(finding.details or {})),
    }


def _count_the_other(site: Site, finding: Finding) -> str:
    name = seen_again(site, finding)
    if name is None:
        # A snapshot of the database may be older than the row that stood in the way.
        site.commit()
        name = seen_again(site, finding)
    if name is None:
        raise Busy(f"another worker opens and closes alert {finding.fingerprint} at this moment")
    return name


def _resolve(site: Site, row: Row, user: str, resolution: str, settings: Settings) -> bool:
    wish, note = _mail_wish(site, settings)
    if row["kind"] == "Event":
        wish, note = "Not wanted", site.translate("An event has no end to tell.")
    values = {
        "status": "Resolved",
        "resolved_by": user or None,
        "resolved_at": max(row["first_seen"] or site.now(), site.now()),
        "resolution": clean(resolution),
        "open_fingerprint": None,
        "resolved_mail": wish,
        "resolved_mail_note": note,
    }
    if not site.update(DOCTYPE, row["name"], values, expect={"open_fingerprint": row["open_fingerprint"]}):
        return False
    steps.record(site, str(row["name"]), "Resolved", by=user, note=resolution)
    return True


def _record_opening(site: Site, name: str, finding: Finding) -> None:
    """Opened, or opened again, when the same thing was resolved before."""
    before = site.get_all(
        DOCTYPE,
        ["name", "resolved_at"],
        {"fingerprint": finding.fingerprint, "status": "Resolved"},
        order_by="resolved_at desc",
        limit=1,
    )
    if not before:
        steps.record(site, name, "Opened", note=finding.message)
        return
    text = site.translate("it was resolved before, {0} as alert {1}")
    said = text.format(f"{before[0]['resolved_at']:%Y-%m-%d %H:%M}", before[0]["name"])
    steps.record(site, name, "Reopened", note=f"{finding.message} ({said})")


def _mail_wish(site: Site, settings: Settings) -> tuple[str, str]:
    if settings.tells:
        return "Due", ""
    return "Not wanted", site.translate("Messages were switched off in Monitoring Settings.")
