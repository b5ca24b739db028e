"""Times of a site: shown by its clock, and subtracted, added and compared as the instants that they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, SupportsIndex, overload

BEGINNING = datetime(1, 1, 1)
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
HOURS_REMEMBERED = 2**14
"""So many hours, near two years, are known to be hours in which no clock is changed."""


@dataclass(frozen=True)
class SiteZone:
    """The zone in which a site counts; None is that of the machine."""

    zone: tzinfo | None = None

    def at(self, utc_time: datetime) -> SiteTime:
        """What the clock of the site shows at this UTC time, and in which of two passes."""
        ahead = _ahead_in_hour_of_utc(self, *self._hour(utc_time))
        if ahead is not None and self._ahead_at(wall := utc_time + ahead) is not None:
            return SiteTime.shown(wall, self)
        shown = utc_time.replace(tzinfo=timezone.utc).astimezone(self.zone)
        return SiteTime.shown(shown.replace(tzinfo=None), self)

    def of(self, wall: datetime) -> SiteTime:
        """What the clock showed; `fold` says in which pass where a time comes twice."""
        return wall if isinstance(wall, SiteTime) and wall.site_zone == self else SiteTime.shown(wall, self)

    def to_utc(self, wall: datetime) -> datetime:
        """UTC of what the clock showed; a time that a spring leaves out counts in the zone from before."""
        plain = datetime.combine(wall.date(), wall.time())
        aware = plain.replace(tzinfo=self.zone) if self.zone else plain.astimezone()
        return aware.astimezone(timezone.utc).replace(tzinfo=None)

    def repeats(self, wall: datetime) -> bool:
        """Whether the clock shows this time twice."""
        if self._ahead_at(wall) is not None:
            return False
        first, second = self._both(wall)
        return first < second

    def instant(self, wall: datetime) -> datetime:
        """UTC of a time by the wall clock: where a spring leaves it out, the moment of that jump."""
        ahead = self._ahead_at(wall)
        if ahead is not None:
            return datetime.combine(wall.date(), wall.time()) - ahead
        first, second = self._both(wall)
        return self._jump(wall) if second < first else self.to_utc(wall)

    def first_shown_after(self, moment: SiteTime) -> datetime:
        """The least time that the clock shows from this moment on, which may be one after it was set back."""
        if moment.fold or not self.repeats(moment):
            return moment.plain()
        return self.at(self._jump(moment)).plain()

    def marked(self, moment: SiteTime) -> datetime:
        """The same as a plain time; where it comes twice, its last digit is odd in the second pass only.

        So the pass outlives a column that knows no zone."""
        if not self.repeats(moment):
            return moment.plain()
        return moment.plain().replace(microsecond=moment.microsecond & ~1 | moment.fold, fold=0)

    def unmarked(self, wall: datetime) -> SiteTime:
        """What `marked` had made a plain time of."""
        second = bool(wall.microsecond & 1) and self.repeats(wall)
        return self.of(wall.replace(fold=int(second)))

    def latest(self, wall: datetime, now_utc: datetime) -> SiteTime:
        """The latest moment, not after now, at which the clock showed this; else the first."""
        second = wall.replace(fold=1)
        known = self.repeats(wall) and self.to_utc(second) <= now_utc
        return self.of(second if known else wall.replace(fold=0))

    def _hour(self, when: datetime) -> tuple[object, int, int, int, int]:
        """An hour, and what the zone of the machine is today where the site has none of its own."""
        machine = None if self.zone else (time.tzname, time.timezone)
        return machine, when.year, when.month, when.day, when.hour

    def _ahead_at(self, wall: datetime) -> timedelta | None:
        """How far the clock is ahead of UTC in this hour of its own; None where it is changed in it."""
        return _ahead_in_hour_shown(self, *self._hour(wall))

    def _both(self, wall: datetime) -> tuple[datetime, datetime]:
        return self.to_utc(wall.replace(fold=0)), self.to_utc(wall.replace(fold=1))

    def _jump(self, wall: datetime) -> datetime:
        """When the clock is changed, near a time that it shows twice or never; UTC."""
        early, late = sorted(self._both(wall))
        before = self._ahead(early)
        while late - early > MICROSECOND:
            middle = early + (late - early) // 2
            early, late = (middle, late) if self._ahead(middle) == before else (early, middle)
        return late

    def _ahead(self, utc_time: datetime) -> timedelta:
        return self.at(utc_time).plain() - utc_time


@lru_cache(HOURS_REMEMBERED)
def _ahead_in_hour_shown(
    zone: SiteZone, machine: object, year: int, month: int, day: int, hour: int
) -> timedelta | None:
    begin = datetime(year, month, day, hour)
    ends = (begin, begin + HOUR - MICROSECOND)
    passes = (end.replace(fold=fold) for end in ends for fold in (0, 1))
    return _constant(wall.replace(fold=0) - zone.to_utc(wall) for wall in passes)


@lru_cache(HOURS_REMEMBERED)
def _ahead_in_hour_of_utc(
    zone: SiteZone, machine: object, year: int, month: int, day: int, hour: int
) -> timedelta | None:
    begin = datetime(year, month, day, hour, tzinfo=timezone.utc)
    ends = (begin, begin + HOUR - MICROSECOND)
    return _constant(end.astimezone(zone.zone).utcoffset() or timedelta() for end in ends)


def _constant(ahead: Iterable[timedelta]) -> timedelta | None:
    """The one value that all are; None where they differ, or lie beyond the ends of the calendar."""
    try:
        different = set(ahead)
    except (OverflowError, ValueError):
        return None
    return different.pop() if len(different) == 1 else None


class SiteTime(datetime):
    """A time without a zone, as the site shows and stores it, that knows which instant it is.

    Differences, sums and comparisons are those of UTC, in the nights too in which the clock is changed; a
    plain datetime beside it is taken as a time by the same clock. Whatever shows it sees a plain time.
    """

    site_zone: SiteZone = SiteZone()
    _utc: datetime | None = None

    @classmethod
    def shown(cls, wall: datetime, zone: SiteZone) -> SiteTime:
        made = cls(
            wall.year,
            wall.month,
            wall.day,
            wall.hour,
            wall.minute,
            wall.second,
            wall.microsecond,
            fold=wall.fold,
        )
        made.site_zone = zone
        return made

    @property
    def utc(self) -> datetime:
        """The instant, as a naive datetime in UTC."""
        if self._utc is None:
            self._utc = _reckoned(self.site_zone, self)
        return self._utc

    def plain(self) -> datetime:
        """The same time as a plain datetime, for whoever wants to know nothing of instants."""
        return datetime.combine(self.date(), self.time())

    def replace(self, *args: SupportsIndex, **changes: Any) -> SiteTime:  # type: ignore[override]
        changed = self.plain().replace(*args, **{"fold": 0, **changes})  # type: ignore[arg-type]
        return self.site_zone.of(changed)

    def __add__(self, other: timedelta) -> SiteTime:
        if not isinstance(other, timedelta):
            return NotImplemented
        return self.site_zone.at(self.utc + other)

    __radd__ = __add__

    @overload  # type: ignore[override]
    def __sub__(self, other: datetime) -> timedelta: ...
    @overload
    def __sub__(self, other: timedelta) -> SiteTime: ...
    def __sub__(self, other: Any) -> Any:
        if isinstance(other, timedelta):
            return self + -other
        theirs = self._of(other)
        return NotImplemented if theirs is None else self.utc - theirs

    def __rsub__(self, other: Any) -> Any:
        theirs = self._of(other)
        return NotImplemented if theirs is None else theirs - self.utc

    def __eq__(self, other: object) -> bool:
        """Another one is equal as an instant; a plain time, which may be of either pass, as it is shown."""
        return self.utc == other.utc if isinstance(other, SiteTime) else super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.plain())

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]
        theirs = self._of(other)
        return NotImplemented if theirs is None else self.utc < theirs

    def __le__(self, other: datetime) -> bool:  # type: ignore[override]
        theirs = self._of(other)
        return NotImplemented if theirs is None else self.utc <= theirs

    def __gt__(self, other: datetime) -> bool:  # type: ignore[override]
        theirs = self._of(other)
        return NotImplemented if theirs is None else self.utc > theirs

    def __ge__(self, other: datetime) -> bool:  # type: ignore[override]
        theirs = self._of(other)
        return NotImplemented if theirs is None else self.utc >= theirs

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Callable[..., SiteTime], tuple[Any, ...]]:
        return SiteTime.shown, (self.plain(), self.site_zone)

    def _of(self, other: object) -> datetime | None:
        """The instant of whatever may stand beside this; None for what is no time without a zone."""
        if isinstance(other, SiteTime):
            return other.utc
        if isinstance(other, datetime) and other.tzinfo is None:
            return _reckoned(self.site_zone, other)
        return None


def _reckoned(zone: SiteZone, wall: datetime) -> datetime:
    """UTC of a time by the wall clock; at the ends of the calendar, which no zone reaches, the time."""
    try:
        return zone.instant(wall)
    except (OverflowError, ValueError):
        return datetime.combine(wall.date(), wall.time())
