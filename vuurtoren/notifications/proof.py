"""Delivered means proven: what was handed over is followed until it left, or the next channel tells it."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.alerts import alerts
from vuurtoren.failures import error_boundary
from vuurtoren.health import readiness, runs
from vuurtoren.notifications import outbox, routing
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routing import Route
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Proof, Row
from vuurtoren.site.words.plurals import plural

FOLLOWED_FOR = timedelta(days=1)
"""What is not proven by then stays unproven."""
FIELDS = [
    "name",
    "alert",
    "event",
    "reason",
    "round",
    "channel",
    "role",
    "status",
    "level",
    "route",
    "topic",
    "handed_over_at",
    "reference",
]


def follow(site: Site, settings: Settings, way: Route) -> bool:
    """Ask the channels about everything that they took over during the last day; whether another one is to
    tell some of it. Commits."""
    filters = {
        "status": ("in", ("Handed over", "Not proven")),
        "handed_over_at": (">=", site.now() - FOLLOWED_FOR),
    }
    fields = readiness.kept_fields(site, outbox.DOCTYPE, FIELDS)
    rows = site.get_all(outbox.DOCTYPE, fields, filters, order_by="handed_over_at", limit=outbox.MOST_AT_ONCE)
    known: dict[tuple[str, str], Proof | None] = {}
    fell_back = False
    for row in rows:
        asked = (str(row["channel"]), str(row["reference"] or ""))
        if asked not in known:
            known[asked] = _proof(site, way, *asked)
        fell_back |= _settle(site, settings, way, row, known[asked])
        site.commit()
    return fell_back


def _proof(site: Site, way: Route, name: str, reference: str) -> Proof | None:
    """What the channel knows; None when it could not be asked, which is neither proof nor failure."""
    channel = way.known.get(name)
    if channel is None:
        return Proof("failed", site.translate("there is no channel {0} any more").format(name))
    answer: Proof | None = None
    with error_boundary(site, f"proof of {name}"):
        answer = channel.prove(site, reference)
    return answer


def _settle(site: Site, settings: Settings, way: Route, row: Row, proof: Proof | None) -> bool:
    """Write what is known; whether another channel is to tell it."""
    name, expect = str(row["name"]), {"status": row["status"]}
    if proof and proof.state == "proven":
        values = {"status": "Proven", "proof": proof.detail, "proven_at": site.now()}
        site.update(outbox.DOCTYPE, name, values, expect=expect)
        return False
    because = _overdue(site, settings, row, proof)
    if not because or row["status"] == "Not proven":
        return False
    outbox.failed(site, [name], because, status="Not proven")
    if row["event"] == outbox.REPORT:
        runs.undo(site, str(row["topic"]), because)
        return False
    alert = site.get(alerts.DOCTYPE, str(row["alert"]))
    if alert is None or row["role"] == "Parallel":
        return False
    round_, level, key = int(row["round"] or 0), int(row["level"] or 1), str(row.get("route") or "")
    told = Notification(alert, row["event"], "", row["reason"], round_, level, route=key)
    at = stored_routes.at(site, settings, level, key)
    way = way if level == 1 and not at.route else routing.route(site, at)
    return bool(routing.fall_back(site, at, way, [told], str(row["channel"])))


def _overdue(site: Site, settings: Settings, row: Row, proof: Proof | None) -> str:
    """Why this message counts as not delivered, or empty while it may still be on its way."""
    if proof and proof.state == "failed":
        return proof.detail
    if abs(site.now() - row["handed_over_at"]) < settings.channels.proof_after:
        return ""
    minutes = int(settings.channels.proof_after.total_seconds() // 60)
    said = proof.detail if proof else site.translate("its channel could not be asked")
    text = plural(
        site.translate, minutes, "not proven within a minute: {1}", "not proven within {0} minutes: {1}"
    )
    return text.format(minutes, said)
