"""What changed on the site: beside a fault the likeliest changes, on a chart marks, on Now a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from vuurtoren.changes import before, stored, suspects
from vuurtoren.changes.change import APP, CONFIGURATION, DOCTYPE, PATCHES, RULE, Change, said, said_together
from vuurtoren.changes.suspects import Fault, steps
from vuurtoren.pages.charts.series import Span
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import href
from vuurtoren.site.quantities import duration
from vuurtoren.site.words.plurals import plural

MARKED = 100


@dataclass(frozen=True)
class Suspected:
    """A change before a fault: how long before, what, by whom, and where it is seen."""

    at: datetime
    said: str
    before: str
    by: str
    href: str


def suspected(facts: Facts, fault: Fault) -> tuple[Suspected, ...]:
    """The likeliest changes before the fault, the likeliest first."""
    return tuple(
        Suspected(
            each.at,
            said_together(facts.site, each.changes),
            duration(max(fault.began - each.at, timedelta()).total_seconds(), facts.translate),
            each.changes[0].changed_by,
            where(facts, each.changes[0]),
        )
        for each in before.suspects(facts.site, fault)
    )


def where(facts: Facts, change: Change) -> str:
    """The page of the rule or the form of the document that changed; else the list of changes."""
    if change.kind == RULE:
        return href("rule", change.subject)
    if change.kind in (APP, PATCHES, CONFIGURATION, "User") or change.action == "Removed":
        return facts.list_href(DOCTYPE)
    return (
        facts.form_href(change.kind, change.subject) if facts.has(change.kind) else facts.list_href(DOCTYPE)
    )


def marks(facts: Facts, since: datetime, until: datetime) -> tuple[Span, ...]:
    """A mark for each moment at which the site changed, at most a hundred, with all that changed then."""
    found = suspects.marks(stored.between(facts.site, since, until))
    found.sort(key=lambda each: (each.at, each.key))
    by_moment = groupby(found, key=lambda each: each.at.replace(second=0, microsecond=0))
    spans = [Span(at, at, "; ".join(_few(facts, some))) for at, some in by_moment]
    return tuple(spans[-MARKED:])


def _few(facts: Facts, some: Iterable[Change]) -> Iterator[str]:
    told = [said(facts.site, each) for each in some]
    yield from told[:5]
    if len(told) > 5:
        yield facts.translate("and {0} more").format(len(told) - 5)


def lately(facts: Facts, since: datetime, most: int) -> list[tuple[str, str]]:
    """What changed since then, updates with their patches, and where each is seen; the newest first."""
    found = [each for each in stored.between(facts.site, since, facts.now) if each.kind != RULE]
    told = sorted(steps(found), key=lambda step: step[0].at, reverse=True)
    text = facts.translate("{0}, by {1}")
    lines = []
    for step in told[:most]:
        line = said_together(facts.site, step)
        by = step[0].changed_by
        lines.append((text.format(line, by) if by else line, where(facts, step[0])))
    rest = len(told) - most
    if rest > 0:
        more = plural(
            facts.translate, rest, "1 more change of the site", "{0} more changes of the site"
        ).format(rest)
        lines.append((more, facts.list_href(DOCTYPE)))
    return lines
