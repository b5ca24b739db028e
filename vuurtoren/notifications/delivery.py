"""Telling as a second step: what is to be told is routed, what waits is sent, what was sent is followed.

What is to be told was written with the change of the alert, in one transaction; see `alerts.intents`.
"""

from __future__ import annotations

from vuurtoren.alerts import stored_silences
from vuurtoren.notifications import dispatch, escalate_due, planning, proof, reasons, routing
from vuurtoren.notifications.dispatch import Delivered
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site

__all__ = ["Delivered", "deliver"]

LOCK = "alert delivery"


def deliver(site: Site, settings: Settings, only: str = "") -> Delivered:
    """Hand over what is due, about one alert or all, and follow what was handed over before; commits.

    A refusal is written down and tried again at the next delivery, while the next channel tells it now; after
    a refusal the others of its channel are not tried, as a mail server that hangs would hold everything up.
    """
    with site.lock(LOCK) as had:
        if not had:
            return Delivered(because=site.translate("another delivery is at work and takes it along"))
        way, tried = routing.route(site, settings), set[str]()
        if settings.tells and not only:
            reasons.write_repeats(site, settings)
        ready = planning.plan(site, settings, way, only)
        if not settings.tells:
            return Delivered()
        done = dispatch.send_waiting(site, settings, way, ready, tried, only)
        if not only:
            fell_back = proof.follow(site, settings, way)
            climbed = escalate_due.escalate_due(site, settings, stored_silences.in_force(site))
            if fell_back or climbed:
                dispatch.send_waiting(site, settings, way, planning.plan(site, settings, way), tried)
        return done
