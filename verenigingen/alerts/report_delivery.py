"""A report goes to the first channel that takes it, and to the next one when it is refused or not proven."""

from __future__ import annotations

from verenigingen.alerts import dispatch, messages, outbox, routing
from verenigingen.alerts.channels.channel import Channel, Notice
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.templating import Message
from verenigingen.site.protocol import Site


def hand_over(site: Site, settings: Settings, job: str, message: Message) -> str:
    """Hand today's report over; why no channel took it, or empty. Commits.

    A channel that took it over today without a proof is passed by: see `proof`.
    """
    reasons = []
    for position, channel in enumerate(routing.route(site, settings).order):
        key = outbox.report_key(site, job, channel.name)
        role: outbox.Role = "Fallback" if position else "First"
        audience = channel.audience(site, settings)
        if not outbox.begin_report(site, key, job, channel.name, role, audience, message.subject):
            continue
        site.commit()
        because = channel.hindrance(site, settings)
        if because:
            outbox.failed(site, [key], because)
        else:
            because = _give(site, settings, channel, key, message)
        site.commit()
        if not because:
            return ""
        reasons.append(because)
    return "; ".join(reasons) or site.translate("no channel is left that could carry it")


def _give(site: Site, settings: Settings, channel: Channel, key: str, message: Message) -> str:
    notice = Notice(
        delivery=key,
        event="report",
        severity="LOW",
        subject=message.subject,
        text=message.text,
        html=message.html,
        url=site.url(messages.PAGE),
        sent_at_utc=site.now_utc(),
    )
    return dispatch.give(site, settings, channel, lambda: notice, [key])[1]
