"""The stored rows of the history: how they are named, read, and written by compare-and-swap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from vuurtoren.failures import report
from vuurtoren.metrics.history import open_samples
from vuurtoren.metrics.history.open_samples import OpenSamples, SeriesName
from vuurtoren.metrics.history.series import BrokenSeries, Series, decode, encode
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import next_version

DOCTYPE = "Metric Series"
OPEN = "open samples"
RESOLUTION_SECONDS = 60
SLOTS_A_DAY = 86_400 // RESOLUTION_SECONDS
EPOCH = datetime(1970, 1, 1)
LONGEST_TEXT = 140
KEYS_A_QUESTION = 500


@dataclass(frozen=True)
class StoredRow:
    """A row as it was read: its version is None where there is no row yet."""

    version: int | None
    size_bytes: int = 0


@dataclass(frozen=True)
class StoredSeries(StoredRow):
    series: Series | None = None


@dataclass(frozen=True)
class StoredOpen(StoredRow):
    samples: OpenSamples | None = None


def slot_of(moment_utc: datetime) -> int:
    """The number of the resolution's steps since 1970."""
    return int((moment_utc - EPOCH).total_seconds() // RESOLUTION_SECONDS)


def moment_utc(slot: int) -> datetime:
    return EPOCH + timedelta(seconds=slot * RESOLUTION_SECONDS)


def day_of(slot: int) -> int:
    """The number of days since 1970 UTC."""
    return slot // SLOTS_A_DAY


def key_of(name: SeriesName, day: int) -> str:
    """The name of the row; where the labels make it too long, a digest stands for them."""
    series = f"{name.metric}{{{name.label_text}}}" if name.labels else name.metric
    suffix = f" {_date(day)} {RESOLUTION_SECONDS}"
    if len(series) + len(suffix) > LONGEST_TEXT:
        series = f"{name.metric[:60]}#{hashlib.sha256(series.encode()).hexdigest()[:32]}"
    return series + suffix


def load_series(site: Site, keys: Iterable[str]) -> dict[str, StoredSeries]:
    """The rows that are there, by key; one that cannot be read is reported and starts anew."""
    ordered = sorted(set(keys))
    found = {}
    for start in range(0, len(ordered), KEYS_A_QUESTION):
        wanted = {"name": ("in", ordered[start : start + KEYS_A_QUESTION])}
        for row in site.get_all(DOCTYPE, ["name", "version", "points", "size_bytes"], wanted):
            series = _readable(site, row["name"], decode, row["points"] or "")
            found[row["name"]] = StoredSeries(row["version"], row["size_bytes"], series)
    return found


def load_open(site: Site) -> StoredOpen:
    row = site.get(DOCTYPE, OPEN)
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


def save_series(site: Site, name: SeriesName, day: int, series: Series, before: StoredSeries | None) -> bool:
    """Write one row; False when another writer changed it since it was read. Raises AlreadyExists."""
    last = moment_utc(day * SLOTS_A_DAY + max(series.samples))
    described = {
        "metric": name.metric[:LONGEST_TEXT],
        "labels": name.label_text[:LONGEST_TEXT],
        "day": _date(day),
    }
    values = {"point_count": len(series.samples), "last_at": site.from_utc(last), "points": encode(series)}
    return _save(site, key_of(name, day), values, described, before)


def save_open(site: Site, samples: OpenSamples, before: StoredRow) -> bool:
    """The same for the row of open samples."""
    count = sum(len(recent.samples) for recent in samples.values())
    values = {"point_count": count, "points": open_samples.write(samples) if samples else ""}
    return _save(site, OPEN, values, {"metric": OPEN}, before)


def _save(
    site: Site, key: str, values: Mapping[str, Any], described: Mapping[str, Any], before: StoredRow | None
) -> bool:
    sized = {**values, "size_bytes": len(values["points"])}
    if before is None or before.version is None:
        first = {"series_key": key, "resolution_seconds": RESOLUTION_SECONDS, "version": 1}
        site.insert(DOCTYPE, {**first, **described, **sized})
        return True
    swapped = {**sized, "version": next_version(before.version)}
    return site.update(DOCTYPE, key, swapped, expect={"version": before.version})


def _date(day: int) -> date:
    return (EPOCH + timedelta(days=day)).date()
