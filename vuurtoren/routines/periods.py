"""Days, weeks and months of the calendar of the site: counted in dates, which no clock change moves."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

from vuurtoren.site.quantities import Say, as_shown

Routine = Literal["daily", "weekly", "monthly"]
ROUTINES: tuple[Routine, ...] = get_args(Routine)
LOOKED_BACK: dict[Routine, int] = {"daily": 7, "weekly": 4, "monthly": 3}
"""So many earlier periods are looked at for what was missed."""


def begins(routine: Routine, day: date) -> date:
    """The first day of the period that this day is in: itself, its Monday, or the first of its month."""
    if routine == "weekly":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if routine == "monthly" else day


def key(routine: Routine, day: date) -> str:
    """The name of the period that this day is in: 2026-11-30, 2026-W49 or 2026-11."""
    if routine == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if routine == "monthly" else f"{day:%Y-%m-%d}"


def named(period: str, say: Say = str) -> str:
    """What people call the period: "05-11-2026", "week 49 of 2026", "Nov 2026"."""
    year, _, rest = period.partition("-")
    if rest.startswith("W"):
        return say("week {0} of {1}").format(int(rest[1:]), year)
    if "-" in rest:
        return as_shown(period, say)
    return f"{say(month_abbr[int(rest)])} {year}"


def earlier(routine: Routine, day: date) -> Iterator[date]:
    """The first days of the periods before this day's, the newest first."""
    first = begins(routine, day)
    for _ in range(LOOKED_BACK[routine]):
        first = begins(routine, first - timedelta(days=1))
        yield first
