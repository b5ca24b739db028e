"""Who was told what, when, by which channel, proven or not; what is not told, and how to try it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vuurtoren.alerts import stored_silences
from vuurtoren.notifications import outbox
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Shown, as_csv
from vuurtoren.pages.parts import MailRoute, PageSection, SilenceView
from vuurtoren.pages.sections import alerts, monitor, routes
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.sections.routes import RoutesView
from vuurtoren.pages.views.alerts import Choice
from vuurtoren.pages.views.blocks.listing import Listing, paged
from vuurtoren.site.values import Row

READ = 2_000
STATUSES = ("Proven", "Handed over", "Due", "Claimed", "Not proven", "Failed", "Given up")
COLUMNS = (
    "time",
    "event",
    "severity",
    "channel",
    "role",
    "level",
    "status",
    "to",
    "subject",
    "alert",
    "proof",
    "failure",
)


@dataclass(frozen=True)
class Sent:
    """One message on one channel."""

    at: datetime | None
    event: str
    subject: str
    channel: str
    level: int
    status: str
    bad: bool
    to: str
    said: str
    href: str


@dataclass(frozen=True)
class NotificationsPage:
    """What was sent, the way that messages go, and what keeps them back."""

    sent: Listing[Sent]
    route: PageSection[MailRoute]
    quiet_hours: str
    order: str
    silences: tuple[SilenceView, ...]
    statuses: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    asked: Address
    csv: str
    settings_href: str
    silences_href: str
    routes: PageSection[RoutesView]


def build(facts: Facts, address: Address) -> Answer:
    filters = {name: address.text(name) for name in ("status", "channel") if address.text(name)}
    rows = outbox.newest(facts.site, filters, READ)
    if address.text("as") == "csv":
        return as_csv("notifications", COLUMNS, map(_plain, rows))
    listed = paged(rows, address)
    channels = facts.settings.channels
    known = sorted({*channels.order, *channels.in_parallel})
    page = NotificationsPage(
        sent=Listing(
            [_sent(facts, row) for row in listed.rows],
            listed.total,
            listed.first,
            listed.previous,
            listed.next,
        ),
        route=section(facts, "route", facts.translate("Who is told"), monitor.mail_route),
        quiet_hours=_quiet_hours(facts),
        order=" → ".join(channels.order)
        + (f" + {', '.join(channels.in_parallel)}" if channels.in_parallel else ""),
        silences=alerts.hushes(facts, stored_silences.current(facts.site)),
        statuses=tuple(
            Choice(each, facts.translate(each), address.text("status") == each) for each in STATUSES
        ),
        channels=tuple(Choice(each, each, address.text("channel") == each) for each in known),
        asked=address,
        csv=address.href(**{"as": "csv"}),
        settings_href=href("settings"),
        silences_href=facts.list_href("Alert Silence"),
        routes=section(facts, "routes", facts.translate("Who gets what"), routes.build),
    )
    return Shown(facts.translate("Notifications"), "views/notifications.html", page)


def _quiet_hours(facts: Facts) -> str:
    quiet = facts.settings.channels.quiet
    return "\n".join(f"{facts.translate(severity)} {each.said()}" for severity, each in quiet.items())


def _sent(facts: Facts, row: Row) -> Sent:
    status = str(row["status"])
    failure = str(row["failure"] or "").splitlines()
    return Sent(
        at=row["proven_at"] or row["handed_over_at"] or row["modified"],
        event=facts.translate(str(row["event"])),
        subject=str(row["subject"] or row["topic"] or ""),
        channel=str(row["channel"]),
        level=int(row["level"] or 1),
        status=facts.translate(status),
        bad=status in ("Not proven", "Failed", "Given up"),
        to=str(row["addresses"] or row["audience"] or "").replace("\n", ", "),
        said=str(row["proof"] or "") or "".join(failure[-1:]),
        href=href("alert", str(row["alert"])) if row["alert"] else "",
    )


def _plain(row: Row) -> tuple[object, ...]:
    to = str(row["addresses"] or row["audience"] or "")
    return (
        row["handed_over_at"] or row["modified"],
        row["event"],
        row["severity"],
        row["channel"],
        row["role"],
        row["level"],
        row["status"],
        to,
        row["subject"],
        row["alert"],
        row["proof"],
        row["failure"],
    )
