"""Rows of SEPA Rule State: how the last whole scan found each rule, on how many records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.health import readiness
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.kept import FIELD as WORDS
from vuurtoren.site.words.kept import kept, told

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


REASONS = {"pending_because": "pending", "not_applicable_because": "not applicable"}
"""The sentence that says why, by the answer that it is about."""


def keep(site: Site, counts: Counts, reasons: Mapping[tuple[str, str], str]) -> None:
    """Write one row a rule, with reasons that are to be said in a language later; the caller commits."""
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
            **kept(
                site,
                {name: reasons.get((rule.id, answer), "") for name, answer in REASONS.items()},
                LONGEST_TEXT,
            ),
        }
        values = readiness.kept_values(site, DOCTYPE, values)
        if not site.update(DOCTYPE, rule.id, values):
            site.insert(DOCTYPE, values)


def read(site: Site) -> dict[str, RuleState]:
    """By rule, in the language spoken now; empty before the first whole scan."""
    if not readiness.keeps(site, DOCTYPE):
        return {}
    fields = list(RuleState.__dataclass_fields__)
    rows = site.get_all(DOCTYPE, readiness.kept_fields(site, DOCTYPE, [*fields, WORDS]))
    said = (told(site, row, REASONS, LONGEST_TEXT) for row in rows)
    return {str(row["rule"]): RuleState(**{name: row[name] for name in fields}) for row in said}
