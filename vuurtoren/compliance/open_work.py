"""What is open, as people read it: findings by rule, and returns that wait for somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.follow_up import advice_today
from vuurtoren.compliance.reading.returns import with_mandates
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.returned import stored as returned
from vuurtoren.compliance.rules.catalogue import BY_ID
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import Say, money
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import said

MOST_READ = 20_000
URGENT, WEEKLY = ("C", "H"), ("M",)


@dataclass(frozen=True)
class OpenRule:
    """The open findings of one rule that ask for the same."""

    rule: str
    title: str
    severity: str
    number: int
    deadline: date | None
    cents: int
    action: str
    rows: tuple[Row, ...]

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return BY_ID[self.rule].source


def open_rules(site: Site) -> tuple[OpenRule, ...]:
    """Open findings by rule and what to do, the most urgent first."""
    rows = stored.rows(site, {"status": stored.OPEN}, order_by="opened_at", limit=MOST_READ)
    by_rule: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        by_rule.setdefault((str(row["rule"]), str(row["severity"]), str(row["action"])), []).append(row)
    found = [_open_rule(*same, some) for same, some in by_rule.items() if same[0] in BY_ID]
    return tuple(sorted(found, key=lambda each: stored.urgency(each.rows[0])))


def _open_rule(rule: str, severity: str, action: str, rows: list[Row]) -> OpenRule:
    rows.sort(key=stored.urgency)
    return OpenRule(
        rule,
        BY_ID[rule].title,
        severity,
        len(rows),
        rows[0]["deadline"],
        sum(int(row["amount_cents"] or 0) for row in rows),
        action,
        tuple(rows),
    )


def returned_to_do(site: Site) -> list[Row]:
    """Returns that somebody has to follow up, the nearest day first."""
    if not site.has_doctype(returned.DOCTYPE):
        return []
    rows = site.get_all(returned.DOCTYPE, list(returned.FIELDS), {"state": "To Do"}, limit=MOST_READ)
    told = ("reason_code", "invoice", "end_to_end_id")
    return sorted(rows, key=lambda row: (str(row["deadline"] or "9999"), *(str(row[name]) for name in told)))


@dataclass(frozen=True)
class OpenReturns:
    """Returns with one code that ask for the same."""

    code: str
    meaning: str
    action: str
    rows: tuple[Row, ...]


def returns_by_advice(world: World, rows: Sequence[Row]) -> list[OpenReturns]:
    """The same returns by their code and what to do today, in the order of the nearest of them."""
    _ = world.site.translate
    found: dict[tuple[str, str], list[Row]] = {}
    for row, back in zip(rows, with_mandates(world, list(map(returned.as_record, rows))), strict=True):
        found.setdefault((back.code, said(advice_today(back), _)), []).append(row)
    meaning = {code: known.meaning for code, _action in found if (known := return_code(code))}
    return [
        OpenReturns(code, _(meaning[code]) if code in meaning else "", action, tuple(some))
        for (code, action), some in found.items()
    ]


def open_lines(site: Site, severities: Collection[str]) -> list[str]:
    """A line for each rule with open findings of these severities, and one for the returns; empty without."""
    if not site.has_doctype(stored.DOCTYPE):
        return []
    lines = [line(site, each) for each in open_rules(site) if each.severity in severities]
    waiting = returned_to_do(site) if "H" in severities else []
    if waiting:
        text = site.translate("Returns to follow up: {0}, the first by {1}")
        lines.append(text.format(len(waiting), waiting[0]["deadline"] or "–"))
    return lines


def line(site: Site, each: OpenRule) -> str:
    """One rule in a line: how many findings, by when, and what is at stake."""
    _ = site.translate
    open_ = _("{0} {1}: {2} open").format(each.rule, _(each.title), each.number)
    until = _(", by {0}").format(each.deadline) if each.deadline else ""
    return open_ + until + (_(", {0} at stake").format(euros(each.cents, _)) if each.cents else "")


def euros(amount_cents: int, say: Say = str) -> str:
    """As it stands in a sentence."""
    return money(amount_cents / 100, "EUR", say)
