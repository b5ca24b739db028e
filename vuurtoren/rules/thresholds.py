"""Thresholds from three places, merged; what is no threshold is refused with a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vuurtoren.privacy.text import one_line
from vuurtoren.rules.rule import Rule
from vuurtoren.site.words.words import Words

Origin = Literal["shipped", "site config", "settings", "alert rule"]
CONFIG_KEY = "alert_thresholds"


class BadThreshold(ValueError):
    """The text is no threshold; the message is the sentence that people read."""


@dataclass(frozen=True)
class Thresholds:
    """The threshold of every rule, where each came from, and a sentence for each value that was ignored."""

    values: Mapping[str, float]
    origins: Mapping[str, Origin]
    ignored: tuple[str, ...] = ()


def parse(given: object) -> float:
    """A number of at least 0 from a number or a text ("2000", "0,5"); raises BadThreshold otherwise."""
    shown = repr(one_line(given, 60))
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise BadThreshold(Words("{0} is not a number", shown))
    try:
        number = float(given.strip().replace(",", ".") if isinstance(given, str) else given)
    except (ValueError, OverflowError):
        raise BadThreshold(Words("{0} is not a number", shown)) from None
    if not math.isfinite(number):
        raise BadThreshold(Words("{0} is not a number that can be reached", shown))
    if number < 0:
        raise BadThreshold(Words("{0} is negative; a threshold is 0 or more", shown))
    return number


def refusals(rules: Sequence[Rule], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for each row of Monitoring Settings that cannot be saved."""
    return [sentence for _, sentence in _judged(rules, _typed(rows)) if sentence]


def merge(
    rules: Sequence[Rule], site_config: object = None, rows: Iterable[Mapping[str, Any]] = ()
) -> Thresholds:
    """Shipped default < `alert_thresholds` of the site configuration < the row in Monitoring Settings.

    A value that is no threshold is ignored and named; the next lower place holds.
    """
    values = {rule.key: float(rule.threshold) for rule in rules}
    origins: dict[str, Origin] = dict.fromkeys(values, "shipped")
    configured, ignored = _from_config(site_config)
    layers: tuple[tuple[Origin, dict[str, object]], ...] = (
        ("site config", configured),
        ("settings", _typed(rows)),
    )
    for origin, given in layers:
        for key, (number, sentence) in zip(given, _judged(rules, given), strict=True):
            if number is None:
                ignored.append(Words("{0}: {1}; {2}", _place(origin), sentence, _kept(values.get(key))))
            else:
                values[key], origins[key] = number, origin
    return Thresholds(values, origins, tuple(ignored))


def _typed(rows: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """The rows in which somebody typed a threshold."""
    return {
        str(row["rule"]): row["threshold"] for row in rows if str(row.get("threshold") or "").strip() != ""
    }


def _judged(rules: Sequence[Rule], given: Mapping[str, object]) -> list[tuple[float | None, str]]:
    by_key = {rule.key: rule for rule in rules}
    return [_one(by_key.get(key), key, value) for key, value in given.items()]


def _one(rule: Rule | None, key: str, value: object) -> tuple[float | None, str]:
    shown = one_line(key, 60)
    if rule is None:
        return None, Words("there is no rule {0}", repr(shown))
    if not rule.adjustable:
        return None, Words("{0} is a yes-or-no rule and has no threshold", shown)
    try:
        return parse(value), ""
    except BadThreshold as refused:
        return None, Words("{0}: {1}", shown, refused)


def _from_config(site_config: object) -> tuple[dict[str, object], list[str]]:
    if isinstance(site_config, str) and site_config.strip():
        try:
            site_config = json.loads(site_config)
        except (ValueError, RecursionError):
            return {}, [Words("{0} is text that is no JSON; it is ignored", _place("site config"))]
    if site_config in (None, "", {}):
        return {}, []
    if not isinstance(site_config, dict):
        return {}, [Words("{0} is no object of names and numbers; it is ignored", _place("site config"))]
    return {str(key): value for key, value in site_config.items()}, []


def _place(origin: Origin) -> str:
    return (
        Words("{0} in the site configuration", CONFIG_KEY)
        if origin == "site config"
        else Words("Monitoring Settings")
    )


def _kept(value: float | None) -> str:
    return Words("it is ignored") if value is None else Words("{0} holds", f"{value:g}")
