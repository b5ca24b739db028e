"""What cannot be said: rules that could not be judged, and numbers that could not be measured."""

from __future__ import annotations

from verenigingen.alerts.stored_state import DOCTYPE
from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import UnknownCheck, UnknownNumbers, Unknowns, unknown_by_reason

READ = 500


def build(facts: Facts) -> Unknowns:
    judged = facts.has(DOCTYPE) and facts.site.count(DOCTYPE) > 0
    return Unknowns(tuple(_checks(facts)), tuple(_numbers(facts)), judged)


def _checks(facts: Facts) -> list[UnknownCheck]:
    """Rules whose last answer was that they do not know; a rule that is off or absent asks nothing."""
    site = facts.site
    if not facts.has(DOCTYPE):
        return []
    fields = ["rule", "labels", "answer_since", "reason"]
    rows = site.get_all(DOCTYPE, fields, {"answer": "unknown"}, order_by="answer_since", limit=READ)
    in_force = {rule.key: rule for rules in facts.judging.values() for rule in rules}
    return [
        UnknownCheck(
            title=site.translate(rule.title) + (f" ({row['labels']})" if row["labels"] else ""),
            since=row["answer_since"],
            because=str(row["reason"] or ""),
            serious=rule.unknown_for_seconds is not None,
        )
        for row in rows
        if (rule := in_force.get(row["rule"]))
    ]


def _numbers(facts: Facts) -> list[UnknownNumbers]:
    return unknown_by_reason(facts.read(metric) for metric in facts.snapshot)
