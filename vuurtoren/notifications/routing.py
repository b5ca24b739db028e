"""Which channel comes first, which next, and which beside it, for the settings that hold now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vuurtoren.failures import report
from vuurtoren.notifications import messages, outbox
from vuurtoren.notifications.channels.channel import Channel, Notice
from vuurtoren.notifications.channels.registry import channels
from vuurtoren.notifications.messages import Notification
from vuurtoren.outward.page_paths import path_of_alert
from vuurtoren.outward.templating import Message
from vuurtoren.settings.channels import DESK
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

FACTS = (
    "name", "alert_type", "severity", "status", "kind", "message", "value", "threshold", "unit", "rule",
    "fingerprint", "first_seen", "resolved_at", "resolution",
)  # fmt: skip


@dataclass(frozen=True)
class Route:
    """Channels by name, the order that messages try, and those that get every message beside the first."""

    known: Mapping[str, Channel]
    order: tuple[Channel, ...]
    parallel: tuple[Channel, ...]

    @property
    def bell(self) -> tuple[Channel, ...]:
        """The bell of the desk where it only stands in for a channel that is proven later, such as mail."""
        return tuple(channel for channel in self.order[1:] if channel.name == DESK)

    def after(self, name: str) -> tuple[Channel, ...]:
        """The channels that come after this one; all when it is no longer in the order."""
        names = [channel.name for channel in self.order]
        return self.order[names.index(name) + 1 :] if name in names else self.order


def route(site: Site, settings: Settings) -> Route:
    """The route of messages; a channel that nobody knows is reported and skipped."""
    known = channels(site)
    wanted = (*settings.channels.order, *settings.channels.in_parallel)
    unknown = sorted({name for name in wanted if name not in known})
    if unknown:
        text = site.translate("no channel has this name: {0}").format(", ".join(unknown))
        report(site, "channels in Monitoring Settings", text)
    order = tuple(known[name] for name in settings.channels.order if name in known)
    parallel = tuple(known[name] for name in settings.channels.in_parallel if name in known)
    return Route(known, order or parallel[:1], parallel if order else parallel[1:])


def no_worker_is_left(site: Site) -> bool:
    """Whether a mail server that hangs would hold the last worker of the bench, and so the ticks to come.

    A worker that is busy now, this one too, may be so for minutes. False where no worker sends mails.
    """
    try:
        queues = site.queues()
    except Unavailable:
        return False
    return 0 < queues.workers <= max(1, queues.busy_workers)


def fall_back(site: Site, settings: Settings, way: Route, many: Sequence[Notification], after: str) -> str:
    """Have the next usable channel tell these; its name, or empty when there is none. Does not commit."""
    for channel in way.after(after):
        if not channel.hindrance(site, settings):
            audience = channel.audience(site, settings)
            outbox.begin(site, many, channel.name, "Fallback", audience)
            return channel.name
    return ""


def notice(site: Site, many: Sequence[Notification], channel: str) -> Notice:
    """The message about these for one channel: about one alert, or one summary."""
    single = many[0] if len(many) == 1 else None

    def compose() -> Message:
        return messages.about_one(site, single) if single else messages.about_many(site, many)

    message = compose()
    first = min(many, key=lambda told: told.urgency)
    return Notice(
        delivery=outbox.key(first, channel),
        event=first.event if single else "summary",
        severity=str(first.row["severity"]),
        subject=message.subject,
        text=message.text,
        html=message.html,
        url=site.url(path_of_alert(str(single.row["name"])) if single else messages.PAGE),
        sent_at_utc=site.now_utc(),
        alert=str(single.row["name"]) if single else "",
        opens_thread=bool(single) and first.event == "opened" and not first.round,
        level=first.level,
        told_before=_told_before(site, single, channel),
        facts=tuple(_facts(site, told) for told in many),
        compose=compose,
    )


def _facts(site: Site, told: Notification) -> dict[str, object]:
    page = site.url(path_of_alert(str(told.row["name"])))
    said = {"headline": messages.headline(site, told), "event": told.event, "url": page}
    return {name: told.row.get(name) for name in FACTS} | said


def _told_before(site: Site, single: Notification | None, channel: str) -> tuple[str, ...]:
    """Everybody who was told that it began is told that it is over, even if they are no recipients now."""
    if single is None or single.event != "resolved":
        return ()
    return outbox.addresses_told(site, str(single.row["name"]), channel, single.level, single.route)
