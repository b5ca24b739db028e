"""What cannot be said: rules that could not be judged, and numbers that could not be measured."""

from __future__ import annotations

from vuurtoren.alerts.judging import label_text
from vuurtoren.alerts.stored_state import DOCTYPE
from vuurtoren.metrics.metric import Metric
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import UnknownCheck, UnknownNumbers, Unknowns, unknown_by_reason
from vuurtoren.privacy.text import clean
from vuurtoren.rules.rule import Rule

READ = 500


def build(facts: Facts) -> Unknowns:
    judged = facts.has(DOCTYPE) and facts.site.count(DOCTYPE) > 0
    return Unknowns(tuple(_checks(facts)), tuple(_numbers(facts)), judged)


def _checks(facts: Facts) -> list[UnknownCheck]:
    """Rules whose last answer was that they do not know; a rule that is off or absent asks nothing.

    What is measured now is not unknown beside its own value: the next judging will say so too.
    """
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
            serious=rule.tells_not_knowing,
        )
        for row in rows
        if (rule := in_force.get(row["rule"])) and not _measured_now(facts, rule, str(row["labels"] or ""))
    ]


def _measured_now(facts: Facts, rule: Rule, labels: str) -> bool:
    measured = [
        metric for metric in facts.snapshot.all(rule.metric) if not labels or _labels(metric) == labels
    ]
    return bool(measured) and all(metric.known for metric in measured)


def _labels(metric: Metric) -> str:
    return clean(label_text(metric.labels))


def _numbers(facts: Facts) -> list[UnknownNumbers]:
    return unknown_by_reason(facts.read(metric) for metric in facts.snapshot if not metric.known)
