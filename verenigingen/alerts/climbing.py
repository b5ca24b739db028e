"""The climb of open alerts: a level that is reached is written down, and its recipients are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from verenigingen.alerts import alerts, outbox, routing, steps, stored_silences
from verenigingen.alerts.escalation import Level, Standing, reached
from verenigingen.alerts.messages import Told
from verenigingen.alerts.quantities import duration
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.silences import Silence, holding
from verenigingen.alerts.text import clean
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

FIELDS = ["name", "severity", "rule", "fingerprint", "escalation_level"]


def climb(site: Site, settings: Settings, silences: Sequence[Silence]) -> None:
    """Have each level that an unacknowledged alert has reached told, once; commits."""
    if not settings.levels or not outbox.kept(site):
        return
    rows = site.get_all(
        alerts.DOCTYPE, FIELDS, {"status": "Active"}, order_by="timestamp", limit=outbox.MOST_AT_ONCE
    )
    told_at = outbox.first_told(site, {str(row["name"]) for row in rows})
    for row in rows:
        if str(row["name"]) in told_at:
            standing = _standing(site, settings, silences, row, told_at[str(row["name"])])
            for level in reached(standing, settings.levels, site.now()):
                row["escalation_level"] = _take(site, settings, row, level)


def tell_levels(site: Site, settings: Settings, told: Told) -> None:
    """Have the levels that were told of this alert told of its end, or that it got worse. Does not commit."""
    if told.level == 1 and (told.event == "resolved" or told.reason == "escalated"):
        for number in outbox.levels_told(site, str(told.row["name"])):
            _begin(site, settings, replace(told, level=number))


def _take(site: Site, settings: Settings, row: Row, level: Level) -> int:
    """Compare-and-swap: whoever raises the level tells it. The level that the alert has then."""
    name, before = str(row["name"]), int(row["escalation_level"] or 0)
    expect = {"status": "Active", "escalation_level": row["escalation_level"]}
    full = site.get(alerts.DOCTYPE, name)
    if full and site.update(alerts.DOCTYPE, name, {"escalation_level": level.number}, expect=expect):
        _begin(site, settings, Told(full, "opened", "", "escalated", 0, level.number))
        at = settings.at(level.number)
        order = routing.route(site, at).order[:1]
        audience = clean(", ".join(channel.audience(site, at) for channel in order))
        text = site.translate("to level {0} after {1} without acknowledgement: {2}")
        waited = duration(level.after.total_seconds())
        steps.record(site, name, "Escalated", note=text.format(level.number, waited, audience))
        before = level.number
    site.commit()
    return before


def _begin(site: Site, settings: Settings, told: Told) -> None:
    at = settings.at(told.level)
    way = routing.route(site, at)
    for channel in way.parallel:
        outbox.begin(site, [told], channel.name, "Parallel", channel.audience(site, at), claimed=False)
    for channel in way.order[:1]:
        outbox.begin(site, [told], channel.name, "Escalation", channel.audience(site, at), claimed=False)


def _standing(
    site: Site, settings: Settings, silences: Sequence[Silence], row: Row, told_at: datetime
) -> Standing:
    severity, now = str(row["severity"]), site.now()
    rule, fingerprint = str(row["rule"] or ""), str(row["fingerprint"])
    quiet = settings.channels.quiet.get(severity)
    return Standing(
        since=max([told_at, *stored_silences.ended_since(site, rule, fingerprint, told_at)]),
        severity=severity,
        level=int(row["escalation_level"] or 0),
        held_back=bool(holding(silences, rule, fingerprint, "opened", now) or (quiet and quiet.ends_at(now))),
    )
