"""All alerts: open, acknowledged, muted, ended; chosen by what the address asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.alerts import DOCTYPE, OPEN_STATUSES
from vuurtoren.alerts.people import people
from vuurtoren.alerts.silences import holding
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Answer, Shown, as_csv
from vuurtoren.pages.parts import Alert, SilenceView
from vuurtoren.pages.sections import alerts
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.views.blocks.areas import AREAS, OTHER, area_of
from vuurtoren.pages.views.blocks.listing import Listing, paged
from vuurtoren.rules.rule import SEVERITIES, rank
from vuurtoren.site.values import Row

READ = 2_000
CARDS = 25
STATES = ("open", "acknowledged", "muted", "ended", "all")
COLUMNS = (
    "name",
    "severity",
    "status",
    "alert_type",
    "rule",
    "message",
    "value",
    "threshold",
    "unit",
    "count",
    "first_seen",
    "last_seen",
    "acknowledged_by",
    "acknowledged_at",
    "assigned_to",
    "resolved_by",
    "resolved_at",
    "resolution",
)


@dataclass(frozen=True)
class Tab:
    """One state of alerts with its link; the number is of all, whatever else is asked."""

    title: str
    href: str
    current: bool
    number: int | None = None


@dataclass(frozen=True)
class Choice:
    """One value of a list to choose from."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class AlertsPage:
    """The list as it was asked for, the forms that change the question, and what is not told."""

    tabs: tuple[Tab, ...]
    cards: Listing[Alert]
    asked: Address
    state: str
    severities: tuple[Choice, ...]
    areas: tuple[Choice, ...]
    rules: tuple[Choice, ...]
    persons: tuple[Choice, ...]
    people: tuple[str, ...]
    csv: str
    silences: tuple[SilenceView, ...]
    cut: bool
    ended: tuple[Alert, ...] = ()
    """What ended during the last day, below what is open."""


def build(facts: Facts, address: Address) -> Answer:
    shown = section(facts, "alerts", "", lambda facts: _build(facts, address))
    if shown.content is None:
        return Shown(facts.translate("Alerts"), "blocks/problem.html", shown.problem)
    return shown.content


def _build(facts: Facts, address: Address) -> Answer:
    alerts.need_table(facts)
    state = address.choice("state", *STATES)
    silences = stored_silences.current(facts.site)
    rows = facts.site.get_all(
        DOCTYPE,
        [*alerts.FIELDS, "timestamp"],
        _filters(facts, address, state),
        order_by="timestamp desc",
        limit=READ,
    )
    found = [row for row in rows if _fits(facts, row, address)]
    if state == "muted":
        found = [row for row in found if _muted(facts, silences, row)]
    if state != "ended":
        found.sort(
            key=lambda row: (row["status"] == "Resolved", row["status"] != "Active", -rank(row["severity"]))
        )
    if address.text("as") == "csv":
        return as_csv("alerts", COLUMNS, ([row[column] for column in COLUMNS] for row in found))
    listed = paged(found, address, CARDS)
    cards = alerts.cards(facts, listed.rows, silences)
    page = AlertsPage(
        tabs=_tabs(facts, address, state),
        cards=Listing(cards, listed.total, listed.first, listed.previous, listed.next),
        asked=address,
        state=state,
        severities=_choices(
            facts, address, "severity", [(each, each.capitalize()) for each in SEVERITIES[::-1]]
        ),
        areas=_choices(facts, address, "area", [(area.key, area.title) for area in (*AREAS, OTHER)]),
        rules=_choices(facts, address, "rule", _rules(facts)),
        persons=_choices(facts, address, "person", [(each, each) for each in people(facts.site)]),
        people=people(facts.site),
        csv=address.href(**{"as": "csv"}),
        silences=alerts.hushes(facts, silences),
        cut=len(rows) == READ,
        ended=alerts.ended_lately(facts) if state == "open" else (),
    )
    return Shown(facts.translate("Alerts"), "views/alerts.html", page)


def _filters(facts: Facts, address: Address, state: str) -> dict[str, Any]:
    statuses: dict[str, Any] = {
        "open": ("in", OPEN_STATUSES),
        "muted": ("in", OPEN_STATUSES),
        "acknowledged": "Acknowledged",
        "ended": "Resolved",
    }
    filters: dict[str, Any] = {"status": statuses[state]} if state in statuses else {}
    filters |= {name: address.text(name) for name in ("severity", "rule") if address.text(name)}
    since, until = address.moment("from"), address.day_after("to")
    period = [(">=", since)] if since else []
    period += [("<", until)] if until else []
    return filters | ({"timestamp": period} if period else {})


def _fits(facts: Facts, row: Row, address: Address) -> bool:
    tests: dict[str, Callable[[str], bool]] = {
        "person": lambda person: person in (row["assigned_to"], row["acknowledged_by"], row["resolved_by"]),
        "area": lambda area: _area(facts, row) == area,
        "text": lambda text: text.casefold() in f"{row['message']} {alerts.title(facts, row)}".casefold(),
    }
    return all(fits(address.text(name)) for name, fits in tests.items() if address.text(name))


def _area(facts: Facts, row: Row) -> str:
    rule = facts.settings.rule(str(row["rule"] or ""))
    return area_of(rule.metric).key if rule else OTHER.key


def _muted(facts: Facts, silences: list[Any], row: Row) -> bool:
    rule, fingerprint, severity = str(row["rule"] or ""), str(row["fingerprint"]), str(row["severity"])
    return bool(holding(silences, rule, fingerprint, "opened", facts.now, severity))


def _tabs(facts: Facts, address: Address, state: str) -> tuple[Tab, ...]:
    by_status = facts.site.tally(DOCTYPE, "status")
    numbers = {
        "open": sum(by_status.get(status, 0) for status in OPEN_STATUSES),
        "acknowledged": by_status.get("Acknowledged", 0),
        "ended": by_status.get("Resolved", 0),
    }
    titles = {
        "open": facts.translate("Open"),
        "acknowledged": facts.translate("Acknowledged"),
        "muted": facts.translate("Muted"),
        "ended": facts.translate("Ended"),
        "all": facts.translate("All"),
    }
    return tuple(
        Tab(title, address.href(state="" if key == "open" else key), key == state, numbers.get(key))
        for key, title in titles.items()
    )


def _choices(facts: Facts, address: Address, name: str, given: list[tuple[str, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(value, facts.translate(title), address.text(name) == value) for value, title in given)


def _rules(facts: Facts) -> list[tuple[str, str]]:
    rules = sorted(facts.settings.rules, key=lambda rule: facts.translate(rule.title))
    return [(rule.key, rule.title) for rule in rules]
