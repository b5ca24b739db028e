"""The days that a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from vuurtoren.site.errors import InvalidValue
from vuurtoren.site.protocol import Site

MOST_DAYS = 365


@dataclass(frozen=True)
class Period:
    """The last `days` days of site time; today, which is not over, is one of them."""

    days: int
    now: datetime

    @property
    def first_day(self) -> date:
        return self.now.date() - timedelta(days=self.days - 1)

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first_day, time())

    @property
    def today(self) -> date:
        return self.now.date()

    def __str__(self) -> str:
        return f"{self.days} days"


def period(site: Site, days: object) -> Period:
    """The last days; raises InvalidValue unless it is a whole number from 1 to 365 (text is taken too)."""
    text = "" if isinstance(days, bool) else str(days).strip()
    if not (len(text) < 9 and text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_DAYS):
        raise InvalidValue(site.translate("days: a whole number from 1 to {0} is needed").format(MOST_DAYS))
    return Period(int(text), site.now())
