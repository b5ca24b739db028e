"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.rules.rule import HOUR, MINUTE, Interval, Labels, Operator, Rule, Severity
from vuurtoren.rules.rule import BreachLevel as Level

__all__ = ["HOUR", "MINUTE", "Interval", "Labels", "Level", "Operator", "Rule", "Severity"]
