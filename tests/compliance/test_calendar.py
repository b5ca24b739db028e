"""TARGET days against two calendars that others keep, and what is counted in them."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from workalendar.europe import EuropeanCentralBank

from vuurtoren.compliance.calendar import (
    add_target_days,
    is_target_day,
    next_target_day,
    target_days_between,
)

DAY = timedelta(days=1)
YEARS = range(2000, 2100)
ONLY_ONCE = date(2001, 12, 31)
"""Closed for the change to euro notes; a calendar that knows only today's rule may leave it out."""


def weekdays_closed(year: int) -> set[date]:
    first = date(year, 1, 1)
    days = (first + DAY * number for number in range((date(year + 1, 1, 1) - first).days))
    return {day for day in days if day.weekday() < 5 and not is_target_day(day)} - {ONLY_ONCE}


@pytest.mark.parametrize("year", YEARS)
def test_the_closing_days_are_those_of_the_library_holidays(year: int) -> None:
    known = {day for day in holidays.financial_holidays("XECB", years=year) if day.weekday() < 5}
    assert weekdays_closed(year) == known - {ONLY_ONCE}


@pytest.mark.parametrize("year", YEARS)
def test_the_closing_days_are_those_of_the_library_workalendar(year: int) -> None:
    known = {day for day, _name in EuropeanCentralBank().holidays(year) if day.weekday() < 5}
    assert weekdays_closed(year) == known - {ONLY_ONCE}


def test_new_years_eve_of_2001_was_closed() -> None:
    assert not is_target_day(ONLY_ONCE)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 4, 27), True),  # King's Day
        (date(2026, 5, 1), False),
        (date(2026, 5, 14), True),  # Ascension Day
        (date(2026, 11, 28), False),  # a Saturday
    ],
)
def test_only_the_days_of_target_close_it(day: date, open_: bool) -> None:
    assert is_target_day(day) is open_


def test_target_days_are_counted_over_easter() -> None:
    maundy_thursday = date(2026, 4, 2)
    assert add_target_days(maundy_thursday, 1) == date(2026, 4, 7)
    assert add_target_days(date(2026, 4, 7), -1) == maundy_thursday
    assert target_days_between(maundy_thursday, date(2026, 4, 7)) == 1
    assert next_target_day(date(2026, 4, 3)) == date(2026, 4, 7)


def test_no_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert target_days_between(date(2026, 4, 7), date(2026, 4, 2)) == 0
