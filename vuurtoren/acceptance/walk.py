"""One walk through the deployment checklist: what it looks at, and what a step can answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Page
from vuurtoren.pages.view import build_page
from vuurtoren.settings import settings
from vuurtoren.settings.settings import Settings
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import quantity

State = Literal["passed", "failed", "unknown", "does not apply", "asked"]


@dataclass(frozen=True)
class Outcome:
    """What came of one step, and why in one sentence."""

    state: State
    said: str


class Walk:
    """The site during one walk. Each part is looked at once; nothing is written."""

    def __init__(self, site: Site, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        self.site = site
        self.stopwatch = stopwatch
        self.seconds: dict[str, float] = {}
        """How long the parts took that the checklist has limits for."""

    @cached_property
    def snapshot(self) -> Snapshot:
        began = self.stopwatch()
        found = collect(self.site, fresh=True)
        self.seconds["measuring"] = self.stopwatch() - began
        return found

    @cached_property
    def page(self) -> Page:
        began = self.stopwatch()
        found = build_page(Facts(self.site))
        self.seconds["page"] = self.stopwatch() - began
        return found

    def api(self) -> None:
        """What a call of the API does: measured anew is what is cheap or no longer fresh."""
        self.snapshot  # noqa: B018 - as the tick does before
        began = self.stopwatch()
        collect(self.site)
        self.seconds["api"] = self.stopwatch() - began

    @cached_property
    def settings(self) -> Settings:
        return settings.read(self.site)

    def number(self, key: str, good: Callable[[float], bool], said: str) -> Outcome:
        """Judge one number; `said` takes it as {0}. One that is unknown leaves the step unknown."""
        metric: Metric = self.snapshot.get(key)
        if metric.value is None:
            return Outcome("unknown", metric.reason)
        value = float(metric.value) if isinstance(metric.value, int | float) else 0.0
        text = self.site.translate(said).format(quantity(value, metric.unit, self.site.translate))
        return Outcome("passed" if good(value) else "failed", text)


def passed(holds: bool, said: str, otherwise: str = "") -> Outcome:
    """Passed with one sentence, failed with the other."""
    return Outcome("passed", said) if holds else Outcome("failed", otherwise or said)
