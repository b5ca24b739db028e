"""Messages that did not arrive, or of which nobody knows, for the reports."""

from __future__ import annotations

from datetime import datetime

from vuurtoren.alerts import alerts
from vuurtoren.notifications import outbox
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Translate

TITLE = "Messages that are not proven to have arrived"


def undelivered(site: Site, since: datetime) -> list[Row]:
    """Messages that a channel refused or is not proven to have carried, with what they said."""
    rows = outbox.unproven(site, since)
    names = sorted({str(row["alert"]) for row in rows})
    found = site.get_all(alerts.DOCTYPE, ["name", "message"], {"name": ("in", names)}) if names else []
    messages = {str(row["name"]): str(row["message"]) for row in found}
    return [row | {"message": messages.get(str(row["alert"]), str(row["subject"] or ""))} for row in rows]


def sentence(row: Row, say: Translate = str) -> str:
    """When, by which channel, what was to be said, and what went wrong last."""
    failures = str(row["failure"] or "").splitlines() or [say(str(row["status"]))]
    severity = say(row["severity"]) if row["severity"] else ""
    told = f"{severity} {row['message']}".strip()
    when, channel = moment(row["creation"], say), row["channel"]
    return f"{when} {channel}: {told} ({say(row['event'])}): {failures[-1]}"
