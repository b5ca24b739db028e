"""All rules of the scheme, by their id, and which of them judge a record."""

from __future__ import annotations

from collections.abc import Iterator

from vuurtoren.compliance.records import Circumstances, Record
from vuurtoren.compliance.rule import SepaRule, Verdict, judge
from vuurtoren.compliance.rules import collections, mandates, returns, trail

RULES: tuple[SepaRule, ...] = (*mandates.RULES, *collections.RULES, *returns.RULES, *trail.RULES)
BY_ID: dict[str, SepaRule] = {rule.id: rule for rule in RULES}
_JUDGING: dict[type[Record], tuple[SepaRule, ...]] = {
    kind: tuple(rule for rule in RULES if kind in rule.checks)
    for kind in {kind for rule in RULES for kind in rule.checks}
}


def verdicts(record: Record, circumstances: Circumstances) -> Iterator[tuple[SepaRule, Verdict]]:
    """What every rule that judges records of this kind says about one."""
    for rule in _JUDGING[type(record)]:
        yield rule, judge(rule, record, circumstances)
