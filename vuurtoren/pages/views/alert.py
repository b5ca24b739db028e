"""One alert: its metric around it, what was found, what happened, what to do; messages link here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts import alerts as stored
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.alerts import DOCTYPE
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.incidents.because import named
from vuurtoren.alerts.incidents.changed import fault_of
from vuurtoren.alerts.intents.retelling import retold
from vuurtoren.alerts.people import people
from vuurtoren.analytics.reach import starts
from vuurtoren.metrics.history import history
from vuurtoren.metrics.metric import Labels, Metric
from vuurtoren.metrics.subject import Subject
from vuurtoren.notifications import outbox
from vuurtoren.outward.page_paths import path_of_alert
from vuurtoren.pages.charts.line_chart import LineChart
from vuurtoren.pages.charts.series import Span
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Missing, Shown
from vuurtoren.pages.parts import Alert
from vuurtoren.pages.sections import alerts
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.views.blocks.changed import Suspected, marks, suspected
from vuurtoren.pages.views.blocks.touched import ReachBlock, reach_of
from vuurtoren.pages.views.blocks.trying import Trying, trying
from vuurtoren.pages.views.metric import course
from vuurtoren.rules.rule import Rule
from vuurtoren.site.quantities import as_shown
from vuurtoren.site.values import Row

AROUND = timedelta(hours=6)
LONGEST = timedelta(days=30)
EVIDENCE_SHOWN = 50
SAME_SHOWN = 10


@dataclass(frozen=True)
class Delivery:
    """One message about the alert: by which channel, to whom, and whether it arrived."""

    event: str
    channel: str
    status: str
    to: str
    at: datetime | None
    said: str


@dataclass(frozen=True)
class Earlier:
    """The same alert at another time."""

    at: datetime
    ended: datetime | None
    message: str
    href: str


@dataclass(frozen=True)
class AlertPage:
    """Everything that is known about one alert."""

    alert: Alert
    people: tuple[str, ...]
    chart: LineChart | None
    metric_href: str
    metric_title: str
    rule_href: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    subjects: tuple[tuple[str, str], ...]
    suspects: tuple[Suspected, ...]
    reach: ReachBlock | None
    deliveries: tuple[Delivery, ...]
    earlier: tuple[Earlier, ...]
    trying: Trying | None
    address: str
    form_href: str


def build(facts: Facts, address: Address) -> Answer:
    row = facts.site.get(DOCTYPE, address.name) if facts.has(DOCTYPE) and len(address.name) <= 140 else None
    if row is None:
        return Missing(facts.translate("There is no alert {0}.").format(address.name))
    (alert,) = alerts.cards(facts, [row], stored_silences.current(facts.site))
    rule = facts.settings.rule(str(row["rule"] or ""))
    chart = _chart(facts, row, rule) if rule else None
    columns, rows = _evidence(facts, retold(facts.site, row))
    page = AlertPage(
        alert=alert,
        people=people(facts.site),
        chart=chart,
        metric_href=_metric_href(facts, row, rule) if rule else "",
        metric_title=facts.title(rule.metric) if rule else "",
        rule_href=href("rule", rule.key) if rule else "",
        columns=columns,
        rows=rows,
        subjects=tuple(_subject(facts, each) for each in grouping.subjects_of(stored.details_of(row))),
        suspects=section(
            facts, "changed", "", lambda facts: suspected(facts, fault_of(facts.site, row))
        ).content
        or (),
        reach=section(
            facts, "reach", "", lambda facts: reach_of(facts, starts.of_alert(facts.site, row))
        ).content,
        deliveries=tuple(_delivery(facts, each) for each in _sent(facts, row)),
        earlier=tuple(_earlier(facts, row)),
        trying=trying(facts, rule, address) if rule else None,
        address=facts.site.url(path_of_alert(alert.name)),
        form_href=facts.form_href(DOCTYPE, alert.name),
    )
    return Shown(alert.title, "views/one_alert.html", page)


def _subject(facts: Facts, subject: Subject) -> tuple[str, str]:
    """What the number is mostly about, and the page that says more of it, if any."""
    return named(facts.site, subject), href("error", subject.name) if subject.sort == "error kind" else ""


def _labels(row: Row) -> Labels:
    which = stored.details_of(row).get("which")
    return (
        tuple(sorted((str(name), str(value)) for name, value in which.items()))
        if isinstance(which, dict)
        else ()
    )


def _chart(facts: Facts, row: Row, rule: Rule) -> LineChart | None:
    """The course of the metric from before the alert to after it."""
    began, ended = row["first_seen"] or facts.now, row["resolved_at"] or facts.now
    until = min(ended + AROUND, facts.now)
    since = max(began - AROUND, until - LONGEST)
    points = history.read(facts.site, rule.metric, since, _labels(row), until)
    if not points:
        return None
    metric = facts.snapshot.get(rule.metric, **dict(_labels(row)))
    reading = facts.read(metric if metric.known else _as_promised(facts, rule))
    marked = (Span(max(began, since), ended, facts.translate(str(row["severity"]))),)
    until = max(until, since + timedelta(minutes=10))
    return course(reading, points, since, until, marked, changed=marks(facts, since, until))


def _as_promised(facts: Facts, rule: Rule) -> Metric:
    return Metric(rule.metric, None, rule.unit, "", facts.now, facts.translate("It is not measured now."))


def _metric_href(facts: Facts, row: Row, rule: Rule) -> str:
    began = row["first_seen"] or facts.now
    which = ", ".join(f"{name}={value}" for name, value in _labels(row))
    recent = facts.now - began < timedelta(days=1)
    period = {} if recent else {
        "from": f"{began - timedelta(days=1):%Y-%m-%d}",
        "to": f"{(row['resolved_at'] or facts.now) + timedelta(days=1):%Y-%m-%d}",
    }  # fmt: skip
    return href("metric", rule.metric, which=which, **period)


def _evidence(facts: Facts, row: Row) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The rows behind the number as a table; details of an event as names and values."""
    details = stored.details_of(row)
    rows = details.get("evidence")
    found: Sequence[dict[str, object]] = (
        [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    )
    columns = tuple(dict.fromkeys(str(name) for each in found for name in each))
    say = facts.translate
    shown = [
        tuple(as_shown(each.get(column, ""), say) for column in columns) for each in found[:EVIDENCE_SHOWN]
    ]
    if not shown and row["kind"] == "Event":
        columns = ("", "")
        shown = [(str(name), str(value)) for name, value in details.items()]
    return tuple(map(facts.translate, columns)), tuple(shown)


def _sent(facts: Facts, row: Row) -> list[Row]:
    """Every message about the alert; the one place of this page that knows where they are kept."""
    return outbox.of_alerts(facts.site, [str(row["name"])]).get(str(row["name"]), [])


def _delivery(facts: Facts, row: Row) -> Delivery:
    failure = str(row["failure"] or "").splitlines()
    return Delivery(
        facts.translate(str(row["event"])),
        str(row["channel"]),
        facts.translate(str(row["status"])),
        str(row["addresses"] or row["audience"] or "").replace("\n", ", "),
        row["proven_at"] or row["handed_over_at"] or row["modified"],
        str(row["proof"] or "") or "".join(failure[-1:]),
    )


def _earlier(facts: Facts, row: Row) -> list[Earlier]:
    if not row["fingerprint"]:
        return []
    rows = facts.site.get_all(
        DOCTYPE, ["name", "first_seen", "resolved_at", "message", "timestamp", "creation"],
        {"fingerprint": row["fingerprint"], "name": ("!=", row["name"])},
        order_by="timestamp desc", limit=SAME_SHOWN,
    )  # fmt: skip
    return [
        Earlier(
            each["first_seen"] or each["timestamp"] or each["creation"],
            each["resolved_at"],
            str(each["message"] or ""),
            href("alert", str(each["name"])),
        )
        for each in rows
    ]
