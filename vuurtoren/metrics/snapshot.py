"""What one round of measuring found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from vuurtoren.metrics.host import own
from vuurtoren.metrics.metric import Metric

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Snapshot:
    """All metrics of one round; a metric that an earlier round measured keeps its own `measured_at`.

    `taken_at` is site time, `taken_at_utc` the same moment in UTC.
    """

    taken_at: datetime
    taken_at_utc: datetime
    metrics: tuple[Metric, ...]
    slow: tuple[tuple[str, float], ...] = ()
    """Sources that took too long in this round, with the seconds."""

    def get(self, key: str, **labels: str) -> Metric:
        """The metric of that key and those labels; unknown, never an error, where nobody measured it.

        Where a source could not tell its instances apart, its unlabelled reason stands for every label; of a
        number that each machine of the bench has, this machine's is the one without a label.
        """
        wanted = tuple(sorted(labels.items()))
        for labelled in (wanted,) if wanted else ((), own()):
            for metric in self.all(key):
                if metric.labels == labelled:
                    return metric
        for metric in self.all(key):
            if not metric.labels and not metric.known:
                return metric
        return Metric(key, None, "", "", self.taken_at, NOT_MEASURED, wanted)

    def all(self, key: str) -> tuple[Metric, ...]:
        """Every instance of the key, in the order of measuring."""
        return self._by_key.get(key, ())

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    @cached_property
    def _by_key(self) -> dict[str, tuple[Metric, ...]]:
        found: dict[str, list[Metric]] = {}
        for metric in self.metrics:
            found.setdefault(metric.key, []).append(metric)
        return {key: tuple(metrics) for key, metrics in found.items()}
