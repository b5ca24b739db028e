"""The hours of a week in which people work and rest, by the clock of the site; holidays count as Sundays.

Holidays are those of the country of the site, where the optional library `holidays` is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec

HOURS_A_DAY, HOURS_A_WEEK = 24, 168
SUNDAY = 6
LIBRARY = "holidays"


@dataclass(frozen=True)
class Week:
    """The hours of a week; `country` as Frappe or ISO 3166 names it, empty for no holidays."""

    country: str = ""

    def hour_of(self, at: datetime) -> int:
        """0 for Monday from 0:00 to 167 for Sunday from 23:00."""
        weekday = SUNDAY if self.is_holiday(at.date()) else at.weekday()
        return weekday * HOURS_A_DAY + at.hour

    def is_holiday(self, day: date) -> bool:
        return bool(self.country) and day in holidays_of(self.country, day.year)


@lru_cache(maxsize=256)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of a year; none where the library is missing or does not know the country."""
    if find_spec(LIBRARY) is None:
        return frozenset()
    library, wanted = import_module(LIBRARY), country.replace(" ", "").lower()
    for names in library.registry.COUNTRIES.values():
        if wanted in map(str.lower, names):
            found: Mapping[date, str] = library.country_holidays(names[1], years=year)
            return frozenset(day for day in found if day.year == year)
    return frozenset()
