"""Events: told once each, without a condition that could end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.alerts.alerts import AlertContent
from vuurtoren.privacy.text import clean, one_line
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.strangers import NotReadable, json_value, moment_or_none
from vuurtoren.site.values import Row

TOLD_AGAIN_AFTER = timedelta(hours=1)
CLOSED_AFTER = timedelta(days=7)
"""An event that nobody resolved is closed after this time."""
UNKNOWN_SEVERITY_IS = "HIGH"
SOURCE = "send_alert"
STATUSES_OF_NEW = (None, "", "Active", "Open")
SEVERITY_WHEN_NOT_STATED = "MEDIUM"
SOURCE_OF_INSERTED = "inserted by other code"
NOT_TOLD_AGAIN = "The same was told within the hour."


def record_event(
    site: Site,
    settings: Settings,
    alert_type: object,
    severity: object,
    message: object,
    details: object = None,
) -> str:
    """Store an event without committing, and return the alert's name; the next delivery tells it.

    The same type, severity and message within an hour are counted on the open alert; after an hour they are
    told again in a new one. A severity that does not exist is told as HIGH, and the details say so.
    """
    finding = content(site, alert_type, severity, message, details)
    return _counted_or_opened(site, settings, finding)


def content(
    site: Site,
    alert_type: object,
    severity: object,
    message: object,
    details: object,
    *,
    source: str = SOURCE,
) -> AlertContent:
    """What an event tells, from whatever was handed over."""
    known = _severity(severity)
    told = _as_mapping(details)
    if known is None:
        note = site.translate("“{0}” is no severity ({1}); told as {2}.")
        shown = note.format(one_line(severity, 60), ", ".join(SEVERITIES), UNKNOWN_SEVERITY_IS)
        told = {"severity_note": shown} | told
    return AlertContent(
        alert_type=one_line(alert_type, SHORT_TEXT_LENGTH) or "EVENT",
        severity=known or UNKNOWN_SEVERITY_IS,
        kind="Event",
        message=clean(message).strip() or site.translate("(no message)"),
        fingerprint=_fingerprint(alert_type, known or UNKNOWN_SEVERITY_IS, message),
        since=site.now(),
        source=source,
        details=told,
    )


def _counted_or_opened(site: Site, settings: Settings, finding: AlertContent) -> str:
    row = alerts.find_open(site, finding.fingerprint, ["name", "timestamp"])
    if row and abs(site.now() - row["timestamp"]) < TOLD_AGAIN_AFTER:
        counted = alerts.seen_again(site, finding, every_time=True)
        if counted:
            return counted
    if row:
        alerts.end(site, finding.fingerprint, site.translate("Told again in a newer alert."), settings)
    return alerts.open_alert(site, finding, settings)[0]


def _severity(given: object) -> str | None:
    text = str(given).strip().upper()
    return text if text in SEVERITIES else None


def _as_mapping(details: object) -> dict[str, Any]:
    if isinstance(details, Mapping):
        return dict(details)
    return {} if details in (None, "") else {"details": details}


def _fingerprint(alert_type: object, severity: str, message: object) -> str:
    parts = "\0".join((str(alert_type), severity, str(message)))
    return "event " + hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:40]


# what other code inserts as a document by itself
def complete_inserted(
    site: Site, settings: Settings, given: Mapping[str, Any]
) -> tuple[Row, Callable[[str], None]]:
    """What is stored of an alert that was inserted directly, and what records its opening under its name.

    Times, kind and severity are filled where they are missing, texts are redacted. Of the same thing one
    alert is open: an older one ends; within an hour it is not told again. Raises NotPossible with a sentence
    for a status that no new alert has, and where nothing says what it is about.
    """
    if given.get("status") not in STATUSES_OF_NEW:
        raise alerts.NotPossible(
            site.translate("A new alert is Active; its status changes by acknowledging and resolving only.")
        )
    said = [str(given[part]).strip() for part in ("subject", "message") if given.get(part)]
    kind = str(given.get("alert_type") or "").strip()
    if not (kind and any(said)):
        raise alerts.NotPossible(site.translate("An alert needs its alert_type and a message."))
    finding = content(
        site,
        kind,
        given.get("severity") or SEVERITY_WHEN_NOT_STATED,
        ": ".join(said),
        _given_details(given.get("details")),
        source=str(given.get("source") or SOURCE_OF_INSERTED),
    )
    values = alerts.opened_values(site, finding)
    told_at = _told_before(site, settings, finding)
    untold = site.translate(NOT_TOLD_AGAIN) if told_at else ""
    values |= {"first_seen": told_at} if told_at else {}
    moment = moment_or_none(given.get("timestamp"))
    if moment and moment <= values["timestamp"]:
        values |= {"timestamp": moment, "first_seen": min(moment, values["first_seen"])}
    return values, lambda name: alerts.record_opening(site, name, finding, settings, untold=untold)


def _told_before(site: Site, settings: Settings, finding: AlertContent) -> datetime | None:
    """End an older alert about the same; since when it is told, if that is within the hour."""
    before = alerts.find_open(site, finding.fingerprint, ["name", "first_seen"])
    if before is None:
        return None
    alerts.end(site, finding.fingerprint, site.translate("Told again in a newer alert."), settings)
    told_at: datetime | None = before["first_seen"]
    lately = told_at is not None and abs(site.now() - told_at) < TOLD_AGAIN_AFTER
    return told_at if lately else None


def _given_details(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json_value(given or "{}")
    except NotReadable:
        return given
