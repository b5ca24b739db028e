"""The climb of open alerts: a level that is reached is written down, and whom to tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vuurtoren.alerts import alerts, steps, stored_silences
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.silences import Silence, holding
from vuurtoren.notifications import outbox, routing
from vuurtoren.privacy.text import clean
from vuurtoren.settings.escalation import EscalationLevel, EscalationState, reached
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration
from vuurtoren.site.values import Row

FIELDS = ["name", "severity", "rule", "fingerprint", "escalation_level"]


def escalate_due(site: Site, settings: Settings, silences: Sequence[Silence]) -> bool:
    """Write each level that an unacknowledged alert has reached, and that it is to be told, once; whether
    there was one. Commits."""
    climbed = False
    if not settings.levels or not intents.ready(site):
        return climbed
    rows = site.get_all(
        alerts.DOCTYPE, FIELDS, {"status": "Active"}, order_by="timestamp", limit=outbox.MOST_AT_ONCE
    )
    told_at = outbox.first_told(site, {str(row["name"]) for row in rows})
    for row in rows:
        if str(row["name"]) in told_at:
            standing = _standing(site, settings, silences, row, told_at[str(row["name"])])
            for level in reached(standing, settings.levels, site.now()):
                row["escalation_level"] = _take(site, settings, row, level)
                climbed = True
    return climbed


def _take(site: Site, settings: Settings, row: Row, level: EscalationLevel) -> int:
    """Compare-and-swap: whoever raises the level tells it. The level that the alert has then."""
    name, before = str(row["name"]), int(row["escalation_level"] or 0)
    expect = {"status": "Active", "escalation_level": row["escalation_level"]}
    if site.update(alerts.DOCTYPE, name, {"escalation_level": level.number}, expect=expect):
        intents.write_again(site, name, "opened", level=level.number, reason="escalated")
        at = settings.at(level.number)
        order = routing.route(site, at).order[:1]
        audience = clean(", ".join(channel.audience(site, at) for channel in order))
        text = site.translate("to level {0} after {1} without acknowledgement: {2}")
        waited = duration(level.after.total_seconds(), site.translate)
        steps.record(site, name, "Escalated", note=text.format(level.number, waited, audience))
        before = level.number
    site.commit()
    return before


def _standing(
    site: Site, settings: Settings, silences: Sequence[Silence], row: Row, told_at: datetime
) -> EscalationState:
    severity, now = str(row["severity"]), site.now()
    rule, fingerprint = str(row["rule"] or ""), str(row["fingerprint"])
    quiet = settings.channels.quiet.get(severity)
    return EscalationState(
        since=max([told_at, *stored_silences.ended_since(site, rule, fingerprint, told_at)]),
        severity=severity,
        level=int(row["escalation_level"] or 0),
        held_back=bool(
            holding(silences, rule, fingerprint, "opened", now, severity) or (quiet and quiet.ends_at(now))
        ),
    )
