"""The site time of stored minutes; the zone is asked once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from vuurtoren.metrics.history.rows import RESOLUTION_SECONDS, SLOTS_A_DAY, moment_utc
from vuurtoren.site.protocol import Site

BLOCK = timedelta(minutes=30)
OF_DAY = [timedelta(seconds=slot * RESOLUTION_SECONDS) for slot in range(SLOTS_A_DAY)]
HALF_HOUR = OF_DAY[: BLOCK // OF_DAY[1]]


class Clock:
    """Slots since 1970 to site time; the offset is asked for once a day, or for each half hour of a day on
    which the clock is changed.

    Plain times are several times as fast: only those know their instant that stand beside a change of the
    clock, so that the distance between any two neighbours is right.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._zero: dict[int, datetime | None] = {}
        self._starts: dict[int, datetime] = {}
        self._days: dict[int, tuple[Sequence[int], list[datetime]]] = {}

    def of_day(self, day: int, slots: Sequence[int]) -> list[datetime]:
        """The times of slots of a day (0 is its first) in the order of time.

        Most series of a site were measured at the same minutes, so the same slots get the same list.
        """
        known = self._days.get(day)
        if known and known[0] == slots:
            return known[1]
        zero = self._zero_of(day)
        if zero is None or (slots and slots[-1] >= SLOTS_A_DAY):
            found = [self.at(day * SLOTS_A_DAY + slot) for slot in slots]
        elif isinstance(slots, range):
            found = [zero + since for since in OF_DAY[slots.start : slots.stop : slots.step]]
        else:
            found = [zero + OF_DAY[slot] for slot in slots]
        self._days[day] = slots, found
        return found

    def at(self, slot: int) -> datetime:
        """The time of one slot since 1970."""
        day, rest = divmod(slot, SLOTS_A_DAY)
        zero = self._zero_of(day)
        return zero + OF_DAY[rest] if zero else self._beside_a_change(slot)

    def _zero_of(self, day: int) -> datetime | None:
        """When the day begins, if the clock is not changed just before it or on it."""
        if day not in self._zero:
            begins, ends = moment_utc(day * SLOTS_A_DAY), moment_utc((day + 1) * SLOTS_A_DAY)
            before, after = self._site.from_utc(begins - BLOCK), self._site.from_utc(ends)
            even = after.plain() - before.plain() == ends - begins + BLOCK
            self._zero[day] = before.plain() + BLOCK if even and not before.fold else None
        return self._zero[day]

    def _beside_a_change(self, slot: int) -> datetime:
        block, rest = divmod(slot, len(HALF_HOUR))
        if block not in self._starts:
            begins_utc = moment_utc(block * len(HALF_HOUR))
            begins, before = self._site.from_utc(begins_utc), self._site.from_utc(begins_utc - BLOCK)
            even = begins.plain() - before.plain() == BLOCK
            self._starts[block] = begins.plain() if even and not begins.fold else begins
        return self._starts[block] + HALF_HOUR[rest]
