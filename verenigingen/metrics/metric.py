"""A measurement: a value, or the reason why there is none; with its unit and its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Scalar = float | int | str | bool


@dataclass(frozen=True)
class Metric:
    """One number that can be traced: what, how much, of which unit, from where, when (site time).

    `value` is None exactly when `reason` says why. `labels` tell one instance from another (a queue, a
    table); `evidence` holds the few rows behind the number, already fit for people; `doctype` names the
    list of documents behind it.
    """

    key: str
    value: Scalar | None
    unit: str
    source: str
    measured_at: datetime
    reason: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    doctype: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError(f"{self.key}: a metric has either a value or a reason, got {self.value!r} and {self.reason!r}")

    @property
    def known(self) -> bool:
        return self.value is not None
