"""What was measured over time: DocType Metric Series, one row for each metric and UTC day of minutes, month
of hours and year of days.

Samples arrive in one open row and are sealed into the rows of their series every half hour: a tick costs one
write, and a sealed sample one to two bytes. Both happen by compare-and-swap, so several writers lose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from vuurtoren.metrics.history import open_samples, rollup
from vuurtoren.metrics.history.open_samples import OpenSamples, Recent, SeriesName
from vuurtoren.metrics.history.reading import (
    Sample,
    Samples,
    first_sample,
    read,
    read_buckets,
    read_many,
)
from vuurtoren.metrics.history.retention import trim
from vuurtoren.metrics.history.rollup import DayOfMinutes
from vuurtoren.metrics.history.rows import (
    SLOTS_A_DAY,
    StoredOpen,
    day_of,
    key_of,
    load_open,
    load_series,
    save_all,
    save_open,
    series_row,
    slot_of,
)
from vuurtoren.metrics.history.series import Series, in_steps, merged, step_for
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.site.errors import AlreadyExists, Busy, SiteError
from vuurtoren.site.protocol import Site

__all__ = [
    "HistoryNotRecorded", "Sample", "Samples", "backfill", "first_sample", "put_days_together", "read",
    "read_buckets", "read_many", "record", "seal",
]  # fmt: skip
SEAL_AFTER_SLOTS = 30
ATTEMPTS = 50


class HistoryNotRecorded(SiteError):
    """The samples could not be stored; the next round brings new ones."""


def record(site: Site, snapshot: Snapshot) -> int:
    """Store every known number of the snapshot at the minute it was measured; commits; how many there were.

    Recording the same snapshot again changes nothing; of several values in one minute the last holds.
    Raises NotRecorded when other writers were always faster.
    """
    added = _samples(snapshot)
    if added:
        _until_won(site, lambda: _add(site, added))
        seal(site, after_slots=SEAL_AFTER_SLOTS)
    return len(added)


def backfill(site: Site, unit: str, series: Mapping[SeriesName, Iterable[Sample]]) -> None:
    """Store samples of the past (site time) straight into the rows of their series; commits.

    For a minute that has a sample already the new one holds.
    """
    _until_won(site, lambda: rollup.begin(site, _settled_day(site)))
    past = {name: _recent(site, unit, list(samples)) for name, samples in series.items()}
    _until_won(site, lambda: _seal_rows(site, past)[0])


def _recent(site: Site, unit: str, samples: Sequence[Sample]) -> Recent:
    step = min((step_for(unit, value) for value in {value for _, value in samples}), default=step_for(unit))
    return Recent(step, {slot_of(site.to_utc(at)): in_steps(value, step) for at, value in samples})


def seal(site: Site, *, after_slots: int = 0) -> None:
    """Move the open samples into the rows of their series once the oldest is that old; commits.

    The move is one transaction, so an interruption loses nothing.
    """
    new_day = False

    def move() -> bool:
        nonlocal new_day
        before = load_open(site)
        waiting = before.samples or {}
        if not waiting or _slots_open(waiting) < after_slots:
            return True
        won, new_day = _seal_rows(site, waiting)
        return won and save_open(site, {}, before)

    _until_won(site, move)
    put_days_together(site)
    if new_day:
        trim(site)


def put_days_together(site: Site) -> None:
    """Make the hours and days of some rows of the oldest day that has none yet; commits."""
    today = _settled_day(site)
    _until_won(site, lambda: rollup.go_on(site, today))


def _settled_day(site: Site) -> int:
    """The first day that may still change without being put together at once."""
    return day_of(slot_of(site.now_utc() - rollup.SETTLED))


def _until_won(site: Site, step: Callable[[], bool]) -> None:
    """Repeat one compare-and-swap, each time in a new transaction: an old one cannot see who was faster."""
    for _ in range(ATTEMPTS):
        try:
            if step():
                site.commit()
                return
        except (AlreadyExists, Busy):
            pass
        site.rollback()
    raise HistoryNotRecorded(f"other writers were faster {ATTEMPTS} times in a row")


def _samples(snapshot: Snapshot) -> dict[SeriesName, tuple[float, int, int]]:
    """Each number as (step, slot, whole steps); one that was used again keeps its own minute."""
    added = {}
    for metric in snapshot:
        if metric.value is None or isinstance(metric.value, str) or not math.isfinite(metric.value):
            continue
        step = step_for(metric.unit, metric.value)
        slot = slot_of(snapshot.taken_at_utc - (snapshot.taken_at - metric.measured_at))
        added[SeriesName(metric.key, metric.labels)] = step, slot, in_steps(metric.value, step)
    return added


def _add(site: Site, added: Mapping[SeriesName, tuple[float, int, int]]) -> bool:
    before: StoredOpen = load_open(site)
    samples = before.samples or {}
    return not open_samples.add(samples, added) or save_open(site, samples, before)


def _slots_open(waiting: OpenSamples) -> int:
    """How long the row has been filled, by the series that has most samples.

    A number that is used again comes with the minute at which it was measured, which may be hours ago and
    says nothing of how long the others wait.
    """
    slots = [recent.samples for recent in waiting.values() if recent.samples]
    _, first = max(((len(each), min(each)) for each in slots), default=(0, 0))
    return max(map(max, slots), default=0) - first


def _seal_rows(site: Site, waiting: OpenSamples) -> tuple[bool, bool]:
    """Whether every row was won, and whether one of them began a new day; in the order of the keys.

    All rows are made before the first is written: nobody waits for a lock meanwhile. Writers that lock rows
    in one order cannot deadlock.
    """
    parts = _by_row(waiting)
    stored = load_series(site, parts)
    today = day_of(slot_of(site.now_utc()))
    new_day = False
    ended, rows = [], []
    for key in sorted(parts):
        name, day, added = parts[key]
        before = stored.get(key)
        new_day = new_day or before is None
        whole = merged(before.series if before else None, added)
        rows.append(series_row(site, name, day, whole, before))
        if day < today:
            ended.append(DayOfMinutes(key, name.metric[:140], name.label_text[:140], day, whole))
    return save_all(site, [*rows, *rollup.rows_with(site, ended)]), new_day


def _by_row(waiting: OpenSamples) -> dict[str, tuple[SeriesName, int, Series]]:
    rows: dict[str, tuple[SeriesName, int, Series]] = {}
    for name, recent in waiting.items():
        by_day: dict[int, dict[int, int]] = {}
        for slot, sample in recent.samples.items():
            by_day.setdefault(day_of(slot), {})[slot % SLOTS_A_DAY] = sample
        for day, samples in by_day.items():
            rows[key_of(name, day)] = name, day, Series(recent.step, samples)
    return rows
