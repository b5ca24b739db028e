"""A rule: which metric is judged how, how patiently, and what a person should do about it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
Operator = Literal[">", ">=", "<", "<="]
Interval = Literal["tick", "hourly", "daily"]
BreachLevel = Literal["warning", "critical"]
Kind = Literal["limit", "unusual", "will reach"]
SEVERITIES: tuple[Severity, ...] = ("LOW", "MEDIUM", "HIGH", "CRITICAL")

Labels = tuple[tuple[str, str], ...]
MOST_OPEN = 50
"""So many instances of one rule (queues, say) are judged one by one, unless the rule says otherwise."""

COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

MINUTE = 60
HOUR = 3600
SPREADS = "usual spreads"
"""The unit of a threshold that says how far from usual."""


@dataclass(frozen=True)
class Rule:
    """One condition that people are told about; plain data.

    `key` is also the name of its threshold in site_config.json and Monitoring Settings. Yes-or-no metrics
    are compared as 1 and 0 and have no threshold to choose (`adjustable` is false).
    Beyond `critical_threshold`, where there is one, the same alert is CRITICAL; a warning threshold that was
    moved beyond it makes every breach CRITICAL.
    `summary` may name {value}, {threshold} and {which} (the labels of the instance, such as a queue).
    A breach is told after `for_seconds`, ended after `keep_firing_seconds` without one. Not knowing is told
    after `unknown_for_seconds`; None means that it is shown on the page only, because the source is optional.
    A rule whose `requires` names a DocType that the site lacks is not judged (of a record that the site keeps
    under another name, that one); nor is one about a `bench_fact` that is unknown where there is no bench,
    such as the background queues of an embedded site.
    Of its instances only those are judged that have the labels of `only`, where it names some; of the same
    label several values may be named. Beyond `most_open` instances the worst ones are judged one by one, and
    one alert more stands for all others that are breached.
    `because_of` names rules whose open alert may be the cause of this one: both are one incident then.
    An `event` is about something that happened, not about how things are: its end is no news, and it speaks
    for nothing that goes on.
    An `unusual` rule fires where the value is further from what is usual at this hour of the week than its
    threshold, in usual spreads: above it with > or >=, else below. A rule that `will reach` fires where a
    clear trend takes the value beyond the threshold within `horizon_seconds`. Both are silent while too
    little is known: what cannot be measured is told by rules with a limit.
    `links` are the DocTypes or records whose lists hold the documents behind the number.
    """

    key: str
    title: str
    alert_type: str
    severity: Severity
    metric: str
    operator: Operator
    threshold: float
    unit: str
    summary: str
    runbook: str
    interval: Interval = "tick"
    for_seconds: int = 0
    keep_firing_seconds: int = 0
    unknown_for_seconds: int | None = 15 * MINUTE
    links: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    adjustable: bool = True
    bench_fact: bool = False
    critical_threshold: float | None = None
    only: Labels = ()
    most_open: int = MOST_OPEN
    because_of: tuple[str, ...] = ()
    event: bool = False
    kind: Kind = "limit"
    horizon_seconds: int = 0

    @property
    def upwards(self) -> bool:
        """Whether large values are bad."""
        return self.operator in (">", ">=")

    @property
    def tells_not_knowing(self) -> bool:
        """Whether people are told when it cannot be judged; else a site need not have its source."""
        return self.unknown_for_seconds is not None

    @property
    def threshold_unit(self) -> str:
        return SPREADS if self.kind == "unusual" else self.unit

    def severity_at(self, level: BreachLevel) -> Severity:
        """The severity of an alert at this level."""
        return "CRITICAL" if level == "critical" else self.severity


def rank(severity: str) -> int:
    """0 for LOW to 3 for CRITICAL; an unknown severity ranks as HIGH, so that nothing hides behind a typo."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else SEVERITIES.index("HIGH")
