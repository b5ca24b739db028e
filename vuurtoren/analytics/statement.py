"""What the report says: a sentence for people, and the question to the site that its numbers answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any

from vuurtoren.site.filters import conditions
from vuurtoren.site.words.words import Words


@dataclass(frozen=True)
class Statement:
    """One sentence. `source` is the question that every number in it comes from; `about` is its subject,
    such as a fingerprint, a metric key or a process type; `critical` is true where somebody should act."""

    text: str
    source: str
    about: str = ""
    critical: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def question(what: Words, doctype: str, filters: Mapping[str, Any] | None = None) -> Words:
    """A query in words that somebody can repeat: "count of SEPA Audit Log where timestamp >= 2026-11-01"."""
    parts = [f"{each.field} {each.operator} {_plain(each.value)}" for each in conditions(filters)]
    if not parts:
        return Words("{0} of {1}", what, doctype)
    return Words(
        "{0} of {1} where {2}", what, doctype, reduce(lambda one, two: Words("{0} and {1}", one, two), parts)
    )


def percent(share: float) -> str:
    """A share from 0 to 1 as people read it: "7.5 %", and never 0 % or 100 % of what is only nearly so."""
    rounded = min(99.9, max(0.1, round(share * 100, 1))) if 0 < share < 1 else share * 100
    return f"{rounded:g} %"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
