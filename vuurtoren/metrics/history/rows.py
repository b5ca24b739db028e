"""The stored rows of the history: how they are named, read, and written by compare-and-swap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from vuurtoren.failures import report
from vuurtoren.metrics.history import buckets, open_samples
from vuurtoren.metrics.history.buckets import BucketColumns, Buckets, decoded
from vuurtoren.metrics.history.columns import BrokenSeries
from vuurtoren.metrics.history.open_samples import OpenSamples, SeriesName
from vuurtoren.metrics.history.series import Columns, Series, decode, decoded_columns, encode
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import next_version
from vuurtoren.site.values import Row

DOCTYPE = "Metric Series"
OPEN = "open samples"
PROGRESS = "put together"
RESOLUTION_SECONDS = 60
SLOTS_A_DAY = 86_400 // RESOLUTION_SECONDS
EPOCH = datetime(1970, 1, 1)
LONGEST_TEXT = 140
LONGEST_SUFFIX = len(" 2026-11-30 60")
KEYS_A_QUESTION = 500
CONTENT = ("name", "points")
VERSIONED = (*CONTENT, "version", "size_bytes")


@dataclass(frozen=True)
class StoredRow:
    """A row as it was read: its version is None where there is no row yet."""

    version: int | None
    size_bytes: int = 0


@dataclass(frozen=True)
class StoredSeries(StoredRow):
    series: Series | None = None


@dataclass(frozen=True)
class StoredBuckets(StoredRow):
    buckets: Buckets | None = None


@dataclass(frozen=True)
class StoredOpen(StoredRow):
    samples: OpenSamples | None = None


@dataclass(frozen=True)
class Progress(StoredRow):
    """The first day since 1970 that is not put together yet (None: none is), and after which of its rows."""

    day: int | None = None
    after: str = ""


def slot_of(moment_utc: datetime) -> int:
    """The number of the resolution's steps since 1970."""
    return int((moment_utc - EPOCH).total_seconds() // RESOLUTION_SECONDS)


def moment_utc(slot: int) -> datetime:
    return EPOCH + timedelta(seconds=slot * RESOLUTION_SECONDS)


def day_of(slot: int) -> int:
    """The number of days since 1970 UTC."""
    return slot // SLOTS_A_DAY


def series_key(name: SeriesName) -> str:
    """What the names of all rows of a series begin with; of long labels a digest stands for them."""
    series = f"{name.metric}{{{name.label_text}}}" if name.labels else name.metric
    if len(series) + LONGEST_SUFFIX > LONGEST_TEXT:
        series = f"{name.metric[:60]}#{hashlib.sha256(series.encode()).hexdigest()[:32]}"
    return series


def key_of(name: SeriesName, day: int) -> str:
    """The name of the row of a day of minutes."""
    return minutes_key(series_key(name), day)


def minutes_key(series: str, day: int) -> str:
    """The same where the beginning of the name is known."""
    return f"{series} {date_of(day)} {RESOLUTION_SECONDS}"


def load_series(site: Site, keys: Iterable[str]) -> dict[str, StoredSeries]:
    """The rows that are there, by key; one that cannot be read is reported and starts anew."""
    rows = _rows(site, keys, decode)
    return {row["name"]: StoredSeries(row["version"], row["size_bytes"], read) for row, read in rows}


def load_minutes(site: Site, keys: Iterable[str]) -> tuple[dict[str, Columns], OpenSamples]:
    """The samples alone of the rows that are there and can be read, and those that wait in the open row.

    It is read with the first of them: what is sealed meanwhile is found twice rather than not at all.
    """
    found: dict[str, Columns] = {}
    waiting: OpenSamples = {}
    for row in _asked(site, [OPEN, *sorted(set(keys))], CONTENT):
        if row["name"] == OPEN:
            waiting = _readable(site, OPEN, open_samples.read, row["points"] or "") or {}
        elif columns := _readable(site, row["name"], decoded_columns, row["points"] or ""):
            found[row["name"]] = columns
    return found, waiting


def load_bucket_columns(site: Site, keys: Iterable[str]) -> dict[str, BucketColumns]:
    """The same of rows of hours and of days."""
    return {row["name"]: read for row, read in _rows(site, keys, decoded, CONTENT) if read}


def load_buckets(site: Site, keys: Iterable[str]) -> dict[str, StoredBuckets]:
    """The same for rows of hours and of days."""
    rows = _rows(site, keys, buckets.decode)
    return {row["name"]: StoredBuckets(row["version"], row["size_bytes"], read) for row, read in rows}


def _rows(
    site: Site, keys: Iterable[str], parse: Any, fields: Sequence[str] = VERSIONED
) -> Iterator[tuple[Row, Any]]:
    for row in _asked(site, sorted(set(keys)), fields):
        yield row, _readable(site, row["name"], parse, row["points"] or "")


def _asked(site: Site, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(keys), KEYS_A_QUESTION):
        yield from site.get_all(DOCTYPE, fields, {"name": ("in", keys[start : start + KEYS_A_QUESTION])})


def load_progress(site: Site) -> Progress:
    row = next(_asked(site, [PROGRESS], VERSIONED), None)
    if row is None:
        return Progress(None)
    day, _, after = str(row["points"] or "").partition(" ")
    return Progress(row["version"], row["size_bytes"], int(day) if day.isdecimal() else None, after)


def load_open(site: Site) -> StoredOpen:
    row = next(_asked(site, [OPEN], VERSIONED), None)
    if row is None:
        return StoredOpen(None, samples={})
    samples = _readable(site, OPEN, open_samples.read, row["points"] or "")
    return StoredOpen(row["version"], row["size_bytes"], samples or {})


def _readable(site: Site, key: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except BrokenSeries as damage:
        report(site, f"metrics.history {key}", damage)
        return None


@dataclass(frozen=True)
class Prepared:
    """A row as it is to be written, made before anything is locked; `before` is what was read of it."""

    key: str
    values: Mapping[str, Any]
    described: Mapping[str, Any]
    before: StoredRow | None
    resolution: int = RESOLUTION_SECONDS

    @property
    def is_new(self) -> bool:
        return self.before is None or self.before.version is None

    @property
    def sized(self) -> Mapping[str, Any]:
        return {**self.values, "size_bytes": len(self.values["points"])}


def series_row(
    site: Site, name: SeriesName, day: int, series: Series, before: StoredSeries | None
) -> Prepared:
    """The row of a day of minutes."""
    last = moment_utc(day * SLOTS_A_DAY + max(series.samples))
    described = {
        "metric": name.metric[:LONGEST_TEXT],
        "labels": name.label_text[:LONGEST_TEXT],
        "day": date_of(day),
    }
    values = {"point_count": len(series.samples), "last_at": site.from_utc(last), "points": encode(series)}
    return Prepared(key_of(name, day), values, described, before)


def buckets_row(
    site: Site,
    key: str,
    resolution: int,
    content: Buckets,
    last_second: int,
    described: Mapping[str, Any],
    before: StoredRow | None,
) -> Prepared:
    """The same for a row of hours or days; `last_second` since 1970 is when its last bucket begins."""
    last_at = site.from_utc(EPOCH + timedelta(seconds=last_second))
    values = {"point_count": len(content.found), "last_at": last_at, "points": buckets.encode(content)}
    return Prepared(key, values, described, before, resolution)


def save_all(site: Site, rows: Iterable[Prepared]) -> bool:
    """Write them, what is new in one statement, so that nobody waits long for a lock, and then what changes;
    both in the order of their keys. False when another writer changed one since it was read.

    Raises AlreadyExists where another one was the first to write it.
    """
    ordered = sorted(rows, key=lambda row: (row.resolution, row.key))
    site.insert_many(DOCTYPE, [_first(row) for row in ordered if row.is_new])
    return all(_save(site, row) for row in ordered if not row.is_new)


def save_progress(site: Site, day: int, after: str, before: StoredRow) -> bool:
    """How far the days are put together."""
    points = {"points": f"{day} {after}".strip()}
    return _save(site, Prepared(PROGRESS, points, {"metric": PROGRESS}, before))


def save_open(site: Site, samples: OpenSamples, before: StoredRow) -> bool:
    """The same for the row of open samples."""
    count = sum(len(recent.samples) for recent in samples.values())
    values = {"point_count": count, "points": open_samples.write(samples) if samples else ""}
    return _save(site, Prepared(OPEN, values, {"metric": OPEN}, before))


def _save(site: Site, row: Prepared) -> bool:
    if row.before is None or row.before.version is None:
        site.insert_many(DOCTYPE, [_first(row)])
        return True
    swapped = {**row.sized, "version": next_version(row.before.version)}
    return site.update(DOCTYPE, row.key, swapped, expect={"version": row.before.version})


def _first(row: Prepared) -> Row:
    identity = {"name": row.key, "series_key": row.key, "resolution_seconds": row.resolution, "version": 1}
    return {**identity, **row.described, **row.sized}


def date_of(day: int) -> date:
    """The date of a day since 1970."""
    return (EPOCH + timedelta(days=day)).date()
