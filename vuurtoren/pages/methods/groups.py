"""Numbers of a snapshot under the names of the public documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vuurtoren.metrics.snapshot import Snapshot


@dataclass(frozen=True)
class Groups:
    """Makes small dictionaries; what is unknown is None, and `unknown` holds the reasons by name."""

    snapshot: Snapshot

    def of(self, group: str, *names: str) -> dict[str, Any]:
        """Those of one group of metrics: `of("members", "active")` is members.active."""
        return self.named({name: f"{group}.{name}" for name in names})

    def named(self, keys: Mapping[str, str]) -> dict[str, Any]:
        metrics = {name: self.snapshot.get(key) for name, key in keys.items()}
        unknown = {name: metric.reason for name, metric in metrics.items() if not metric.known}
        values = {name: metric.value for name, metric in metrics.items()}
        return {**values, "unknown": unknown} if unknown else values

    def value(self, key: str) -> Any:
        return self.snapshot.get(key).value
