"""A report goes to the first channel that takes it, and to the next one when it is refused or not proven."""

from __future__ import annotations

from collections.abc import Callable

from vuurtoren.notifications import dispatch, messages, outbox, routing
from vuurtoren.notifications.channels.channel import Channel, Notice
from vuurtoren.outward.templating import Message
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site


def send_report(site: Site, settings: Settings, job: str, compose: Callable[[], Message]) -> str:
    """Hand today's report over; why no channel took it, or empty. Commits.

    A channel that took it over today without a proof is passed by: see `proof`.
    """
    reasons, message = [], compose()
    for position, channel in enumerate(routing.route(site, settings).order):
        key = outbox.report_key(site, job, channel.name)
        role: outbox.Role = "Fallback" if position else "First"
        audience = channel.audience(site, settings)
        if not outbox.begin_report(site, key, job, channel.name, role, audience, message.subject):
            continue
        site.commit()
        because = channel.hindrance(site, settings)
        because = because or _give(site, settings, channel, key, message, compose)
        outbox.failed(site, [key] if because else [], because)
        site.commit()
        if not because:
            return ""
        reasons.append(because)
    return "; ".join(reasons) or site.translate("no channel is left that could carry it")


def _give(
    site: Site,
    settings: Settings,
    channel: Channel,
    key: str,
    message: Message,
    compose: Callable[[], Message],
) -> str:
    notice = Notice(
        delivery=key,
        event="report",
        severity="LOW",
        subject=message.subject,
        text=message.text,
        html=message.html,
        url=site.url(messages.PAGE),
        sent_at_utc=site.now_utc(),
        compose=compose,
    )
    return dispatch.give(site, settings, channel, lambda: notice, [key])[1]
