"""Hours and days of the history, made of its minutes: a row a month of hours, and a row a year of days.

Every row is made anew from the minutes of its days, so that doing it twice is as once, and a transaction that
is cut short leaves nothing behind. A day that has ended is put together once, some rows at each sealing; what
arrives later for such a day is put in with it. Five minutes are not stored: they are made of the minutes,
which are kept as long.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from vuurtoren.metrics.history import buckets
from vuurtoren.metrics.history.buckets import Buckets
from vuurtoren.metrics.history.rows import (
    DOCTYPE,
    EPOCH,
    RESOLUTION_SECONDS,
    Prepared,
    StoredRow,
    buckets_row,
    date_of,
    load_buckets,
    load_progress,
    load_series,
    save_all,
    save_progress,
)
from vuurtoren.metrics.history.series import Series
from vuurtoren.site.protocol import Site

FIVE_MINUTES, HOUR, DAY = 300, 3600, 86_400
RESOLUTIONS = (HOUR, DAY)
"""Those that are stored, in seconds."""
ROWS_AT_ONCE = 60
SETTLED = timedelta(hours=1)
"""So long after its end a day is put together; whoever writes it later puts it together himself."""


@dataclass(frozen=True)
class DayOfMinutes:
    """The key of the row of a day, what is stored beside it, the day since 1970 UTC and its samples."""

    key: str
    metric: str
    labels: str
    day: int
    series: Series


@dataclass(frozen=True)
class Stretch:
    """What one row of a resolution holds: the end of its key, its first and its last day since 1970."""

    suffix: str
    first: int
    last: int


def stretch_of(day: int, resolution: int) -> Stretch:
    """The month of a day for hours, its year for days."""
    at = date_of(day)
    if resolution == DAY:
        return Stretch(f"{at:%Y} {DAY}", _number(date(at.year, 1, 1)), _number(date(at.year, 12, 31)))
    first, days = _number(at.replace(day=1)), calendar.monthrange(at.year, at.month)[1]
    return Stretch(f"{at:%Y-%m} {HOUR}", first, first + days - 1)


def stretches(first_day: int, last_day: int, resolution: int) -> list[Stretch]:
    """Those that hold the days from the first to the last."""
    found = [stretch_of(first_day, resolution)]
    while found[-1].last < last_day:
        found.append(stretch_of(found[-1].last + 1, resolution))
    return found


def rows_with(site: Site, days: Sequence[DayOfMinutes]) -> Iterator[Prepared]:
    """The rows of their months and years with these days, as they are to be written."""
    return _rows_with(site, days, load_buckets(site, _wanted(days)))


def go_on(site: Site, today: int) -> bool:
    """Put the next rows of the oldest day together that was not yet; false where another worker was faster.

    `today` is the day since 1970 UTC; the caller commits.
    """
    progress = load_progress(site)
    day = progress.day if progress.day is not None and progress.after else _oldest(site, progress.day, today)
    if day >= today:
        return progress.day is not None or save_progress(site, today, "", progress)
    wanted = {"day": date_of(day), "resolution_seconds": RESOLUTION_SECONDS, "name": (">", progress.after)}
    rows = site.get_all(DOCTYPE, ["name", "metric", "labels"], wanted, order_by="name", limit=ROWS_AT_ONCE)
    named = {str(row["name"]): row for row in rows if _day_in(str(row["name"])) == day}
    # the rows that are written are read first: whoever changes the minutes meanwhile changes them too
    before = load_buckets(site, _wanted([_empty(key, row, day) for key, row in named.items()]))
    stored = load_series(site, named)
    days = [
        DayOfMinutes(key, str(row["metric"] or ""), str(row["labels"] or ""), day, found.series)
        for key, row in named.items()
        if (found := stored.get(key)) and found.series
    ]
    more = len(rows) == ROWS_AT_ONCE
    following = (day, str(rows[-1]["name"])) if more else (day + 1, "")
    rows_of_both = list(_rows_with(site, days, before))
    return save_all(site, rows_of_both) and save_progress(site, *following, progress)


def begin(site: Site, today: int) -> bool:
    """Note that every day before today is put together, where there is none yet: whoever writes one later
    puts it together himself. False where another worker was faster; the caller commits."""
    progress = load_progress(site)
    if progress.day is not None or _oldest(site, None, today) < today:
        return True
    return save_progress(site, today, "", progress)


def done_before(site: Site) -> int | None:
    """The first day that is not put together yet; None where none is."""
    return load_progress(site).day


def of_day(series: Series, day: int, resolution: int) -> Buckets:
    """A day at that resolution, by the slots of its row."""
    each = buckets.of_day(series, resolution // RESOLUTION_SECONDS)
    if resolution not in RESOLUTIONS:
        return each
    shift = (day - stretch_of(day, resolution).first) * (DAY // resolution)
    return Buckets(each.step, {slot + shift: whole for slot, whole in each.found.items()})


def key_for(raw_key: str, stretch: Stretch) -> str:
    """The name of the row beside that of a day of the same series."""
    return key_in(raw_key.rsplit(" ", 2)[0], stretch)


def key_in(series: str, stretch: Stretch) -> str:
    """The same where the beginning of the name is known."""
    return f"{series} {stretch.suffix}"


def _rows_with(
    site: Site, days: Sequence[DayOfMinutes], before: Mapping[str, StoredRow]
) -> Iterator[Prepared]:
    """In the order of resolutions and keys: writers that lock rows in one order cannot deadlock."""
    for resolution in RESOLUTIONS:
        rows: dict[str, list[DayOfMinutes]] = {}
        for each in days:
            rows.setdefault(key_for(each.key, stretch_of(each.day, resolution)), []).append(each)
        for key in sorted(rows):
            yield _row_with(site, key, resolution, rows[key], before.get(key))


def _row_with(
    site: Site, key: str, resolution: int, days: Sequence[DayOfMinutes], before: StoredRow | None
) -> Prepared:
    whole = getattr(before, "buckets", None) or Buckets(days[0].series.step)
    stretch, slots_a_day = stretch_of(days[0].day, resolution), DAY // resolution
    for each in days:
        first = (each.day - stretch.first) * slots_a_day
        whole = whole.without(range(first, first + slots_a_day))
        whole = whole.with_buckets(of_day(each.series, each.day, resolution))
    described = {"metric": days[0].metric, "labels": days[0].labels, "day": date_of(stretch.last)}
    last = max(whole.found) * resolution + stretch.first * DAY
    return buckets_row(site, key, resolution, whole, last, described, before)


def _wanted(days: Iterable[DayOfMinutes]) -> set[str]:
    return {key_for(each.key, stretch_of(each.day, each_)) for each in days for each_ in RESOLUTIONS}


def _empty(key: str, row: Mapping[str, object], day: int) -> DayOfMinutes:
    return DayOfMinutes(key, str(row["metric"] or ""), "", day, Series(1.0))


def _oldest(site: Site, since: int | None, today: int) -> int:
    """The first day with minutes, not before `since`; today where there is none."""
    there = {"resolution_seconds": RESOLUTION_SECONDS, "day": (">=", date_of(since or 0))}
    rows = site.get_all(DOCTYPE, ["day"], there, order_by="day", limit=1)
    day = rows[0]["day"] if rows else None
    return min(_number(day), today) if isinstance(day, date) else today


def _day_in(key: str) -> int | None:
    """The day that the name of a row of minutes tells."""
    try:
        return _number(date.fromisoformat(key.rsplit(" ", 2)[1]))
    except (ValueError, IndexError):
        return None


def _number(at: date) -> int:
    return (at - EPOCH.date()).days
