"""The rules before anybody changed them: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from verenigingen.alerts import hooked
from verenigingen.alerts.judging import COMPARE
from verenigingen.alerts.rule import SEVERITIES, Interval, Rule
from verenigingen.alerts.rule_record import KEY, braces_hold
from verenigingen.alerts.rules import BY_KEY, SHIPPED
from verenigingen.alerts.text import storable
from verenigingen.alerts.thresholds import BadThreshold, parse
from verenigingen.site.protocol import Site

HOOK = "monitoring_rules"
TEXTS = (
    "key",
    "title",
    "alert_type",
    "severity",
    "metric",
    "operator",
    "unit",
    "summary",
    "runbook",
    "interval",
)
WHOLE = ("for_seconds", "keep_firing_seconds", "most_open")


@dataclass(frozen=True)
class Known:
    """Rules, and a sentence for each that another app brings and that cannot be used."""

    rules: tuple[Rule, ...] = SHIPPED
    problems: tuple[str, ...] = ()


def known(site: Site, unit_of: Callable[[str], str | None]) -> Known:
    """Every rule of the installed apps; a key that is taken belongs to whoever was first."""
    if not site.hooks(HOOK):
        return Known()
    taken = set(BY_KEY)

    def wrong(rule: Rule) -> str:
        said = refusal(rule, unit_of(rule.metric)) or (
            f"{rule.key} is taken already" if rule.key in taken else ""
        )
        if not said:
            taken.add(rule.key)
        return said

    rules, problems = hooked.load(site, HOOK, Rule, wrong)
    return Known((*SHIPPED, *rules), tuple(problems))


def refusal(rule: Rule, unit: str | None) -> str:
    """Why this rule of another app cannot be judged, or an empty text."""
    if wrong := _mistyped(rule):
        return f"{rule.key!r}: {wrong} is {getattr(rule, wrong)!r}, which no rule can hold"
    if not KEY.fullmatch(str(rule.key)):
        return f"{rule.key!r} is no key: 3 to 80 small letters, digits and underscores"
    if unit is None:
        return f"{rule.key}: there is no metric {rule.metric!r}"
    if (
        rule.operator not in COMPARE
        or rule.severity not in SEVERITIES
        or rule.interval not in get_args(Interval)
    ):
        return f"{rule.key}: operator, severity or interval is none that exists"
    if not braces_hold(rule.summary):
        return (
            f"{rule.key}: braces in the summary hold {{value}}, {{threshold}} or {{which}}, and nothing else"
        )
    try:
        for number in (rule.threshold, rule.critical_threshold):
            parse(number if number is not None else 0)
    except BadThreshold as refused:
        return f"{rule.key}: {refused}"
    return ""


def _mistyped(rule: Rule) -> str:
    """The first field that is not of the type that a Rule says, or an empty text."""
    held = {
        **{field: _is_text(getattr(rule, field)) for field in TEXTS},
        **{field: _is_whole(getattr(rule, field)) for field in WHOLE},
        "unknown_for_seconds": rule.unknown_for_seconds is None or _is_whole(rule.unknown_for_seconds),
        "threshold": isinstance(rule.threshold, int | float),
        "links": isinstance(rule.links, tuple) and all(map(_is_text, rule.links)),
        "requires": isinstance(rule.requires, tuple) and all(map(_is_text, rule.requires)),
        "only": isinstance(rule.only, tuple) and all(map(_is_label, rule.only)),
    }
    return next((field for field, holds in held.items() if not holds), "")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _is_label(pair: object) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_text, pair))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and storable(value)
