"""Which kinds of error cost most: a score whose formula the report prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vuurtoren.error_kinds.queries import KindSeen

FORMULA = "score = errors of the kind × days on which it was seen ÷ days of the period"
CRITICAL_ERRORS = 10
CRITICAL_SHARE = 0.25
CRITICAL_FORMULA = (
    f"critical = at least {CRITICAL_ERRORS} errors of the kind and at least {CRITICAL_SHARE:.0%} of all "
    "errors of the period"
)


@dataclass(frozen=True)
class HotSpot:
    """One kind of error in a period: its score, and its share of all errors from 0 to 1."""

    kind: KindSeen
    score: float
    share: float

    @property
    def critical(self) -> bool:
        return self.kind.count >= CRITICAL_ERRORS and self.share >= CRITICAL_SHARE

    def as_dict(self) -> dict[str, Any]:
        kind = self.kind
        return {
            "fingerprint": kind.fingerprint,
            "title": kind.title,
            "culprit": kind.culprit,
            "errors": kind.count,
            "days_seen": kind.days_seen,
            "share_percent": round(100 * self.share, 1),
            "score": self.score,
            "first_seen": kind.first_seen.isoformat(" ", "seconds"),
            "last_seen": kind.last_seen.isoformat(" ", "seconds"),
            "critical": self.critical,
        }


def hot_spots(kinds: Sequence[KindSeen], days: int) -> list[HotSpot]:
    """The kinds of a period of so many days, highest score first."""
    total = sum(kind.count for kind in kinds)
    found = [
        HotSpot(kind, round(kind.count * kind.days_seen / days, 2), kind.count / total) for kind in kinds
    ]
    return sorted(found, key=lambda spot: (-spot.score, -spot.kind.count, spot.kind.fingerprint))
