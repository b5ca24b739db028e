"""The numbers of the workspace in Frappe's desk, and of the badge in its bar; what nobody knows says so."""

from __future__ import annotations

from typing import Any

from vuurtoren.alerts.alerts import open_rows
from vuurtoren.health import liveness
from vuurtoren.pages.formats import Formats
from vuurtoren.rules.rule import rank
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site

CARDS = {
    "errors_last_day": ("errors.windows", "errors.last_day"),
    "mails_waiting": ("mail.queue", "mail.waiting"),
    "jobs_waiting": ("queues", "queues.depth"),
    "trail_verified": ("audit.trail", "audit.verification_ok"),
}
"""The source and the metric of each card that measures."""
SEVERE = "HIGH"


def measured(site: Site, card: str) -> str:
    """What a card shows: a number with its unit, or that it is unknown."""
    source, key = CARDS[card]
    metric = collect(site, (source,)).get(key)
    if not metric.known:
        return site.translate("unknown")
    return Formats(site.translate).text(metric.value, metric.unit)


def open_alerts(site: Site, least: str = "LOW") -> str:
    """How many alerts of this severity and worse are open; unknown while the monitor does not judge."""
    found = _open(site, least)
    return site.translate("unknown") if found is None else str(found)


def badge(site: Site) -> dict[str, Any]:
    """How many alerts are open and how many of them are severe; None while the monitor does not judge."""
    return {"open": _open(site, "LOW"), "severe": _open(site, SEVERE)}


def _open(site: Site, least: str) -> int | None:
    if liveness.pulse(site)[0].status != "ok":
        return None
    return sum(rank(str(row["severity"])) >= rank(least) for row in open_rows(site, ["severity"]))
