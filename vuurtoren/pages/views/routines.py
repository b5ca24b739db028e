"""The lists of today, this week and this month: what data answers, what a person ticks, what was missed."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Missing, Shown
from vuurtoren.routines import periods, routines
from vuurtoren.routines.routine_report import TITLES
from vuurtoren.routines.routines import Calendar, Line
from vuurtoren.site.quantities import moment

ICONS = {"well": "ok", "look": "warning", "unknown": "unknown", "asked": "unknown"}


@dataclass(frozen=True)
class ItemView:
    """One item as the page shows it."""

    key: str
    title: str
    said: str
    icon: str
    done: bool
    ticked: str
    href: str


@dataclass(frozen=True)
class RoutineView:
    """One list."""

    key: str
    title: str
    items: tuple[ItemView, ...]
    left: int
    missed: tuple[str, ...]


def build(facts: Facts, address: Address) -> Answer:
    if not routines.kept(facts.site):
        return Missing(
            facts.translate("Routines come with the next migration: run `bench --site SITE migrate`")
        )
    found = tuple(_list(facts, each) for each in routines.calendars(facts.site, facts.settings))
    return Shown(facts.translate("Routines"), "views/reports/routines.html", found, live=False)


def _list(facts: Facts, calendar: Calendar) -> RoutineView:
    title = f"{facts.translate(TITLES[calendar.routine])} · {periods.named(calendar.period, facts.translate)}"
    items = tuple(_item(facts, line) for line in calendar.lines)
    return RoutineView(calendar.routine, title, items, len(calendar.left), calendar.missed)


def _item(facts: Facts, line: Line) -> ItemView:
    ticked = f"{line.done_by}, {moment(line.done_at, facts.translate)}" if line.done_at else ""
    return ItemView(
        line.key,
        facts.translate(line.item.title),
        line.said,
        "ok" if line.done else ICONS[line.state],
        line.done,
        f"{ticked}: {line.note}" if ticked and line.note else ticked,
        href(line.item.page) if line.item.page else "",
    )
