"""Open alerts with one cause as one incident: on the first page in short, and on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.alerts import DOCTYPE, OPEN_STATUSES
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.incidents.because import because
from vuurtoren.pages.facts import Facts, worst
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Missing, Shown
from vuurtoren.pages.parts import Alert, DisplayLevel
from vuurtoren.pages.sections import alerts
from vuurtoren.rules.rule import rank
from vuurtoren.site.values import Row

READ = 500
ENDED_WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class Also:
    """An alert that belongs to an incident, and why."""

    title: str
    because: str


@dataclass(frozen=True)
class IncidentView:
    """One incident: what it is about, how bad it is, and what belongs to it for which reason."""

    name: str
    title: str
    message: str
    severity: str
    level: DisplayLevel
    since: datetime
    taken: bool
    others: tuple[Also, ...]
    href: str
    pick: tuple[str, ...]

    def in_short(self, number: int) -> list[tuple[str, list[Also]]]:
        """The first so many of the others, each reason once with what belongs here for it."""
        shown: dict[str, list[Also]] = {}
        for also in self.others[:number]:
            shown.setdefault(also.because, []).append(also)
        return list(shown.items())


@dataclass(frozen=True)
class Happened:
    """One moment of the timeline of an incident."""

    at: datetime
    said: str
    note: str
    alert: str
    href: str


@dataclass(frozen=True)
class IncidentPage:
    """All alerts of an incident, the cause first, and what happened to any of them in order."""

    incident: IncidentView
    members: tuple[tuple[Alert, str], ...]
    timeline: tuple[Happened, ...]


def open_incidents(facts: Facts) -> list[IncidentView]:
    """The worst first; those that somebody works on come last."""
    rows = _rows(facts, ended=False)
    found = [_view(facts, each, rows) for each in alerts.grouped(facts, rows.values())]
    return sorted(found, key=lambda each: (each.taken, -rank(each.severity), -each.since.timestamp()))


def build(facts: Facts, address: Address) -> Answer:
    rows = _rows(facts, ended=True) if facts.has(DOCTYPE) else {}
    for each in alerts.grouped(facts, rows.values()):
        names = [member.name for member in each.members]
        if address.name in names:
            view = _view(facts, each, rows)
            cards = alerts.cards(facts, [rows[name] for name in names], stored_silences.current(facts.site))
            why = ("", *(also.because for also in view.others))
            members = tuple(zip(cards, why, strict=True))
            return Shown(view.title, "views/incident.html", IncidentPage(view, members, _timeline(cards)))
    return Missing(facts.translate("There is no incident {0}.").format(address.name))


def _rows(facts: Facts, *, ended: bool) -> dict[str, Row]:
    fields = [*dict.fromkeys([*alerts.FIELDS, *grouping.FIELDS])]
    opened = facts.site.get_all(
        DOCTYPE, fields, {"status": ("in", OPEN_STATUSES)}, order_by="timestamp desc", limit=READ
    )
    lately = {"status": "Resolved", "resolved_at": (">=", facts.now - ENDED_WITHIN)}
    over = facts.site.get_all(DOCTYPE, fields, lately, limit=READ) if ended else []
    return {str(row["name"]): row for row in (*opened, *over)}


def _view(facts: Facts, found: grouping.Incident, rows: dict[str, Row]) -> IncidentView:
    members = [rows[each.name] for each in found.members]
    root, still = members[0], [row for row in members if row["status"] != "Resolved"]
    active = [row for row in still if row["status"] == "Active"]
    return IncidentView(
        name=str(root["name"]),
        title=alerts.title(facts, root),
        message=alerts.message(facts, root),
        severity=max((str(row["severity"]) for row in still or members), key=rank),
        level=worst(alerts.level(row) for row in still) if still else "ok",
        since=found.root.began,
        taken=not still or alerts.are_taken(still),
        others=tuple(
            Also(alerts.in_short(facts, rows[each.name]), _because(facts, found, each, rows))
            for each in found.members[1:]
        ),
        href=href("incident", str(root["name"])) if len(members) > 1 else href("alert", str(root["name"])),
        pick=tuple(str(row["name"]) for row in active),
    )


def _because(facts: Facts, found: grouping.Incident, one: grouping.Member, rows: dict[str, Row]) -> str:
    """What links it to the first of them, else to the one that it is here because of."""
    linked = found.links.get(one.name) or next(
        each for each in found.members if found.links.get(each.name) == one
    )
    other = found.root if grouping.follows(one, found.root) else linked
    return because(facts.site, one, other, alerts.title(facts, rows[other.name]))


def _timeline(cards: tuple[Alert, ...]) -> tuple[Happened, ...]:
    happened = [
        Happened(step.at, step.said, step.note, card.title, card.href)
        for card in cards
        for step in card.steps
        if step.at
    ]
    return tuple(sorted(happened, key=lambda each: each.at))
