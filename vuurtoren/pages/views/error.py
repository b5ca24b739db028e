"""One kind of error: its course, its first and last, the traceback as code, and the single errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.alerts.alerts import details_of
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.people import people
from vuurtoren.analytics.reach import starts
from vuurtoren.changes.faults import fault
from vuurtoren.error_kinds import decisions, occurrences, queries
from vuurtoren.error_kinds.decisions import Decision
from vuurtoren.error_kinds.kinds import DOCTYPE
from vuurtoren.error_kinds.occurrences import Occurrence
from vuurtoren.metrics.subject import Subject
from vuurtoren.outward.page_paths import path_of
from vuurtoren.pages.charts.bar_chart import Bar, BarChart
from vuurtoren.pages.charts.series import Span
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Answer, Missing, Shown
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.views.alerts import Tab
from vuurtoren.pages.views.blocks.changed import Suspected, marks, suspected
from vuurtoren.pages.views.blocks.touched import ReachBlock, reach_of
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.quantities import day, moment
from vuurtoren.site.values import Row

ON_A_PAGE = 25
ALERTS_READ = 200
ABOUT_ERRORS = tuple(rule.key for rule in BY_KEY.values() if rule.metric.startswith("errors."))
"""The rules whose numbers errors make up."""
TOUCHED = 8
RANGES = {"7d": (28, 6), "24h": (24, 1), "35d": (35, 24)}
"""By name: how many bars, and how many hours each."""


@dataclass(frozen=True)
class One:
    """A single error: when, who, and what it was about."""

    when: datetime
    user: str
    about: str
    about_href: str
    log: str
    log_href: str


@dataclass(frozen=True)
class Touched:
    """Whom or what the shown errors touched, with how many of them."""

    title: str
    found: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ErrorPage:
    """Everything that is known about one kind of error."""

    key: str
    title: str
    culprit: str
    source: str
    count: int
    first_seen: datetime | None
    last_seen: datetime | None
    example: str
    ranges: tuple[Tab, ...]
    chart: BarChart
    ones: tuple[One, ...]
    older: str
    touched: tuple[Touched, ...]
    suspects: tuple[Suspected, ...]
    reach: ReachBlock | None
    address: str
    form_href: str
    decision: Decision
    state: str
    people: tuple[str, ...]


def build(facts: Facts, address: Address) -> Answer:
    row = facts.site.get(DOCTYPE, address.name) if facts.has(DOCTYPE) and len(address.name) <= 140 else None
    if row is None:
        return Missing(facts.translate("No error is known as {0}.").format(address.name))
    key = str(row["name"])
    counted, decision = queries.buckets_of(row), decisions.of_kind(facts.site, key)
    before = address.moment("before") or facts.now + timedelta(hours=1)
    found = occurrences.occurrences(facts.site, key, before, ON_A_PAGE)
    asked = address.choice("range", *RANGES)
    titles = {
        "24h": facts.translate("24 hours"),
        "7d": facts.translate("7 days"),
        "35d": facts.translate("35 days"),
    }
    page = ErrorPage(
        key=key,
        title=str(row["title"] or ""),
        culprit=str(row["culprit"] or ""),
        source=str(row["source"] or ""),
        count=int(row["count"] or 0),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        example=str(row["example"] or ""),
        ranges=tuple(Tab(title, address.href(range=name), name == asked) for name, title in titles.items()),
        chart=_chart(facts, key, counted, *RANGES[asked]),
        ones=tuple(_one(facts, each) for each in found.found),
        older=address.href(before=found.older.isoformat()) if found.older else "",
        touched=tuple(_touched(facts, found.found)),
        suspects=section(facts, "changed", "", lambda facts: _suspects(facts, row)).content or (),
        reach=section(
            facts, "reach", "", lambda facts: reach_of(facts, starts.of_kind(facts.site, key))
        ).content,
        address=facts.site.url(path_of("error", key)),
        form_href=facts.form_href(DOCTYPE, key),
        decision=decision,
        state=state_of(facts, decision, row["last_seen"]),
        people=people(facts.site),
    )
    return Shown(page.title or key, "views/error.html", page)


def _suspects(facts: Facts, row: Row) -> tuple[Suspected, ...]:
    if not row["first_seen"]:
        return ()
    about = [Subject("error kind", str(row["name"]))]
    return suspected(facts, fault(facts.site, row["first_seen"], subjects=about))


def state_of(facts: Facts, decision: Decision, last_seen: datetime | None) -> str:
    """In one word how it stands with the kind; empty where nobody decided anything."""
    if decision.back(last_seen):
        return facts.translate("Back again")
    if decision.muted(facts.now):
        return facts.translate("Muted until {0}").format(moment(decision.muted_until, facts.translate))
    return facts.translate("Resolved") if decision.resolved_at else ""


def _label(facts: Facts, begin: datetime, hours: int) -> str:
    shown = day(begin, facts.translate)
    return f"{begin:%H:%M}" if hours == 1 else shown if hours == 24 else f"{shown} {begin:%H:%M}"


def _chart(facts: Facts, key: str, counted: Counter[datetime], bars: int, hours: int) -> BarChart:
    step = timedelta(hours=hours)
    last = facts.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if hours == 24:
        last = last.replace(hour=0) + timedelta(days=1)
    begins = [last - step * (bars - number) for number in range(bars)]
    window = (begins[0], last)
    return BarChart(
        key="error.course",
        title=facts.translate("Errors of this kind"),
        bars=tuple(
            Bar(
                _label(facts, begin, hours),
                (sum(n for at, n in counted.items() if begin <= at < begin + step),),
            )
            for begin in begins
        ),
        parts=(facts.translate("errors"),),
        levels=("plain",),
        label_every=7 if hours == 24 else 4,
        window=window,
        marked=section(facts, "alerts", "", lambda facts: _alerts(facts, key, *window)).content or (),
        changed=section(facts, "changes", "", lambda facts: marks(facts, *window)).content or (),
    )


def _alerts(facts: Facts, key: str, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The alerts that were mostly about this kind of error, while they were open."""
    if not facts.has(ALERT):
        return ()
    rows = facts.site.get_all(
        ALERT, ["message", "severity", "details", "first_seen", "resolved_at"],
        {"rule": ("in", ABOUT_ERRORS), "first_seen": ("<=", until)},
        order_by="first_seen desc", limit=ALERTS_READ,
    )  # fmt: skip
    found = []
    for row in rows:
        began, ended = row["first_seen"] or since, row["resolved_at"] or facts.now
        about = ((each.sort, each.name) for each in grouping.subjects_of(details_of(row)))
        if ended >= since and ("error kind", key) in about:
            said = f"{facts.translate(str(row['severity']))}: {row['message']}"
            found.append(Span(max(began, since), min(ended, until), said))
    return tuple(found)


def _one(facts: Facts, each: Occurrence) -> One:
    own = each.document == each.name
    return One(
        each.when,
        each.user,
        "" if own else f"{each.doctype} {each.document}",
        "" if own else facts.form_href(each.doctype, each.document),
        each.name,
        facts.form_href(each.log, each.name),
    )


def _touched(facts: Facts, found: Iterable[Occurrence]) -> list[Touched]:
    found = list(found)
    users = Counter(each.user for each in found if each.user)
    documents = Counter(f"{each.doctype} {each.document}" for each in found if each.document != each.name)
    kinds = ((facts.translate("Users"), users), (facts.translate("Documents"), documents))
    return [Touched(title, tuple(counted.most_common(TOUCHED))) for title, counted in kinds if counted]
