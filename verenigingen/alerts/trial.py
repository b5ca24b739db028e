"""A test alert: sent like any other, and then told truthfully what happened to its message."""

from __future__ import annotations

from dataclasses import dataclass

from verenigingen.alerts import alerts, delivery
from verenigingen.alerts.delivery import Delivered
from verenigingen.alerts.events import record_event
from verenigingen.alerts.recipients import Recipients, recipients
from verenigingen.alerts.settings import Settings
from verenigingen.site.protocol import Site


@dataclass(frozen=True)
class Trial:
    """What happened: whether somebody took the message over, a sentence, and the alert's name."""

    handed_over: bool
    message: str
    alert_name: str


def try_out(site: Site, settings: Settings, alert_type: str = "TEST_ALERT") -> Trial:
    """Open a test alert, deliver its message, close the alert, and say what is known; commits."""
    text = site.translate("Test alert of {0}, asked for by {1} at {2}.")
    moment = f"{site.now():%Y-%m-%d %H:%M:%S}"
    name = record_event(site, settings, alert_type, "LOW", text.format(site.name, site.user(), moment))
    site.commit()
    delivered = delivery.deliver(site, settings, only=name)
    said = _said(site, settings, name, delivered, recipients(site, settings))
    alerts.resolve(site, name, said, settings=settings)
    site.commit()
    return Trial(bool(delivered.handed_over), said, name)


def _said(site: Site, settings: Settings, name: str, delivered: Delivered, people: Recipients) -> str:
    if delivered.handed_over:
        row = site.get(alerts.DOCTYPE, name) or {}
        text = site.translate("The message for {0} was taken over by {1}. Look whether it arrives.")
        return text.format(", ".join(people.addresses), row.get("opened_mail_note"))
    if not settings.tells:
        because = site.translate("messages are switched off in Monitoring Settings")
    else:
        noted = (site.get(alerts.DOCTYPE, name) or {}).get("opened_mail_note")
        because = delivered.because or people.problem or noted or site.translate("nobody took it over")
    return site.translate("The alert was stored, but no message left: {0}").format(because)
