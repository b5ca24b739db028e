"""Which instances of a rule are judged one by one, and how many breached ones are left over; pure."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vuurtoren.alerts.judging import answer_to, label_text
from vuurtoren.alerts.stored_state import LONGEST_FINGERPRINT, StoredState, fingerprint
from vuurtoren.metrics.metric import Metric
from vuurtoren.rules.expected import FIXED, Yardstick
from vuurtoren.rules.rule import Labels, Rule

Yardsticks = Callable[[Labels], Yardstick | str]
"""What each instance is judged by, or why nothing can be said."""
MOST_NAMED = 2000
"""Up to so many instances each get their name; of more only those that matter do."""


@dataclass(frozen=True)
class Chosen:
    """Instances by fingerprint; how many others are breached; and stored ones that are no longer reported."""

    named: Mapping[str, Metric]
    breached_others: int
    gone: Collection[str]


def matching(rule: Rule, metrics: Sequence[Metric]) -> Sequence[Metric]:
    """The instances that the rule is about; of one label several values may be wanted."""
    if not rule.only:
        return metrics
    wanted: dict[str, set[str]] = {}
    for name, value in rule.only:
        wanted.setdefault(name, set()).add(value)
    return [each for each in metrics if _has(each.labels, wanted)]


def rest_of(rule: Rule) -> str:
    """The fingerprint of the one alert that stands for all instances beyond the cap."""
    return f"{rule.key} and more"


def choose(
    rule: Rule,
    threshold: float,
    metrics: Sequence[Metric],
    states: Mapping[str, StoredState],
    by: Yardsticks = lambda _labels: FIXED,
) -> Chosen:
    """Whatever is open or pending is judged on; then the worst of the others, as far as the cap reaches.

    Time grows with the number of instances, memory does not.
    """
    followed = {name for name, stored in states.items() if not stored.quiet} - {rest_of(rule)}
    there = _find(rule, metrics, states.keys())
    gone = states.keys() - there.keys() - {rest_of(rule)}
    if len(metrics) <= rule.most_open:
        return Chosen(_named(rule, metrics), 0, gone)
    named = {name: there[name] for name in followed & there.keys()}
    kept = {id(metric) for metric in named.values()}
    breached = 0

    def judged() -> Iterator[tuple[bool, float, int]]:
        nonlocal breached
        for position, metric in enumerate(metrics):
            if id(metric) not in kept:
                bad, badness = _badness(rule, threshold, metric, by(metric.labels))
                breached += bad
                yield bad, badness, -position

    others = judged()
    worst = heapq.nlargest(max(0, rule.most_open - len(named)), others)
    deque(others, maxlen=0)  # without room for any, nothing was counted yet
    named |= _named(rule, [metrics[-position] for _, _, position in worst])
    return Chosen(named, breached - sum(bad for bad, _, _ in worst), gone)


def _has(labels: Labels, wanted: Mapping[str, set[str]]) -> bool:
    given = dict(labels)
    return all(given.get(name) in values for name, values in wanted.items())


def _named(rule: Rule, metrics: Sequence[Metric]) -> dict[str, Metric]:
    return {fingerprint(rule.key, each.labels): each for each in metrics}


def _find(rule: Rule, metrics: Sequence[Metric], wanted: Collection[str]) -> dict[str, Metric]:
    """Those of the wanted fingerprints that are reported, without making a name for each of a million."""
    if len(metrics) <= MOST_NAMED:
        named = _named(rule, metrics)
        return {name: named[name] for name in wanted if name in named}
    found: dict[str, Metric] = {}
    for each in metrics if wanted else ():
        text = f"{rule.key}{{{label_text(each.labels)}}}" if each.labels else rule.key
        if text in wanted:
            found[text] = each
        elif not (text.isascii() and text.isprintable() and len(text) <= LONGEST_FINGERPRINT):
            # only such a text is stored under another name than its own
            found[fingerprint(rule.key, each.labels)] = each
    return {name: found[name] for name in wanted if name in found}


def _badness(rule: Rule, threshold: float, metric: Metric, by: Yardstick | str) -> tuple[bool, float]:
    value = metric.value
    if value is None or isinstance(value, str) or not math.isfinite(value) or isinstance(by, str):
        return False, -math.inf
    upwards, apart = (1 if rule.upwards else -1), float(value) - by.base
    breached = answer_to(rule, float(value), threshold, by)[0] == "breached"
    return breached, upwards * apart / (abs(by.scale) or 1.0)
