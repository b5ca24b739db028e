"""One row per kind of error: how often in which hour, first and last seen, one redacted example."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from vuurtoren.error_kinds.fingerprint import Fingerprint, excerpt, fingerprint
from vuurtoren.error_kinds.fingerprint_version_1 import key_of_version_1
from vuurtoren.error_kinds.log_sources import LoggedError
from vuurtoren.privacy.text import clean, one_line
from vuurtoren.site.errors import AlreadyExists, Busy
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.strangers import LARGEST, NotReadable, json_object, moment_or_none, next_version, whole
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

DOCTYPE = "Error Kind"
OTHER = Fingerprint("other", "Too many different kinds of error at once: the rest together", "")
NEW_KINDS_AT_ONCE = 500
KINDS_AT_MOST = 20_000
HOURS_KEPT = timedelta(days=35)
"""Older counts are kept per day: a kind that never stops stays below 20 kB."""
HOURS_REMEMBERED = 4096
ATTEMPTS = 5
TRIED_FOR_EARLIER_KEYS = 20
"""Of the errors of a new kind in one page, so many are looked up under the key of the version before."""

_FIELDS = ("name", "version", "count", "hours", "first_seen", "last_seen")


@dataclass
class Batch:
    """New errors of one kind, not yet stored."""

    kind: Fingerprint
    hours: Counter[str] = field(default_factory=Counter)
    first: datetime = datetime.max
    newest: LoggedError | None = None
    known_since: datetime | None = None
    """When an earlier version of the fingerprint first saw it."""
    some: list[LoggedError] = field(default_factory=list)

    def add(self, error: LoggedError) -> None:
        if len(self.some) < TRIED_FOR_EARLIER_KEYS:
            self.some.append(error)
        self.hours[hour_key(error.when)] += 1
        self.first = min(self.first, error.when)
        if self.newest is None or error.when >= self.newest.when:
            self.newest = error

    def merge(self, other: Batch) -> None:
        self.hours.update(other.hours)
        self.first = min(self.first, other.first)
        if other.newest and (self.newest is None or other.newest.when >= self.newest.when):
            self.newest = other.newest


def hour_key(when: datetime) -> str:
    """The hour of site time in which something happened: "2026-11-04T10"."""
    return when.isoformat(timespec="hours")


@lru_cache(HOURS_REMEMBERED)
def beginning(hour: str) -> datetime | None:
    """The moment at which an hour of `hour_key`, or a day, begins; None for any other text."""
    return moment_or_none(hour)


def hours_of(row: Mapping[str, Any], since: str = "") -> Counter[str]:
    """The counts of a row by hour or day, from one on; what is no hour, or no count, is left out for good."""
    try:
        stored = json_object(row["hours"])
    except NotReadable:
        return Counter()
    return Counter({hour: whole(stored[hour]) for hour in stored if hour >= since and beginning(hour)})


def collect(batches: dict[str, Batch], errors: Iterable[LoggedError]) -> int:
    """Add errors to the batch of their kind; how many there were."""
    number = 0
    for error in errors:
        kind = fingerprint(error.title, error.text)
        batches.setdefault(kind.key, Batch(kind)).add(error)
        number += 1
    return number


def store(site: Site, batches: Mapping[str, Batch]) -> int:
    """Add every batch to its Error Kind; how many kinds are new. The caller commits."""
    known = {row["name"]: row for row in _rows(site, list(batches))}
    fresh = [batch for key, batch in batches.items() if key not in known]
    _recognise(site, fresh)
    kept, rest = _within_limits(site, fresh)
    for key, row in known.items():
        _add(site, batches[key], row)
    for batch in kept:
        _add(site, batch, None)
    if rest.newest:
        _add(site, rest, next(iter(_rows(site, [OTHER.key])), None))
    return sum(batch.known_since is None for batch in kept)


def _recognise(site: Site, fresh: list[Batch]) -> None:
    """What was known before an update changed the keys is not new: it is known since its earlier row says."""
    earlier = [{key_of_version_1(error.title, error.text) for error in batch.some} for batch in fresh]
    rows = _rows(site, sorted(set().union(*earlier)))
    seen = {row["name"]: row["first_seen"] for row in rows if row["first_seen"]}
    for batch, keys in zip(fresh, earlier, strict=True):
        batch.known_since = min((seen[key] for key in keys if key in seen), default=None)


def _within_limits(site: Site, fresh: list[Batch]) -> tuple[list[Batch], Batch]:
    """The new kinds that get a row of their own, and the rest as one: a flood of nonsense fills no table."""
    rest = Batch(OTHER)
    if not fresh:
        return [], rest
    room = max(0, min(NEW_KINDS_AT_ONCE, KINDS_AT_MOST - site.count(DOCTYPE)))
    by_size = sorted(fresh, key=lambda batch: -batch.hours.total())
    for batch in by_size[room:]:
        rest.merge(batch)
    return by_size[:room], rest


def _add(site: Site, batch: Batch, row: Row | None) -> None:
    """Add one batch by compare-and-swap; somebody who trims or indexes beside us loses nothing."""
    for _attempt in range(ATTEMPTS):
        if row is None and _inserted(site, batch):
            return
        if row and site.update(DOCTYPE, row["name"], _sum(batch, row), expect={"version": row["version"]}):
            return
        row = next(iter(_rows(site, [batch.kind.key])), None)
    raise Busy(Words("Error Kind {0} is being changed by somebody else", batch.kind.key))


def _inserted(site: Site, batch: Batch) -> bool:
    empty = {"count": 0, "hours": "{}", "first_seen": batch.first, "last_seen": None, "version": 0}
    try:
        site.insert(DOCTYPE, {"fingerprint": batch.kind.key, **_sum(batch, empty)})
    except AlreadyExists:
        return False
    return True


def _rows(site: Site, keys: list[str]) -> list[Row]:
    return site.get_all(DOCTYPE, _FIELDS, {"name": ("in", keys)}) if keys else []


def _sum(batch: Batch, row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an Error Kind after the batch."""
    newest = batch.newest
    assert newest is not None
    last_seen = max(filter(None, (row["last_seen"], newest.when)))
    hours = hours_of(row)
    hours.update(batch.hours)
    values = {
        "count": min(whole(row["count"]) + batch.hours.total(), LARGEST),
        "hours": json.dumps(_thinned(hours, last_seen), separators=(",", ":")),
        "first_seen": min(filter(None, (row["first_seen"], batch.first, batch.known_since))),
        "last_seen": last_seen,
        "version": next_version(row["version"]),
    }
    return values | _portrait(batch.kind, newest) if newest.when >= last_seen else values


def _portrait(kind: Fingerprint, newest: LoggedError) -> dict[str, Any]:
    return {
        "title": one_line(kind.title, SHORT_TEXT_LENGTH),
        "culprit": one_line(kind.culprit, SHORT_TEXT_LENGTH),
        "source": newest.source,
        "example": clean(excerpt(newest.text) or newest.title),
        "last_doctype": newest.doctype[:SHORT_TEXT_LENGTH],
        "last_document": newest.document[:SHORT_TEXT_LENGTH],
    }


def _thinned(hours: Mapping[str, int], last_seen: datetime) -> dict[str, int]:
    """Counts of old hours gathered into their days ("2026-11-04"), the order being that of time."""
    oldest = hour_key(last_seen - HOURS_KEPT)
    thinned: Counter[str] = Counter()
    for hour, number in hours.items():
        thinned[hour if hour >= oldest else hour[:10]] += number
    return dict(sorted(thinned.items()))
