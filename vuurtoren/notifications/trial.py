"""A test alert: sent like any other, and then told truthfully what happened to its message."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.notifications import delivery, outbox
from vuurtoren.notifications.delivery import Delivered
from vuurtoren.notifications.recipients import Recipients, recipients
from vuurtoren.settings.channels import MAIL
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural

USUAL_INTERVAL_SECONDS = 240
"""How often Frappe's scheduler has the queue flushed."""


@dataclass(frozen=True)
class Trial:
    """What happened: whether somebody took the message over, a sentence, and the alert's name."""

    handed_over: bool
    message: str
    alert_name: str


def send_test_alert(site: Site, settings: Settings, alert_type: str = "TEST_ALERT") -> Trial:
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
    noted = intents.columns(site, [name])[name]["opened_mail_note"]
    if delivered.handed_over:
        text = site.translate("The message for {0} was taken over by {1}. Look whether it arrives.")
        said = text.format(", ".join(people.addresses), noted)
        return " ".join([said, *_what_it_waits_for(site, name)])
    if not settings.tells:
        because = site.translate("messages are switched off in Monitoring Settings")
    else:
        because = delivered.because or people.problem or noted or site.translate("nobody took it over")
    return site.translate("The alert was stored, but no message left: {0}").format(because)


def _what_it_waits_for(site: Site, name: str) -> list[str]:
    """What has to happen before a message that was only queued leaves; nothing where it has left."""
    queued = {"alert": name, "channel": MAIL, "status": "Handed over"}
    if not site.count(outbox.DOCTYPE, queued):
        return []
    state = site.scheduler()
    minutes = round(int(site.conf("scheduler_interval") or USUAL_INTERVAL_SECONDS) / 60)
    text = plural(
        site.translate,
        minutes,
        "It waits for the next flush of the queue, which is due within about a minute.",
        "It waits for the next flush of the queue, which is due within about {0} minutes.",
    )
    if not state.enabled:
        text = site.translate("It waits for the next flush of the queue, which nobody starts: {0}.")
        return [text.format(state.inactive_because)]
    if state.dormant:
        text = site.translate("It waits for the next flush of the queue, within 24 hours: {0}.")
        return [text.format(state.dormant_because)]
    return [text.format(minutes)]
