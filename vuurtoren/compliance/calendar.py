"""The days on which banks settle in euros: TARGET is closed on weekends and six days of the year.

Source: ECB, TARGET closing days in force since 2002 (decision of 14 December 2000); before 2002, those of
2000 and 2001 were the same six days and 31 December 2001.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
ADDED = frozenset({date(2001, 12, 31)})
"""Closed once, for the change to euro notes and coins."""


@lru_cache(maxsize=256)
def closing_days(year: int) -> frozenset[date]:
    """The closing days of a year that may fall on a working day."""
    easter = easter_sunday(year)
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)}
    moving = {easter - 2 * DAY, easter + DAY}
    return frozenset(fixed | moving | {day for day in ADDED if day.year == year})


def is_target_day(day: date) -> bool:
    """Whether TARGET is open; King's Day and other national holidays do not close it."""
    return day.weekday() < 5 and day not in closing_days(day.year)


def next_target_day(day: date) -> date:
    """The day itself where TARGET is open, else the next day on which it is."""
    while not is_target_day(day):
        day += DAY
    return day


def add_target_days(day: date, number: int) -> date:
    """The TARGET day that is so many TARGET days after a day, before it where the number is negative.

    Raises OverflowError beyond the calendar's own end.
    """
    step = DAY if number > 0 else -DAY
    for _ in range(abs(number)):
        day += step
        while not is_target_day(day):
            day += step
    return day


def target_days_between(start: date, end: date) -> int:
    """How many TARGET days lie after `start` up to and including `end`; 0 where `end` is not later."""
    return sum(is_target_day(start + DAY * number) for number in range(1, (end - start).days + 1))


def easter_sunday(year: int) -> date:
    """The anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    day = (h - m + r + month + 19) % 32
    return date(year, month, day)
