"""A signal: one thing that is watched, with all that belongs to it, in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from vuurtoren.metrics.recount import Reading, Recount
from vuurtoren.metrics.source import Source
from vuurtoren.rules.rule import Rule
from vuurtoren.signals.panel import SignalPanel
from vuurtoren.signals.placement import Placement

Area = Literal["Money", "Members", "Audit trail", "System"]
AREAS: tuple[Area, ...] = get_args(Area)
"""Whose business a signal is; what alerts are routed by."""


@dataclass(frozen=True)
class Signal:
    """What is measured and judged, where its numbers stand on the page, how its past is counted from logs.

    A folder exports it as `SIGNAL` and bears its name. The runbook of each rule is in the `runbooks/` of the
    folder, in a file named like the rule. `recount` is by metric: each counts the rows of a span of time;
    `readings` tell the past of what is no such count.
    """

    name: str
    title: str
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...] = ()
    placements: tuple[Placement, ...] = ()
    panels: tuple[SignalPanel, ...] = ()
    recount: Mapping[str, Recount] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    area: Area = "System"
