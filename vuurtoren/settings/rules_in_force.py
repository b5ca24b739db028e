"""The rules that are judged: as shipped or hooked, then as configuration, settings, people changed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vuurtoren.privacy.text import one_line
from vuurtoren.rules import thresholds
from vuurtoren.rules.record import BadRule, build
from vuurtoren.rules.rule import Rule
from vuurtoren.rules.thresholds import Origin, Thresholds


@dataclass(frozen=True)
class InForce:
    """The rules with every change applied. `problems` names what had to be ignored.

    `complete` is false when a rule that exists could not be read; then nobody can say that a rule is gone.
    """

    rules: tuple[Rule, ...]
    thresholds: Thresholds
    switched_off: frozenset[str]
    problems: tuple[str, ...]
    complete: bool = True


def assemble(
    base: Sequence[Rule],
    configured: object,
    rows: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
    unit_of: Callable[[str], str | None],
) -> InForce:
    """Shipped default < `alert_thresholds` < the row in Monitoring Settings < the Alert Rule record.

    A record that is no rule is ignored and named, and never stops the others.
    """
    merged = thresholds.merge(base, configured, rows)
    rules = {
        rule.key: rule
        if merged.origins[rule.key] == "shipped"
        else replace(rule, threshold=merged.values[rule.key])
        for rule in base
    }
    values, origins = dict(merged.values), dict(merged.origins)
    off: set[str] = set()
    unread: list[str] = []
    for record in records:
        key = str(record.get("rule_key"))
        try:
            rules[key] = build(record, rules.get(key), unit_of)
        except BadRule as refused:
            unread += [
                f"Alert Rule {one_line(line, 300)}; it is ignored" for line in str(refused).splitlines()
            ]
            continue
        if _sets_threshold(record, key, values):
            values[key], origins[key] = rules[key].threshold, _RECORD
        if not record.get("enabled"):
            off.add(key)
    held = Thresholds(values, origins, merged.ignored)
    return InForce(tuple(rules.values()), held, frozenset(off), (*merged.ignored, *unread), not unread)


_RECORD: Origin = "alert rule"


def _sets_threshold(record: Mapping[str, Any], key: str, values: Mapping[str, float]) -> bool:
    return key not in values or str(record.get("threshold") or "").strip() != ""
