"""The rows of a log counted by the minute in which they happened, read once and in pages."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from vuurtoren.metrics.recount import Log, Recount
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import moment_or_none

PAGE = 10_000
EPOCH = datetime(1970, 1, 1)
MINUTE = timedelta(minutes=1)
DATE = len("2026-11-30")
Read = Callable[[int], None]
"""Told after each page how many rows it had."""


@dataclass(frozen=True)
class Minutes:
    """How many rows there were by minute (UTC, since 1970), and since when the log holds any."""

    begins: int
    counted: Counter[int] = field(default_factory=Counter)


def minute_of(moment_utc: datetime) -> int:
    return (moment_utc - EPOCH) // MINUTE


def moment_of(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def begins(site: Site, log: Log, since: datetime) -> datetime | None:
    """The oldest row of the log since then, whether it counts or not; None where it has none."""
    wanted = {log.when: (">=", since.date() if log.dated else since)}
    rows = site.get_all(log.doctype, [log.when], wanted, order_by=log.when, limit=1)
    oldest = rows[0][log.when] if rows else None
    return oldest if isinstance(oldest, datetime) else moment_or_none(str(oldest or ""))


def rows_of(site: Site, log: Log, since: datetime, until: datetime) -> int:
    """How many rows are to be read."""
    return site.count(log.doctype, _wanted(log, since, until))


def count(site: Site, log: Log, since: datetime, until: datetime, oldest: datetime, read: Read) -> Minutes:
    """Every row that counts, in the order of names, which every database keeps an index of.

    So no page is found by looking through what the pages before it held, and no row is read twice.
    """
    found = Minutes(minute_of(site.to_utc(oldest)))
    minute = _clock(site)
    last, fields = "", ["name", log.when, *filter(None, [log.day])]
    while True:
        wanted = _wanted(log, since, until) | ({"name": (">", last)} if last else {})
        rows = site.scan(log.doctype, fields, wanted, order_by="name", limit=PAGE)
        texts = (str(row[log.when]) for row in rows if not log.day or _on_its_day(log, row))
        found.counted.update(filter(None, map(minute, texts)))
        read(len(rows))
        if len(rows) < PAGE:
            return found
        last = str(rows[-1]["name"])


def samples(
    site: Site, logs: Iterable[Minutes], recount: Recount, until: int, step: int
) -> Iterator[tuple[int, int]]:
    """How many rows lie in the span before each moment that all logs reach back to, by minute.

    Moments are whole steps; where a log begins later the numbers begin later: nobody knows what was before.
    """
    some = list(logs)
    together = sum((each.counted for each in some), Counter[int]())
    minutes = sorted(together)
    total = [0, *accumulate(together[minute] for minute in minutes)]
    begins = max(each.begins for each in some)
    start_of = _starts(site, recount)
    first = begins + recount.span // MINUTE + 1
    for at in range(-(-first // step) * step, until, step):
        start = start_of(at)
        if start > begins:
            yield at, total[bisect_left(minutes, at)] - total[bisect_left(minutes, start)]


def _starts(site: Site, recount: Recount) -> Callable[[int], int]:
    """When the span before a minute begins."""
    width = recount.span // MINUTE
    if not recount.since:
        return lambda at: at - width
    midnights: dict[date, int] = {}

    def start(at: int) -> int:
        day = site.from_utc(moment_of(at)).date() - recount.span
        day -= timedelta(days=day.weekday() if recount.since == "week" else 0)
        if day not in midnights:
            midnights[day] = minute_of(site.to_utc(datetime.combine(day, time.min)))
        return midnights[day]

    return start


def _on_its_day(log: Log, row: Mapping[str, Any]) -> bool:
    return str(row[log.day])[:DATE] == str(row[log.when])[:DATE]


def _wanted(log: Log, since: datetime, until: datetime) -> dict[str, Any]:
    window: list[tuple[str, Any]] = [(">=", since), ("<", until)]
    if log.dated:
        window = [(">=", since.date()), ("<=", until.date())]
    return {**log.filters, log.when: window}


def _clock(site: Site) -> Callable[[str], int | None]:
    """Texts of site time to minutes; the offset is asked once an hour, within which no zone changes it.

    Of the hour that comes twice in a year the text does not say which it is: all of it counts as the first.
    """
    hours: dict[str, int | None] = {}

    def minute(text: str) -> int | None:
        if len(text) == DATE:
            text = f"{text} 00:00"
        hour = text[:13]
        if hour not in hours:
            begins = moment_or_none(f"{hour}:00")
            hours[hour] = minute_of(site.to_utc(begins)) if begins else None
        start = hours[hour]
        return start + int(text[14:16]) if start is not None and text[14:16].isdigit() else None

    return minute
