"""A measurement: a value, or the reason why there is none; with its unit and its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Scalar = float | int | str | bool
Labels = tuple[tuple[str, str], ...]


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
    labels: Labels = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    doctype: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError(
                f"{self.key}: a metric has either a value or a reason, got {self.value!r} and {self.reason!r}"
            )

    @property
    def known(self) -> bool:
        return self.value is not None

    def as_plain(self) -> dict[str, Any]:
        """The metric as JSON can hold it; `from_plain` reads it back."""
        return {
            "key": self.key,
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "measured_at": self.measured_at.isoformat(),
            "reason": self.reason,
            "labels": [list(label) for label in self.labels],
            "evidence": [dict(row) for row in self.evidence],
            "doctype": self.doctype,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Metric:
        """Raises KeyError, TypeError or ValueError where the mapping is no metric."""
        return cls(
            **{
                **plain,
                "measured_at": datetime.fromisoformat(plain["measured_at"]),
                "labels": tuple((name, value) for name, value in plain["labels"]),
                "evidence": tuple(plain["evidence"]),
            }
        )
