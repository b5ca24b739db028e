"""Events: told once each, without a condition that could end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from verenigingen.alerts import alerts
from verenigingen.alerts.alerts import Finding
from verenigingen.alerts.rule import SEVERITIES
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.text import clean, one_line
from verenigingen.site.protocol import Site

TOLD_AGAIN_AFTER = timedelta(hours=1)
CLOSED_AFTER = timedelta(days=7)
"""An event that nobody resolved is closed after this time."""
UNKNOWN_SEVERITY_IS = "HIGH"
SOURCE = "send_alert"


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
    known = _severity(severity)
    told = _as_mapping(details)
    if known is None:
        note = site.translate("“{0}” is no severity ({1}); told as {2}.")
        shown = note.format(one_line(severity, 60), ", ".join(SEVERITIES), UNKNOWN_SEVERITY_IS)
        told = {"severity_note": shown} | told
    finding = Finding(
        alert_type=one_line(alert_type, 140) or "EVENT",
        severity=known or UNKNOWN_SEVERITY_IS,
        kind="Event",
        message=clean(message).strip() or site.translate("(no message)"),
        fingerprint=_fingerprint(alert_type, known or UNKNOWN_SEVERITY_IS, message),
        since=site.now(),
        source=SOURCE,
        details=told,
    )
    return _counted_or_opened(site, settings, finding)


def _counted_or_opened(site: Site, settings: Settings, finding: Finding) -> str:
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
