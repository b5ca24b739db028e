"""The rules before anybody changed them: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vuurtoren.privacy.text import storable
from vuurtoren.rules import extensions, validity
from vuurtoren.rules.rule import Rule
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

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
WHOLE = ("for_seconds", "keep_firing_seconds", "most_open", "horizon_seconds")


@dataclass(frozen=True)
class Known:
    """Rules, and a sentence for each that another app brings and that cannot be used."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()


def known(site: Site, shipped: tuple[Rule, ...], unit_of: Callable[[str], str | None]) -> Known:
    """Every rule of the installed apps; a key that is taken belongs to whoever was first."""
    if not site.hooks(HOOK):
        return Known(shipped)
    taken = {rule.key for rule in shipped}

    def wrong(rule: Rule) -> str:
        said = refusal(rule, unit_of(rule.metric)) or (
            f"{rule.key} is taken already" if rule.key in taken else ""
        )
        if not said:
            taken.add(rule.key)
        return said

    rules, problems = extensions.load(site, HOOK, Rule, wrong)
    return Known((*shipped, *rules), tuple(problems))


def refusal(rule: Rule, unit: str | None) -> str:
    """Why this rule of another app cannot be judged, or an empty text."""
    if wrong := _mistyped(rule):
        return Words(
            "{0}: {1} is {2}, which no rule can hold", repr(rule.key), wrong, repr(getattr(rule, wrong))
        )
    refusals = (
        validity.key_refusal(rule.key),
        validity.metric_refusal(rule.metric, unit),
        *(validity.choice_refusal(field, getattr(rule, field)) for field in validity.CHOICES),
        validity.summary_refusal(rule.summary),
        validity.threshold_refusal("threshold", rule.threshold),
        validity.threshold_refusal("critical_threshold", rule.critical_threshold or 0),
        validity.kind_refusal(rule),
    )
    said = next(filter(None, refusals), "")
    return Words("{0}: {1}", repr(rule.key), said) if said else ""


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
