"""Filters for a stretch of time, such that each version of Frappe finds an index for it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

LONGEST_JOB = timedelta(days=1)


def written_since(since: datetime, until: datetime | None = None) -> dict[str, Any]:
    """Rows written once: Frappe indexes `modified` on 14 and 15 and `creation` on 16, so both are asked.

    Where `until` is given, those before it only.
    """
    return {"creation": [(">=", since), *_before(until)], "modified": (">=", since)}


def ended_since(since: datetime, until: datetime | None = None) -> dict[str, Any]:
    """Rows written when something starts and changed when it ends, at most a day later; before `until`."""
    return {"creation": (">=", since - LONGEST_JOB), "modified": [(">=", since), *_before(until)]}


def _before(until: datetime | None) -> list[tuple[str, datetime]]:
    return [] if until is None else [("<", until)]


def start_of_day(now: datetime) -> datetime:
    return datetime.combine(now.date(), time.min)
