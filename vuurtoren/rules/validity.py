"""What no rule may hold, whether an app brings it or a person types it: a sentence, or an empty text."""

from __future__ import annotations

import re
import string
from typing import get_args

from vuurtoren.privacy.text import one_line
from vuurtoren.rules.rule import COMPARE, SEVERITIES, Interval, Kind, Rule
from vuurtoren.rules.thresholds import BadThreshold, parse
from vuurtoren.site.words.words import Words

KEY = re.compile(r"[a-z][a-z0-9_]{2,79}")
CHOICES: dict[str, tuple[str, ...]] = {
    "operator": tuple(COMPARE),
    "severity": SEVERITIES,
    "interval": get_args(Interval),
    "kind": get_args(Kind),
}
"""Fields of a rule that are one of a few words."""


def key_refusal(key: str) -> str:
    if KEY.fullmatch(key):
        return ""
    return Words("a key is 3 to 80 small letters, digits and underscores, and begins with a letter")


def metric_refusal(metric: str, unit: str | None) -> str:
    """`unit` is that of the metric, None where nobody measures it."""
    if unit is None:
        return Words("there is no metric {0}", repr(one_line(metric, 60)))
    if unit == "time":
        return Words("{0} is a moment in time, which cannot be compared with a threshold", metric)
    return ""


def choice_refusal(field: str, text: str, called: str = "") -> str:
    """`called` is what the form calls the field."""
    if text in CHOICES[field]:
        return ""
    return Words(
        "{0}: {1} is not one of {2}", called or field, repr(one_line(text, 40)), ", ".join(CHOICES[field])
    )


def threshold_refusal(field: str, given: object) -> str:
    try:
        parse(given)
    except BadThreshold as refused:
        return Words("{0}: {1}", field, refused)
    return ""


def summary_refusal(summary: str) -> str:
    """A summary names nothing but its value, threshold and labels."""
    try:
        parts = list(string.Formatter().parse(summary))
    except ValueError:
        parts = [("", "", "unreadable", None)]
    if all(
        name is None or (name in ("value", "threshold", "which", "usual") and not spec and not conversion)
        for _, name, spec, conversion in parts
    ):
        return ""
    return Words("summary: braces hold {value}, {threshold}, {usual} or {which}, and nothing else")


def kind_refusal(rule: Rule) -> str:
    """What a rule that learns cannot be."""
    if rule.kind == "limit":
        return Words("horizon: only a rule that will reach something has one") if rule.horizon_seconds else ""
    if rule.unit == "yes/no":
        return Words("kind: {0} is yes or no, which has no course to learn", rule.metric)
    if rule.unknown_for_seconds is not None:
        return Words("unknown_for: a rule that learns is silent about what it does not know; leave it empty")
    if rule.kind == "unusual" and not rule.threshold:
        return Words("threshold: how many usual spreads away; 0 would fire all day")
    if rule.kind == "will reach" and not rule.horizon_seconds:
        return Words("horizon: within which time the limit is reached, like 14 d")
    if rule.kind == "unusual" and rule.horizon_seconds:
        return Words("horizon: only a rule that will reach something has one")
    return ""
