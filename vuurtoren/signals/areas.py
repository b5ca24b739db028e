"""Whose business a rule is: the area of the signal whose metric it judges."""

from __future__ import annotations

from vuurtoren.rules.rule import Rule
from vuurtoren.signals.catalogue import SIGNALS

_BY_METRIC = {key: signal.area for signal in SIGNALS for source in signal.sources for key in source.promised}


def area_of(rule: Rule | None) -> str:
    """The area of this rule; empty where no signal of ours measures its metric, and of what has no rule."""
    return _BY_METRIC.get(rule.metric, "") if rule else ""
