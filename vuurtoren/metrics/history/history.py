"""What was measured over time: DocType Metric Series, one row for each metric, UTC day and resolution.

Samples arrive in one open row and are sealed into the rows of their series every half hour: a tick costs one
write, and a sealed sample one to two bytes. Both happen by compare-and-swap, so several writers lose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from vuurtoren.metrics.history import open_samples
from vuurtoren.metrics.history.open_samples import OpenSamples, Recent, SeriesName
from vuurtoren.metrics.history.retention import trim
from vuurtoren.metrics.history.rows import (
    DOCTYPE,
    EPOCH,
    RESOLUTION_SECONDS,
    SLOTS_A_DAY,
    StoredOpen,
    day_of,
    key_of,
    load_open,
    load_series,
    moment_utc,
    save_open,
    save_series,
    slot_of,
)
from vuurtoren.metrics.history.series import Series, in_steps, step_for
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.site.errors import AlreadyExists, Busy, SiteError
from vuurtoren.site.protocol import Site

SEAL_AFTER_SLOTS = 30
ATTEMPTS = 50
LONGEST_READ = timedelta(days=1100)
BLOCK = timedelta(minutes=30)
HALF_HOUR = [timedelta(seconds=seconds) for seconds in range(0, 1800, RESOLUTION_SECONDS)]
Sample = tuple[datetime, float]


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
    step = step_for(unit)
    past = {
        name: Recent(step, {slot_of(site.to_utc(at)): in_steps(value, step) for at, value in samples})
        for name, samples in series.items()
    }
    _until_won(site, lambda: _seal_rows(site, past)[0])


def seal(site: Site, *, after_slots: int = 0) -> None:
    """Move the open samples into the rows of their series once the oldest is that old; commits.

    The move is one transaction, so an interruption loses nothing.
    """
    new_day = False

    def move() -> bool:
        nonlocal new_day
        before = load_open(site)
        waiting = before.samples or {}
        oldest, newest = _ends(waiting)
        if newest - oldest < after_slots or not waiting:
            return True
        won, new_day = _seal_rows(site, waiting)
        return won and save_open(site, {}, before)

    _until_won(site, move)
    if new_day:
        trim(site)


def read(site: Site, key: str, since: datetime, labels: Sequence[tuple[str, str]] = ()) -> list[Sample]:
    """The samples of one series since that moment, in the order of time (site time); a gap is a gap.

    Never further back than 1,100 days.
    """
    name = SeriesName(key, tuple(sorted(labels)))
    return read_many(site, [name], since)[name]


def read_many(site: Site, names: Iterable[SeriesName], since: datetime) -> dict[SeriesName, list[Sample]]:
    """The same for several series with two questions to the database."""
    wanted = list(names)
    first = slot_of(site.to_utc(max(since, site.now() - LONGEST_READ)))
    days = range(day_of(first), day_of(slot_of(site.now_utc())) + 1)
    stored = load_series(site, (key_of(name, day) for name in wanted for day in days))
    recent = load_open(site).samples or {}
    in_site_time = _clock(site)
    found = {}
    for name in wanted:
        values: dict[int, float] = {}
        for day in days:
            row = stored.get(key_of(name, day))
            if row and row.series:
                values |= {day * SLOTS_A_DAY + slot: value for slot, value in row.series.values()}
        if name in recent:
            values |= Series(recent[name].step, recent[name].samples).values()
        found[name] = [(in_site_time(slot), value) for slot, value in sorted(values.items()) if slot >= first]
    return found


def first_sample(site: Site, key: str) -> datetime | None:
    """When the series without labels begins (site time); None where nothing is stored of it."""
    name, plain = SeriesName(key, ()), {"metric": key, "labels": ("is", "not set")}
    rows = site.get_all(DOCTYPE, ["day"], {**plain, "day": ("is", "set")}, order_by="day", limit=1)
    waiting = (load_open(site).samples or {}).get(name)
    slots = list(waiting.samples) if waiting else []
    if rows:
        day = (rows[0]["day"] - EPOCH.date()).days
        stored = load_series(site, [key_of(name, day)]).get(key_of(name, day))
        if stored and stored.series:
            slots += [day * SLOTS_A_DAY + slot for slot in stored.series.samples]
    return site.from_utc(moment_utc(min(slots))) if slots else None


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
        step = step_for(metric.unit)
        slot = slot_of(snapshot.taken_at_utc - (snapshot.taken_at - metric.measured_at))
        added[SeriesName(metric.key, metric.labels)] = step, slot, in_steps(metric.value, step)
    return added


def _add(site: Site, added: Mapping[SeriesName, tuple[float, int, int]]) -> bool:
    before: StoredOpen = load_open(site)
    samples = before.samples or {}
    return not open_samples.add(samples, added) or save_open(site, samples, before)


def _ends(waiting: OpenSamples) -> tuple[int, int]:
    slots = [slot for recent in waiting.values() for slot in recent.samples]
    return (min(slots), max(slots)) if slots else (0, 0)


def _seal_rows(site: Site, waiting: OpenSamples) -> tuple[bool, bool]:
    """Whether every row was won, and whether one of them began a new day; in the order of the keys.

    Writers that lock rows in one order cannot deadlock.
    """
    parts = _by_row(waiting)
    stored = load_series(site, parts)
    new_day = False
    for key in sorted(parts):
        name, day, added = parts[key]
        before = stored.get(key)
        new_day = new_day or before is None
        earlier = before.series if before else None
        if not save_series(site, name, day, _merged(earlier, added), before):
            return False, False
    return True, new_day


def _by_row(waiting: OpenSamples) -> dict[str, tuple[SeriesName, int, Series]]:
    rows: dict[str, tuple[SeriesName, int, Series]] = {}
    for name, recent in waiting.items():
        by_day: dict[int, dict[int, int]] = {}
        for slot, sample in recent.samples.items():
            by_day.setdefault(day_of(slot), {})[slot % SLOTS_A_DAY] = sample
        for day, samples in by_day.items():
            rows[key_of(name, day)] = name, day, Series(recent.step, samples)
    return rows


def _merged(earlier: Series | None, added: Series) -> Series:
    if earlier is None:
        return added
    if earlier.step != added.step:
        samples = {slot: in_steps(value, added.step) for slot, value in earlier.values()}
        earlier = Series(added.step, samples)
    return earlier.with_samples(added.samples)


def _clock(site: Site) -> Callable[[int], datetime]:
    """Slots to site time; the offset is asked once for each half hour, within which no zone changes it.

    Plain times are several times as fast: only those know their instant that stand beside a change of the
    clock, so that the distance between any two neighbours is right.
    """
    starts: dict[int, datetime] = {}

    def start(block: int) -> datetime:
        begins_utc = moment_utc(block * len(HALF_HOUR))
        begins, before = site.from_utc(begins_utc), site.from_utc(begins_utc - BLOCK)
        even = begins.plain() - before.plain() == BLOCK
        return begins.plain() if even and not begins.fold else begins

    def in_site_time(slot: int) -> datetime:
        block, rest = divmod(slot, len(HALF_HOUR))
        if block not in starts:
            starts[block] = start(block)
        return starts[block] + HALF_HOUR[rest]

    return in_site_time
