"""Whether the association keeps the rules, area by area, and one number with its formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from vuurtoren.compliance import rule_states
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.rule import AREAS, Area, SepaRule
from vuurtoren.compliance.rule_states import RuleState
from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Translate

Level = Literal["in order", "needs work", "broken", "cannot be said"]
FORMULA = "rules kept ÷ rules that could be judged; a rule is kept while no finding of it is open or accepted"
NOT_SCANNED = "the records have not been judged yet; the first scan comes with the next daily job"
MOST_READ = 20_000


@dataclass(frozen=True)
class RuleStatus:
    """One rule: how the last scan found it, and what stands open."""

    rule: SepaRule
    state: RuleState | None
    findings: int
    accepted: int
    worst: str
    cents: int
    deadline: date | None

    @property
    def level(self) -> Level:
        if self.findings + self.accepted:
            return "broken" if self.worst in ("C", "H") else "needs work"
        return "in order" if self.state and self.state.judged else "cannot be said"

    @property
    def kept(self) -> bool:
        return self.level == "in order"

    @property
    def why(self) -> str:
        """Why it cannot be said, or what could not be judged of it."""
        if self.state is None:
            return NOT_SCANNED
        return self.state.pending_because or ("" if self.state.judged else self.state.not_applicable_because)

    def because(self, translate: Translate) -> str:
        """The same in a sentence that does not read as the reason of the level, where some were judged."""
        if self.level == "cannot be said":
            return translate(self.why) if self.why else translate("no record that it judges")
        if not self.why:
            return ""
        return translate("not known of some records: {0}").format(self.why)


@dataclass(frozen=True)
class ComplianceStatus:
    """All rules, and what follows for each area."""

    rules: tuple[RuleStatus, ...]
    judged_at: datetime | None

    @property
    def judged(self) -> int:
        return sum(each.level != "cannot be said" for each in self.rules)

    @property
    def kept(self) -> int:
        return sum(each.kept for each in self.rules)

    def of(self, area: Area) -> tuple[RuleStatus, ...]:
        return tuple(each for each in self.rules if each.rule.area == area)

    def level(self, area: Area) -> Level:
        """The worst of its rules; what cannot be judged counts where nothing else is known."""
        levels = {each.level for each in self.of(area)}
        order: tuple[Level, ...] = ("broken", "needs work", "in order")
        return next((level for level in order if level in levels), "cannot be said")

    def as_dict(self, translate: Translate = str) -> dict[str, Any]:
        """For programs; what is for people in it is said in their language."""
        return {
            "judged_at": self.judged_at.isoformat(" ", "seconds") if self.judged_at else None,
            "rules_kept": self.kept,
            "rules_judged": self.judged,
            "formula": translate(FORMULA),
            "areas": {area: self.level(area) for area in AREAS},
            "rules": [
                {
                    "rule": each.rule.id,
                    "title": translate(each.rule.title),
                    "area": each.rule.area,
                    "level": each.level,
                    "findings": each.findings,
                    "accepted": each.accepted,
                    "cents": each.cents,
                    "deadline": each.deadline.isoformat() if each.deadline else None,
                    "why": translate(each.why),
                }
                for each in self.rules
            ],
        }


def read(site: Site) -> ComplianceStatus:
    """As of the last scan; raises Unavailable where findings are not installed."""
    if not site.has_doctype(stored.DOCTYPE):
        raise Unavailable("{0} is not installed on this site", stored.DOCTYPE)
    states = rule_states.read(site)
    rows = _by_rule(site)
    moments = [state.judged_at for state in states.values() if state.judged_at]
    return ComplianceStatus(
        tuple(_of(rule, states.get(rule.id), rows.get(rule.id, ())) for rule in RULES),
        max(moments, default=None),
    )


def _by_rule(site: Site) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    fields = ["rule", "severity", "status", "amount_cents", "deadline"]
    standing = {"status": ("in", stored.STANDING)}
    for row in site.get_all(stored.DOCTYPE, fields, standing, order_by="opened_at desc", limit=MOST_READ):
        found.setdefault(str(row["rule"]), []).append(row)
    return found


def _of(rule: SepaRule, state: RuleState | None, rows: Sequence[Mapping[str, Any]]) -> RuleStatus:
    by_status = Counter(str(row["status"]) for row in rows)
    open_rows = [row for row in rows if row["status"] == stored.OPEN]
    worst = min(
        (str(row["severity"]) for row in rows), key=lambda each: stored.ORDER.get(each, 3), default=""
    )
    return RuleStatus(
        rule,
        state,
        by_status[stored.OPEN],
        by_status[stored.ACCEPTED],
        worst,
        sum(int(row["amount_cents"] or 0) for row in open_rows),
        min((row["deadline"] for row in open_rows if row["deadline"]), default=None),
    )
