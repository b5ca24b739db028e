"""One walk through the deployment checklist: what it looks at, and what a step can answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

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
Found = TypeVar("Found")

LIMITS = {"measuring": 2.0, "page": 3.0, "api": 0.1}
"""In seconds, as the checklist has them."""
MOST_ATTEMPTS = 3
"""So often is timed what takes longer than its limit, and the best counts: other work of the machine makes a
time longer, and nothing makes it shorter than it is."""


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
        return self._timed("measuring", lambda: collect(self.site, fresh=True))

    @cached_property
    def page(self) -> Page:
        return self._timed("page", lambda: build_page(Facts(self.site)))

    def api(self) -> None:
        """What a call of the API does: measured anew is what is cheap or no longer fresh."""
        self.snapshot  # noqa: B018 - as the tick does before
        self._timed("api", lambda: collect(self.site))

    def _timed(self, name: str, do: Callable[[], Found]) -> Found:
        began = self.stopwatch()
        found = do()
        took = self.stopwatch() - began
        for _ in range(MOST_ATTEMPTS - 1):
            if took < LIMITS[name]:
                break
            began = self.stopwatch()
            found = do()
            took = min(took, self.stopwatch() - began)
        self.seconds[name] = took
        return found

    @property
    def crowded(self) -> str:
        """Load and processors, where more waits to run than there are processors; else empty."""
        load, processors = (self.snapshot.get(key).value for key in ("host.load_1m", "host.cpu_count"))
        if not (isinstance(load, float) and isinstance(processors, int) and load > processors):
            return ""
        said = self.site.translate("The machine was busy: load {0} on {1} CPUs. Walk again when it is not.")
        return said.format(load, processors)

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
