"""How long ago a moment of a run was: reckoned in UTC, which no change of the clock or of the zone moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vuurtoren.health import readiness
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

SKEW_SECONDS = 10
"""So far apart may the clocks of two machines of one bench be."""
UNCERTAIN = "it lies in the future: the clock or the time zone was changed"


def now_as(site: Site, doctype: str, *moments: str) -> dict[str, Any]:
    """Now under each of these names: in site time, and in UTC where the table has the field."""
    now, now_utc = site.now(), site.now_utc()
    values: dict[str, Any] = dict.fromkeys(moments, now)
    in_utc = [f"{name}_utc" for name in moments]
    return values | dict.fromkeys(readiness.kept_fields(site, doctype, in_utc), now_utc)


def age_seconds(site: Site, row: Row, moment: str) -> float | None:
    """Seconds since this moment of the row, below zero where it lies in the future; None where there is none.

    A row from before the migration has no UTC yet: its site time is converted.
    """
    for stored, in_utc in ((row.get(f"{moment}_utc"), True), (row.get(moment), False)):
        if isinstance(stored, datetime):
            try:
                since_utc = stored if in_utc else site.to_utc(stored)
            except (ValueError, OverflowError):
                continue
            return (site.now_utc() - since_utc).total_seconds()
    return None


def is_uncertain(age: float) -> bool:
    """Whether this is no age: a moment in the future, by more than clocks may differ."""
    return age < -SKEW_SECONDS


def shown(age: float) -> int:
    """A certain age as whole seconds, never below zero."""
    return max(0, round(age))
