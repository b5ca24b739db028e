"""From which day on nothing may be pruned: whole book years, counted from the end of the book year."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from vuurtoren.site.protocol import Site

FISCAL_YEAR = "Fiscal Year"

LEAST_YEARS = 7
"""Whole book years that the Dutch tax law wants kept (art. 52 AWR)."""


def keep_from(site: Site, years: int) -> date:
    """The first day that must stay when a book year is kept for `years` years after it has ended.

    Book years end as the newest Fiscal Year of the site does, else with the calendar year; a Fiscal Year of
    another length counts with its own days.
    """
    today = site.now().date()
    book_years = _book_years(site)
    newest_end = max((end for _, end in book_years), default=date(today.year, 12, 31))
    over_this_year = _in_year(newest_end, today.year) < today
    kept = _in_year(newest_end, today.year - years - (not over_this_year)) + timedelta(days=1)
    for start, end in sorted(book_years, reverse=True):
        if start < kept <= end and _in_year(end, end.year + years) >= today:
            kept = start
    return kept


def _book_years(site: Site) -> list[tuple[date, date]]:
    if not site.has_doctype(FISCAL_YEAR):
        return []
    rows = site.get_all(FISCAL_YEAR, ["year_start_date", "year_end_date"])
    dates = [(_day(row["year_start_date"]), _day(row["year_end_date"])) for row in rows]
    return [(start, end) for start, end in dates if start and end]


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _in_year(day: date, year: int) -> date:
    """The same day of another year; the last day of a month stays the last one."""
    longest = calendar.monthrange(year, day.month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, day.month, longest if is_last else min(day.day, longest))
