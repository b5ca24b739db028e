"""The page that the daily report and the weekly digest have in common: figures, then lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vuurtoren.notifications.messages import PAGE, footer
from vuurtoren.outward.templating import Link, Message, render
from vuurtoren.privacy.text import one_line
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration
from vuurtoren.site.values import Row

MOST_LINES = 30


@dataclass(frozen=True)
class Part:
    """A titled list of sentences."""

    title: str
    lines: list[str]


@dataclass(frozen=True)
class ReportPage:
    """Everything that the templates report.html and report.txt show."""

    colour: str
    eyebrow: str
    headline: str
    facts: list[tuple[str, str]]
    parts: list[Part] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    footer: str = ""


def part(site: Site, title: str, rows: Iterable[Any], line: Callable[[Any], str]) -> Part:
    """One sentence a row, thirty at most and then how many more there are."""
    every = list(rows)
    lines = [one_line(line(row), 500) for row in every[:MOST_LINES]]
    if len(every) > MOST_LINES:
        lines.append(site.translate("and {0} more").format(len(every) - MOST_LINES))
    return Part(site.translate(title), lines)


def open_for(site: Site, row: Row, now: datetime) -> str:
    """The sentence about an open alert: severity, message, how long, and whether anybody has seen it."""
    age = duration(max(0.0, (now - (row["first_seen"] or now)).total_seconds()), site.translate)
    text = site.translate("{0} {1} (open for {2}, {3})")
    return text.format(site.translate(row["severity"]), row["message"], age, site.translate(row["status"]))


def message(
    site: Site,
    subject: str,
    *,
    colour: str,
    title: str,
    headline: str,
    facts: list[tuple[str, str]],
    parts: Iterable[Part],
) -> Message:
    """The message, without empty parts and with a link to the page; `title` says which report it is."""
    page = ReportPage(
        colour=colour,
        eyebrow=f"{title} · {site.name}",
        headline=headline,
        facts=facts,
        parts=[each for each in parts if each.lines],
        links=[Link(site.translate("Monitoring page"), site.url(PAGE))],
        footer=footer(site),
    )
    text, html = render(site, "report", page)
    return Message(subject, text, html)
