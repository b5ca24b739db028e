"""An Alert Rule record read as a rule: every field a text that a person typed, each refusal a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from vuurtoren.privacy.text import clean, one_line, storable
from vuurtoren.rules import validity
from vuurtoren.rules.rule import COMPARE, MOST_OPEN, Labels, Rule
from vuurtoren.rules.thresholds import parse
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.words.words import Words, lines

ADDED_TYPE = "CUSTOM_RULE"
"""The alert type of rules that people add."""
NO_STEPS = "No steps are written down yet: write them into the Alert Rule once you know what helped."
NEEDED = ("title", "metric", "operator", "threshold", "severity")
LONGEST = {"title": SHORT_TEXT_LENGTH, "summary": 300, "runbook": 5000, "label_filter": 2000, "links": 1000}
MOST_LINES = 20
MOST_INSTANCES_EVER = 1000
LONGEST_SECONDS = 30 * 86_400
LONGEST_HORIZON_SECONDS = 365 * 86_400
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(?:\d+\s*(?:s|min|h|d)\s*)+")
NEVER, NONE = "never", "none"


class BadRule(ValueError):
    """The record is no rule; the message has one sentence a line."""


def build(
    record: Mapping[str, Any],
    base: Rule | None,
    unit_of: Callable[[str], str | None],
    *,
    saving: bool = False,
) -> Rule:
    """The rule that the record makes of `base`, or adds where there is none; raises BadRule.

    `unit_of` gives the unit of a metric, or None where nobody measures it. With `saving` a critical threshold
    on the wrong side of the warning is refused as well; later the warning may move in Monitoring Settings.
    """
    reading = _Reading(record, base, unit_of)
    given = reading.given()
    if reading.wrong:
        raise BadRule(lines(reading.wrong))
    rule = replace(base, **given) if base else _added(reading.key, given)
    changed = given.keys() & {"threshold", "critical_threshold"}
    if saving and changed and (wrong := _wrong_side(rule)):
        raise BadRule(Words("{0}: {1}", reading.key, wrong))
    if wrong := validity.kind_refusal(rule):
        raise BadRule(Words("{0}: {1}", reading.key, wrong))
    return rule


def seconds(text: str, longest: int = LONGEST_SECONDS) -> int:
    """ "10 min", "1 h 30 min" or "0" as seconds; raises ValueError with a sentence."""
    shown = repr(one_line(text, 60))
    if text == "0":
        return 0
    if len(text) > 60 or not DURATION.fullmatch(text):
        raise ValueError(Words("{0} is no time: write it like 30 s, 10 min, 1 h 30 min or 2 d", shown))
    found = re.findall(r"(\d+)\s*(s|min|h|d)", text)
    total = sum(int(number) * SECONDS[unit] for number, unit in found)
    if total > longest:
        raise ValueError(Words("{0} is longer than {1} days", shown, longest // 86400))
    return total


def time_text(whole_seconds: int) -> str:
    """Seconds as `seconds` reads them: "1 h 30 min"; "0" for none."""
    parts = []
    for unit, size in reversed(SECONDS.items()):
        if whole_seconds >= size:
            parts.append(f"{whole_seconds // size} {unit}")
            whole_seconds %= size
    return " ".join(parts) or "0"


class _Reading:
    """Reads one record field by field and collects what is wrong with it."""

    def __init__(
        self, record: Mapping[str, Any], base: Rule | None, unit_of: Callable[[str], str | None]
    ) -> None:
        self.record, self.base, self.unit_of = record, base, unit_of
        self.wrong: list[str] = []
        self.key = one_line(record.get("rule_key") or "", 80)

    def given(self) -> dict[str, Any]:
        """The fields of the rule that the record sets."""
        self.say(validity.key_refusal(str(self.record.get("rule_key") or "")))
        found = {field: self.text(field) for field in ("title", "summary", "runbook")}
        values: dict[str, Any] = {field: text for field, text in found.items() if text}
        self.say(validity.summary_refusal(values.get("summary", "")))
        values |= self.about_the_metric() | self.thresholds() | self.patience() | self.lists()
        if self.base is None:
            self.needed(values)
        return values

    def about_the_metric(self) -> dict[str, Any]:
        """Metric and operator of an added rule; a shipped rule keeps its own."""
        metric, values = self.line("metric"), self.choice("operator") | self.choice("kind")
        if self.base:
            fields = (("metric", metric), *((name, values.get(name, "")) for name in ("operator", "kind")))
            for field, given in fields:
                if given and given != getattr(self.base, field):
                    self.say(
                        Words(
                            "the {0} of this rule is {1} and cannot be changed",
                            field,
                            getattr(self.base, field),
                        )
                    )
            return {}
        unit = self.unit_of(metric) if metric else None
        if metric:
            self.say(validity.metric_refusal(metric, unit))
        return values | {"metric": metric, "unit": unit or "", "adjustable": unit != "yes/no"}

    def thresholds(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in ("threshold", "critical_threshold"):
            text = self.line(field)
            if text and self.base and not self.base.adjustable:
                self.say(Words("it is a yes-or-no rule and has no threshold"))
            elif field == "critical_threshold" and text.lower() == NONE:
                values[field] = None
            elif text:
                said = validity.threshold_refusal(field, text)
                self.say(said)
                values |= {} if said else {field: parse(text)}
        severity = self.choice("severity")
        holds = severity.get("severity") or (self.base.severity if self.base else "")
        if values.get("critical_threshold") is not None and holds == "CRITICAL":
            self.say(Words("it is CRITICAL already, so it has no critical threshold"))
        return values | severity

    def patience(self) -> dict[str, Any]:
        values: dict[str, Any] = self.choice("interval", "judged")
        for field, name in (
            ("pending_for", "for_seconds"),
            ("keep_firing_for", "keep_firing_seconds"),
            ("unknown_for", "unknown_for_seconds"),
            ("horizon", "horizon_seconds"),
        ):
            text = self.line(field)
            longest = LONGEST_HORIZON_SECONDS if field == "horizon" else LONGEST_SECONDS
            if field == "unknown_for" and text.lower() == NEVER:
                values[name] = None
            elif text:
                try:
                    values[name] = seconds(text, longest)
                except ValueError as refused:
                    self.say(Words("{0}: {1}", field, refused))
        return values

    def lists(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if links := self.lines("links"):
            values["links"] = tuple(links)
        if labels := self.lines("label_filter"):
            values["only"] = self.labels(labels)
        most = self.line("most_open")
        if most and most != "0":
            if most.isdecimal() and len(most) < 6 and int(most) <= MOST_INSTANCES_EVER:
                values["most_open"] = int(most)
            else:
                self.say(
                    Words("most_open: a number from 1 to {0}, or 0 for {1}", MOST_INSTANCES_EVER, MOST_OPEN)
                )
        return values

    def labels(self, lines: list[str]) -> Labels:
        pairs = [tuple(part.strip() for part in line.split("=", 1)) for line in lines]
        if any(len(pair) != 2 or not all(pair) for pair in pairs):
            self.say(Words("label_filter: one label a line, like queue = long"))
            return ()
        return cast(Labels, tuple(pairs))

    def needed(self, values: Mapping[str, Any]) -> None:
        missing = [field for field in NEEDED if values.get(field) in (None, "")]
        # what was typed and refused is named already
        missing = [field for field in missing if not self.line(field)]
        if missing:
            self.say(
                Words(
                    "there is no shipped rule of this key to change; to add one, give {0}", ", ".join(missing)
                )
            )

    def choice(self, name: str, field: str = "") -> dict[str, Any]:
        text = self.line(field or name)
        if text and (said := validity.choice_refusal(name, text, field)):
            self.say(said)
            return {}
        return {name: text} if text else {}

    def lines(self, field: str) -> list[str]:
        found = [line.strip() for line in self.text(field).splitlines() if line.strip()]
        if len(found) > MOST_LINES or any(len(line) > 280 for line in found):
            self.say(Words("{0}: at most {1} lines of 280 characters", field, MOST_LINES))
            return []
        return found

    def line(self, field: str) -> str:
        text = str(self.record.get(field) if self.record.get(field) is not None else "").strip()
        if len(text) > SHORT_TEXT_LENGTH or not storable(text) or "\n" in text:
            self.say(Words("{0}: at most 140 printable characters on one line", field))
            return ""
        return text

    def text(self, field: str) -> str:
        text = str(self.record.get(field) or "").strip()
        if len(text) > LONGEST[field]:
            self.say(Words("{0}: {1} characters, at most {2} fit", field, len(text), LONGEST[field]))
            return ""
        if not storable(text):
            self.say(Words("{0}: it holds control characters or broken ones", field))
            return ""
        return one_line(text, LONGEST[field]) if field in ("title", "summary") else clean(text)

    def say(self, sentence: str) -> None:
        """Collect a sentence; an empty one says nothing."""
        if not sentence:
            return
        said = Words("{0}: {1}", self.key or Words("a rule without a key"), sentence)
        if said not in self.wrong:
            self.wrong.append(said)


def _added(key: str, given: Mapping[str, Any]) -> Rule:
    title = str(given["title"]).replace("{", "(").replace("}", ")")
    learns = given.get("kind", "limit") != "limit"
    defaults: dict[str, Any] = {
        "summary": title + (": {value}; {usual}" if learns else ": {value} (limit {threshold})"),
        "runbook": NO_STEPS,
        "alert_type": ADDED_TYPE,
        "links": (),
    }
    if learns:
        defaults["unknown_for_seconds"] = None
    return Rule(key=key, **(defaults | dict(given)))


def _wrong_side(rule: Rule) -> str:
    """Why the two thresholds contradict each other, or an empty text."""
    critical = rule.critical_threshold
    if critical is None or COMPARE[rule.operator](critical, rule.threshold):
        return ""
    worse = "above" if rule.operator in (">", ">=") else "below"
    return Words(
        "the critical threshold {0} must be {1} the warning threshold {2}; write {3} for no critical level",
        f"{critical:g}",
        worse,
        f"{rule.threshold:g}",
        NONE,
    )
