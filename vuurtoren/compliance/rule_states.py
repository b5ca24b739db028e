"""Rows of SEPA Rule State: how the last whole scan found each rule, on how many records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.health import readiness
from vuurtoren.privacy.redaction import redact_start
from vuurtoren.site.protocol import Site

DOCTYPE = "SEPA Rule State"
LONGEST_TEXT = 300
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class RuleState:
    """One rule: how many records held, were broken, could not be judged, or are none of its."""

    rule: str
    area: str
    judged_at: datetime | None
    held: int
    broken: int
    pending: int
    not_applicable: int
    pending_because: str = ""
    not_applicable_because: str = ""

    @property
    def judged(self) -> bool:
        """Whether it could be judged at all."""
        return self.held + self.broken > 0


def keep(site: Site, counts: Counts, reasons: Mapping[tuple[str, str], str]) -> None:
    """Write one row a rule; the caller commits."""
    for rule in RULES:
        counted = counts.get(rule.id, {})
        values = {
            "rule": rule.id,
            "area": rule.area,
            "judged_at": site.now(),
            "held": counted.get("held", 0),
            "broken": counted.get("broken", 0),
            "pending": counted.get("pending", 0),
            "not_applicable": counted.get("not applicable", 0),
            "pending_because": redact_start(reasons.get((rule.id, "pending"), ""), LONGEST_TEXT),
            "not_applicable_because": redact_start(
                reasons.get((rule.id, "not applicable"), ""), LONGEST_TEXT
            ),
        }
        if not site.update(DOCTYPE, rule.id, values):
            site.insert(DOCTYPE, values)


def read(site: Site) -> dict[str, RuleState]:
    """By rule; empty before the first whole scan."""
    if not readiness.keeps(site, DOCTYPE):
        return {}
    fields = list(RuleState.__dataclass_fields__)
    return {str(row["rule"]): RuleState(**row) for row in site.get_all(DOCTYPE, fields)}
