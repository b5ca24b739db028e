"""What a rule answers about one measurement; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.alerts.state import Answer
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.subject import Subject
from vuurtoren.rules.expected import FIXED, Yardstick
from vuurtoren.rules.rule import COMPARE, BreachLevel, Rule, Severity
from vuurtoren.rules.rule import Labels as Labels
from vuurtoren.site.quantities import Say, limit, quantity


@dataclass(frozen=True)
class Judgement:
    """The answer with what it rests on: a value, or the reason why there is none.

    `level` and `severity` are those of a breach by this value alone; what an alert is told at also depends
    on how long it has lasted (see `state`).
    """

    answer: Answer
    labels: Labels
    threshold: float
    value: float | None = None
    reason: str = ""
    evidence: tuple[Mapping[str, Any], ...] = ()
    source: str = ""
    level: BreachLevel = "warning"
    severity: Severity = "HIGH"
    critical_threshold: float | None = None
    subjects: tuple[Subject, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    """What sentences of the evidence are made of, as the metric has them."""
    yardstick: Yardstick = FIXED
    chosen: float = 0.0
    """The threshold as it was chosen; `threshold` is in the unit of the metric."""


def judge(rule: Rule, metric: Metric, threshold: float, by: Yardstick | str = FIXED) -> Judgement:
    """ok or breached with the value, or unknown with the reason; true and false count as 1 and 0.

    The threshold is the warning; the critical one is the rule's. `by` is what a rule that learns is judged
    by, or why nothing can be said.
    """
    if isinstance(by, str):
        return Judgement("unknown", metric.labels, threshold, reason=by, source=metric.source)
    chosen, critical = threshold, rule.critical_threshold
    threshold = by.limit(chosen)
    if metric.value is None:
        return Judgement(
            "unknown",
            metric.labels,
            threshold,
            reason=metric.reason,
            source=metric.source,
            words=metric.words,
        )
    if isinstance(metric.value, str) or not math.isfinite(metric.value):
        reason = f"{metric.key} is {metric.value!r}, which is not a number"
        return Judgement("unknown", metric.labels, threshold, reason=reason, source=metric.source)
    value = float(metric.value)
    answer, level = answer_to(rule, value, chosen, by)
    return Judgement(
        answer,
        metric.labels,
        threshold,
        value,
        evidence=metric.evidence,
        source=metric.source,
        level=level,
        severity=rule.severity_at(level),
        critical_threshold=None if critical is None else by.limit(critical),
        subjects=metric.subjects,
        words=metric.words,
        yardstick=by,
        chosen=chosen,
    )


def answer_to(
    rule: Rule, value: float, threshold: float, by: Yardstick = FIXED
) -> tuple[Answer, BreachLevel]:
    """Whether this value passes the warning threshold, and at which level."""
    passes, critical = COMPARE[rule.operator], rule.critical_threshold
    if not passes(value, by.limit(threshold)):
        return "ok", "warning"
    return "breached", "critical" if critical is not None and passes(value, by.limit(critical)) else "warning"


def summary(rule: Rule, judgement: Judgement, say: Say = str) -> str:
    """The rule's sentence about this judgement."""
    sentence = say(rule.summary).format(
        value=quantity(judgement.value, rule.unit, say),
        threshold=limit(judgement.threshold, rule.unit, say),
        which=", ".join(say(value) for _, value in judgement.labels),
        usual=judgement.yardstick.said(rule, judgement.chosen, say),
    )
    return sentence[:1].upper() + sentence[1:]


def label_text(labels: Labels) -> str:
    """ "queue=long"; empty without labels."""
    return ", ".join(f"{name}={value}" for name, value in labels)
