"""Errors by kind: how often today and yesterday, their course over seven days, what is new or back again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from vuurtoren.error_kinds import decisions, occurrences, queries
from vuurtoren.error_kinds.decisions import Decision
from vuurtoren.error_kinds.queries import KindSeen
from vuurtoren.pages.charts.spark import spark_bars
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Shown, as_csv
from vuurtoren.pages.parts import Errors, PageSection
from vuurtoren.pages.sections import errors
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.views.alerts import Tab
from vuurtoren.pages.views.blocks.listing import Listing, paged
from vuurtoren.pages.views.error import state_of
from vuurtoren.site.words.plurals import plural

DAYS, SLICE_HOURS = 7, 6
ONE_DAY = timedelta(days=1)
SHOWN = ("all", "new", "back")
COLUMNS = ("kind", "title", "culprit", "today", "yesterday", "days_7", "in_all", "first_seen", "last_seen")


@dataclass(frozen=True)
class KindRow:
    """One kind of error with its numbers; `new` was first seen within a day, `back` not for a week, or not
    since somebody said that it is mended."""

    key: str
    title: str
    culprit: str
    today: int
    yesterday: int
    week: int
    total: int
    first_seen: datetime
    last_seen: datetime
    new: bool
    back: bool
    spark: Markup
    href: str
    state: str
    owner: str


@dataclass(frozen=True)
class ErrorsPage:
    """The counts of all errors, and the kinds behind them."""

    counts: PageSection[Errors]
    tabs: tuple[Tab, ...]
    kinds: PageSection[Listing[KindRow]]
    searched: str
    csv: str


def build(facts: Facts, address: Address) -> Answer:
    rows = section(facts, "kinds", facts.translate("Kinds of errors"), lambda facts: _rows(facts, address))
    if address.text("as") == "csv":
        return as_csv("errors", COLUMNS, map(_plain, rows.content or ()))
    listed = None if rows.content is None else paged(rows.content, address)
    show = address.choice("show", *SHOWN)
    titles = {
        "all": facts.translate("All"),
        "new": facts.translate("New"),
        "back": facts.translate("Back again"),
    }
    page = ErrorsPage(
        counts=section(facts, "errors", facts.translate("Errors"), errors.build),
        tabs=tuple(
            Tab(titles[key], address.href(show="" if key == "all" else key), key == show) for key in SHOWN
        ),
        kinds=PageSection("kinds", facts.translate("Kinds of errors"), listed, rows.problem),
        searched=address.text("text"),
        csv=address.href(**{"as": "csv"}),
    )
    return Shown(facts.translate("Errors"), "views/errors.html", page)


def _rows(facts: Facts, address: Address) -> list[KindRow]:
    kinds = queries.kinds_between(facts.site, _first(facts))
    counted = occurrences.courses(facts.site, [kind.fingerprint for kind in kinds])
    decided = decisions.of_kinds(facts.site, [kind.fingerprint for kind in kinds])
    rows = [
        _row(
            facts,
            kind,
            counted.get(kind.fingerprint, Counter()),
            decided.get(kind.fingerprint, Decision()),
        )
        for kind in kinds
    ]
    show, text = address.choice("show", *SHOWN), address.text("text").casefold()
    chosen = [row for row in rows if show == "all" or (row.new if show == "new" else row.back)]
    found = [row for row in chosen if not text or text in f"{row.title} {row.culprit}".casefold()]
    return sorted(found, key=lambda row: (-row.today, -row.week, row.key))


def _first(facts: Facts) -> datetime:
    """The beginning of the oldest slice."""
    running = facts.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return running - timedelta(days=DAYS)


def _row(facts: Facts, kind: KindSeen, counted: Counter[datetime], decision: Decision) -> KindRow:
    first, now = _first(facts), facts.now
    slices = [0] * (DAYS * 24 // SLICE_HOURS)
    for when, number in counted.items():
        if when >= first:
            slices[min(int((when - first) / timedelta(hours=SLICE_HOURS)), len(slices) - 1)] += number
    today = _between(counted, now - ONE_DAY, now)
    yesterday = _between(counted, now - 2 * ONE_DAY, now - ONE_DAY)
    quiet = not _between(counted, now - timedelta(days=8), now - ONE_DAY)
    new = now - kind.first_seen < ONE_DAY
    said = plural(facts.translate, kind.count, "1 error in 7 days", "{0} errors in 7 days").format(kind.count)
    return KindRow(
        kind.fingerprint, kind.title, kind.culprit, today, yesterday, kind.count, kind.total, kind.first_seen,
        kind.last_seen, new, decision.back(kind.last_seen) or bool(today and quiet and not new),
        spark_bars(slices, said), href("error", kind.fingerprint),
        "" if decision.back(kind.last_seen) else state_of(facts, decision, kind.last_seen), decision.owned_by,
    )  # fmt: skip


def _between(counted: Counter[datetime], since: datetime, until: datetime) -> int:
    return sum(number for when, number in counted.items() if since <= when < until)


def _plain(row: KindRow) -> tuple[object, ...]:
    return (
        row.key, row.title, row.culprit, row.today, row.yesterday, row.week, row.total, row.first_seen,
        row.last_seen,
    )  # fmt: skip
