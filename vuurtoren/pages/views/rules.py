"""Every rule in force: on or off, its threshold now and shipped, how often it fired; and one rule with its
history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from vuurtoren.alerts.alerts import DOCTYPE
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Missing, Shown, as_csv
from vuurtoren.pages.views.alerts import Tab
from vuurtoren.pages.views.blocks.areas import area_of
from vuurtoren.pages.views.blocks.trying import Trying, trying
from vuurtoren.rules import changes
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import stored_rules
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.runbooks import path_of as runbook_path_of
from vuurtoren.site.values import Row

WINDOW = timedelta(days=30)
SHOWN = ("all", "changed", "off")
COLUMNS = (
    "rule",
    "title",
    "severity",
    "on",
    "threshold",
    "shipped",
    "unit",
    "origin",
    "fired_30_days",
    "acknowledged_30_days",
)


@dataclass(frozen=True)
class RuleRow:
    """One rule as it is judged; it is `changed` where somebody made it differ from what was shipped."""

    key: str
    title: str
    area: str
    severity: str
    on: bool
    applies: bool
    threshold: float | None
    shipped: float | None
    unit: str
    operator: str
    origin: str
    changed: bool
    fired: int
    acknowledged: int
    href: str
    alerts_href: str


@dataclass(frozen=True)
class RulesPage:
    """The rules that were asked for, and what in the configuration had to be ignored."""

    rows: tuple[RuleRow, ...]
    tabs: tuple[Tab, ...]
    problems: tuple[str, ...]
    csv: str
    list_href: str
    suggestions_href: str


@dataclass(frozen=True)
class RulePage:
    """One rule: what it judges, how it can be changed, and who changed it."""

    row: RuleRow
    rule: Rule
    metric_title: str
    metric_href: str
    trying: Trying | None
    history: tuple[Row, ...]
    runbook: tuple[str, ...]
    runbook_href: str
    form_href: str


def build(facts: Facts, address: Address) -> Answer:
    fired, acknowledged = _fired(facts)
    rows = [_row(facts, rule, fired, acknowledged) for rule in facts.settings.rules]
    if address.text("as") == "csv":
        return as_csv("rules", COLUMNS, map(_plain, rows))
    show = address.choice("show", *SHOWN)
    fits = {"all": lambda row: True, "changed": lambda row: row.changed, "off": lambda row: not row.on}
    titles = {
        "all": facts.translate("All"),
        "changed": facts.translate("Changed"),
        "off": facts.translate("Off"),
    }
    page = RulesPage(
        rows=tuple(sorted(filter(fits[show], rows), key=lambda row: (row.area, row.title))),
        tabs=tuple(
            Tab(
                titles[key],
                address.href(show="" if key == "all" else key),
                key == show,
                len(list(filter(fits[key], rows))),
            )
            for key in SHOWN
        ),
        problems=facts.problems,
        csv=address.href(**{"as": "csv"}),
        list_href=facts.list_href(stored_rules.DOCTYPE),
        suggestions_href=href("monitor"),
    )
    return Shown(facts.translate("Rules"), "views/rules.html", page)


def build_one(facts: Facts, address: Address) -> Answer:
    rule = facts.settings.rule(address.name)
    if rule is None:
        return Missing(facts.translate("There is no rule {0}.").format(address.name))
    fired, acknowledged = _fired(facts)
    stored = facts.has(stored_rules.DOCTYPE) and facts.site.get(stored_rules.DOCTYPE, rule.key) is not None
    runbook = runbook_path_of(rule.key)
    page = RulePage(
        row=_row(facts, rule, fired, acknowledged),
        rule=rule,
        metric_title=facts.title(rule.metric),
        metric_href=href("metric", rule.metric, range="30d"),
        trying=trying(facts, rule, address),
        history=tuple(changes.history(facts.site, rule.key, 50)) if facts.has(changes.DOCTYPE) else (),
        runbook=tuple(line for line in facts.translate(rule.runbook).splitlines() if line.strip()),
        runbook_href=f"/{runbook}" if runbook else "",
        form_href=facts.form_href(stored_rules.DOCTYPE, rule.key) if stored else "",
    )
    return Shown(page.row.title, "views/rule.html", page)


def _fired(facts: Facts) -> tuple[Mapping[str, int], Mapping[str, int]]:
    if not facts.has(DOCTYPE):
        return {}, {}
    window = {"timestamp": (">=", facts.now - WINDOW)}
    taken = window | {"acknowledged_at": ("is", "set")}
    return facts.site.tally(DOCTYPE, "rule", window), facts.site.tally(DOCTYPE, "rule", taken)


def _row(facts: Facts, rule: Rule, fired: Mapping[str, int], acknowledged: Mapping[str, int]) -> RuleRow:
    held, shipped = facts.settings.thresholds, BY_KEY.get(rule.key)
    on = rule.key not in facts.settings.switched_off
    origin = held.origins.get(rule.key, "alert rule")
    return RuleRow(
        key=rule.key,
        title=facts.translate(rule.title),
        area=facts.translate(area_of(rule.metric).title),
        severity=rule.severity,
        on=on,
        applies=all(map(facts.has, rule.requires)),
        threshold=held.values[rule.key] if rule.adjustable else None,
        shipped=shipped.threshold if shipped and shipped.adjustable else None,
        unit=rule.threshold_unit,
        operator=rule.operator,
        origin=facts.translate(origin),
        changed=not on or origin != "shipped" or rule != shipped,
        fired=fired.get(rule.key, 0),
        acknowledged=acknowledged.get(rule.key, 0),
        href=href("rule", rule.key),
        alerts_href=href("alerts", rule=rule.key, state="all"),
    )


def _plain(row: RuleRow) -> tuple[object, ...]:
    return (
        row.key,
        row.title,
        row.severity,
        int(row.on),
        row.threshold,
        row.shipped,
        row.unit,
        row.origin,
        row.fired,
        row.acknowledged,
    )
