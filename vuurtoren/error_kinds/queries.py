"""What the index of errors answers: which kinds, how often, since when, and how far it has read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from vuurtoren.error_kinds.cursor import Cursor
from vuurtoren.error_kinds.kinds import DOCTYPE, HOURS_KEPT, KINDS_AT_MOST, beginning, hour_key, hours_of
from vuurtoren.health import readiness
from vuurtoren.site.errors import InvalidValue, Unavailable
from vuurtoren.site.protocol import Filters, Site
from vuurtoren.site.strangers import json_object
from vuurtoren.site.values import Row

JOB = "error_index"
ONE_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)

_FIELDS = ("name", "title", "culprit", "source", "first_seen", "last_seen", "count", "hours")
KindCounts = tuple[Row, Counter[datetime]]
"""The row of a kind, and its errors by the beginning of the hour or day."""


@dataclass(frozen=True)
class KindSeen:
    """One kind of error: `count` and `days_seen` in the window asked for, `total` of all time."""

    fingerprint: str
    title: str
    culprit: str
    source: str
    count: int
    days_seen: int
    total: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True)
class _Counted:
    row: Row
    count: int
    days: int


@dataclass(frozen=True)
class Coverage:
    """From when until when every error has been counted (site time); `complete` once the first week is in."""

    since: datetime
    until: datetime
    complete: bool


def need_tables(site: Site) -> None:
    """Raise Unavailable where the index has no place to keep what it counts."""
    if not (readiness.keeps(site, DOCTYPE) and readiness.keeps(site, "Monitoring Run")):
        raise Unavailable(site.translate("the tables of the monitor are not installed: run bench migrate"))


def coverage(site: Site) -> Coverage:
    """How much of the past the index has read; raises Unavailable when it has never run."""
    need_tables(site)
    cursors = list(stored_cursors(site.get("Monitoring Run", JOB) or {}).values())
    if not cursors:
        raise Unavailable(site.translate("errors have not been counted yet; the next scheduled run begins"))
    return Coverage(
        max(cursor.covered_from for cursor in cursors),
        min(cursor.read_until for cursor in cursors),
        all(cursor.backfill is None for cursor in cursors),
    )


def recent_kinds(site: Site, hours: int = 24, limit: int = 10) -> list[KindSeen]:
    """The kinds of the last hours with most errors first.

    Counts are kept per hour: those of the running hour and of the `hours - 1` full hours before it.
    Raises Unavailable when errors have never been counted.
    """
    return kinds_between(site, _first_hour(coverage(site).until, hours), limit)


def counts_since(site: Site, since: datetime) -> list[KindCounts]:
    """Every kind seen since, with its counts from that day on: what the questions below ask the index for.

    Whoever asks several of them reads it once and hands it to each. Raises Unavailable where errors are not
    counted.
    """
    need_tables(site)
    return list(_kinds(site, {"last_seen": (">=", since)}, since))


def kinds_between(
    site: Site,
    since: datetime,
    limit: int | None = None,
    until: datetime | None = None,
    counts: Iterable[KindCounts] | None = None,
) -> list[KindSeen]:
    """The kinds seen in the full hours from `since`, before `until` where given; most errors first.

    `counts` are those of `counts_since`. Raises Unavailable where errors are not counted.
    """
    counted = []
    for row, buckets in counts_since(site, since) if counts is None else counts:
        inside = {when for when in buckets if since <= when and (until is None or when < until)}
        if inside:
            days = len({when.date() for when in inside})
            counted.append(_Counted(row, sum(buckets[when] for when in inside), days))
    counted.sort(key=lambda counted: (-counted.count, counted.row["name"]))
    return [_seen(each) for each in counted[:limit]]


def new_kinds(site: Site, since: datetime) -> list[KindSeen]:
    """The kinds that were first seen since a moment, newest first; `count` is their total.

    Raises Unavailable until the first week of errors has been read: before, an old kind looks new.
    """
    if not coverage(site).complete:
        raise Unavailable(site.translate("the errors of the last seven days are still being read"))
    fresh = [
        _Counted(row, row["count"], len({when.date() for when in buckets}))
        for row, buckets in _kinds(site, {"first_seen": (">=", since)})
    ]
    fresh.sort(key=lambda counted: counted.row["first_seen"], reverse=True)
    return [_seen(each) for each in fresh]


def hourly_counts(
    site: Site, since: datetime, counts: Iterable[KindCounts] | None = None
) -> dict[datetime, int]:
    """Errors per hour, key: its beginning; 0 included; the first was counted whole, the last runs.

    Hours before the index began are left out, and those older than 35 days, of which only days are kept.
    `counts` are those of `counts_since`. Raises Unavailable when errors have never been counted.
    """
    covered = coverage(site)
    begin = max(since, covered.since, covered.until - HOURS_KEPT + ONE_HOUR)
    hourly = {when: 0 for when in _full_hours(begin, covered.until)}
    for _row, buckets in counts_since(site, since) if counts is None else counts:
        for when, number in buckets.items():
            if when in hourly:
                hourly[when] += number
    return hourly


def daily_counts(site: Site, since: datetime, counts: Iterable[KindCounts] | None = None) -> dict[date, int]:
    """Errors per day of site time; 0 included; the first was counted whole, the last is today.

    `counts` are those of `counts_since`. Raises Unavailable when errors have never been counted.
    """
    covered = coverage(site)
    begin = max(since, covered.since)
    first = begin.date() + ONE_DAY * (begin.time() != time.min)
    daily = {first + ONE_DAY * number: 0 for number in range((covered.until.date() - first).days + 1)}
    for _row, buckets in counts_since(site, since) if counts is None else counts:
        for when, number in buckets.items():
            day = when.date()
            if day in daily:
                daily[day] += number
    return daily


def stored_cursors(row: Row) -> dict[str, Cursor]:
    """The cursors in a Monitoring Run row, by log; raises InvalidValue when they cannot be read."""
    try:
        stored: dict[str, Any] = json_object(row.get("cursor"))
        return {name: Cursor.from_dict(cursor) for name, cursor in stored.items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidValue(
            f"Monitoring Run {JOB}: its cursor cannot be read ({error}); the next run goes on after "
            "the newest error that was counted"
        ) from error


def buckets_of(row: Row, since: datetime | None = None) -> Counter[datetime]:
    """Counts by beginning of the hour, from a day on; those older than 35 days by beginning of the day."""
    hours = hours_of(row, since.date().isoformat() if since else "")
    return Counter({begun: count for hour, count in hours.items() if (begun := beginning(hour))})


def _kinds(site: Site, filters: Filters, since: datetime | None = None) -> Iterator[KindCounts]:
    for row in site.get_all(DOCTYPE, _FIELDS, filters, order_by="last_seen desc", limit=KINDS_AT_MOST + 1):
        yield row, buckets_of(row, since)


def _seen(counted: _Counted) -> KindSeen:
    row = counted.row
    return KindSeen(
        fingerprint=row["name"],
        title=row["title"] or "",
        culprit=row["culprit"] or "",
        source=row["source"] or "",
        count=counted.count,
        days_seen=counted.days,
        total=row["count"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
    )


def _first_hour(until: datetime, hours: int) -> datetime:
    return datetime.fromisoformat(hour_key(until)) - (max(1, hours) - 1) * ONE_HOUR


def _full_hours(begin: datetime, until: datetime) -> Iterator[datetime]:
    """The beginnings of hours from the first full one."""
    hour = begin.replace(minute=0, second=0, microsecond=0)
    hour = hour if hour == begin else hour + ONE_HOUR
    while hour <= until:
        yield hour
        hour += ONE_HOUR
