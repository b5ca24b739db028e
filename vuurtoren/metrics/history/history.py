"""What was measured over time: DocType Metric Series, one row for each metric and UTC day of minutes, month
of hours and year of days.

Samples arrive in one open row and are sealed into the rows of their series every half hour: a tick costs one
write, and a sealed sample one to two bytes. Both happen by compare-and-swap, so several writers lose nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from vuurtoren.metrics.history import buckets, open_samples, rollup
from vuurtoren.metrics.history.buckets import Bucket, Buckets
from vuurtoren.metrics.history.open_samples import OpenSamples, Recent, SeriesName
from vuurtoren.metrics.history.retention import trim
from vuurtoren.metrics.history.rollup import DAY, FIVE_MINUTES, HOUR, DayOfMinutes
from vuurtoren.metrics.history.rows import (
    DOCTYPE,
    EPOCH,
    RESOLUTION_SECONDS,
    SLOTS_A_DAY,
    StoredOpen,
    StoredSeries,
    day_of,
    key_of,
    load_buckets,
    load_columns,
    load_open,
    load_series,
    moment_utc,
    save_all,
    save_open,
    series_row,
    slot_of,
)
from vuurtoren.metrics.history.series import Columns, Series, in_steps, in_unit, step_for
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.site.errors import AlreadyExists, Busy, SiteError
from vuurtoren.site.protocol import Site

SEAL_AFTER_SLOTS = 30
ATTEMPTS = 50
LONGEST_READ = timedelta(days=1100)
BLOCK = timedelta(minutes=30)
HALF_HOUR = [timedelta(seconds=seconds) for seconds in range(0, 1800, RESOLUTION_SECONDS)]
OF_DAY = [timedelta(seconds=slot * RESOLUTION_SECONDS) for slot in range(SLOTS_A_DAY)]
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
    put_days_together(site)
    if new_day:
        trim(site)


def put_days_together(site: Site) -> None:
    """Make the hours and days of some rows of the oldest day that has none yet; commits."""
    today = day_of(slot_of(site.now_utc() - rollup.SETTLED))
    _until_won(site, lambda: rollup.go_on(site, today))


def read(site: Site, key: str, since: datetime, labels: Sequence[tuple[str, str]] = ()) -> list[Sample]:
    """The samples of one series since that moment, in the order of time (site time); a gap is a gap.

    Never further back than 1,100 days.
    """
    name = SeriesName(key, tuple(sorted(labels)))
    return read_many(site, [name], since)[name]


def read_many(
    site: Site, names: Iterable[SeriesName], since: datetime, until: datetime | None = None
) -> dict[SeriesName, list[Sample]]:
    """The same for several series with two questions to the database, and no later than `until`."""
    wanted = list(names)
    first = slot_of(site.to_utc(max(since, site.now() - LONGEST_READ)))
    days = range(day_of(first), day_of(slot_of(site.to_utc(until) if until else site.now_utc())) + 1)
    stored = load_columns(site, (key_of(name, day) for name in wanted for day in days))
    recent = load_open(site).samples or {}
    times = _Times(site)
    found = {}
    for name in wanted:
        sealed = [(day, there) for day in days if (there := stored.get(key_of(name, day)))]
        waiting = recent.get(name)
        ends = sealed[-1][0] * SLOTS_A_DAY + sealed[-1][1].slots[-1] if sealed else -1
        if waiting and min(waiting.samples, default=first) <= ends:
            found[name] = _mixed(times, sealed, waiting, first)
        else:
            found[name] = _one_after_another(times, sealed, waiting, first)
    if until:
        return {name: [each for each in samples if each[0] <= until] for name, samples in found.items()}
    return found


def _one_after_another(
    times: _Times, sealed: Sequence[tuple[int, Columns]], waiting: Recent | None, first: int
) -> list[Sample]:
    """Days, and behind them what waits in the open row, from `first` on."""
    moments: list[datetime] = []
    values: list[float] = []
    for day, columns in sealed:
        start = bisect_left(columns.slots, first - day * SLOTS_A_DAY)
        moments += times.of_day(day, columns.slots[start:] if start else columns.slots)
        values += in_unit(columns.step, columns.samples[start:] if start else columns.samples)
    if waiting:
        slots = [slot for slot in sorted(waiting.samples) if slot >= first]
        moments += map(times.clock.__getitem__, slots)
        values += in_unit(waiting.step, map(waiting.samples.__getitem__, slots))
    return list(zip(moments, values, strict=True))


def _mixed(times: _Times, sealed: Sequence[tuple[int, Columns]], waiting: Recent, first: int) -> list[Sample]:
    """The same where what waits is not behind all that is sealed, which a clock that was set back does."""
    together: dict[int, float] = {}
    for day, columns in sealed:
        slots = (slot + day * SLOTS_A_DAY for slot in columns.slots)
        together.update(zip(slots, in_unit(columns.step, columns.samples), strict=True))
    added = in_unit(waiting.step, waiting.samples.values())
    together.update(zip(waiting.samples, added, strict=True))
    return [(times.clock[slot], together[slot]) for slot in sorted(together) if slot >= first]


def first_sample(site: Site, key: str) -> datetime | None:
    """When the series without labels begins (site time); None where nothing is stored of it."""
    name = SeriesName(key, ())
    minutes = {"metric": key, "labels": ("is", "not set"), "resolution_seconds": RESOLUTION_SECONDS}
    rows = site.get_all(DOCTYPE, ["day"], {**minutes, "day": ("is", "set")}, order_by="day", limit=1)
    waiting = (load_open(site).samples or {}).get(name)
    slots = list(waiting.samples) if waiting else []
    if rows:
        day = (rows[0]["day"] - EPOCH.date()).days
        stored = load_series(site, [key_of(name, day)]).get(key_of(name, day))
        if stored and stored.series:
            slots += [day * SLOTS_A_DAY + slot for slot in stored.series.samples]
    return site.from_utc(moment_utc(min(slots))) if slots else None


def read_buckets(
    site: Site, names: Iterable[SeriesName], since: datetime, resolution: int
) -> dict[SeriesName, list[Bucket]]:
    """Count, lowest, mean and highest of several series since that moment, by five minutes (300), by hours
    (3600) or by days of UTC (86,400), in the order of time; a gap is a gap.

    Never further back than 1,100 days, days of all time excepted. Raises ValueError for another resolution.
    """
    if resolution not in (FIVE_MINUTES, HOUR, DAY):
        raise ValueError(f"{resolution} seconds is no resolution that is read")
    wanted = list(names)
    earliest = since if resolution == DAY else max(since, site.now() - LONGEST_READ)
    first = max(0, int((site.to_utc(earliest) - EPOCH).total_seconds())) // resolution
    first_day, today = first * resolution // DAY, day_of(slot_of(site.now_utc()))
    done = rollup.done_before(site) if resolution in rollup.RESOLUTIONS else None
    fresh = range(max(first_day, min(today, done or 0)), today + 1)
    old = rollup.stretches(first_day, today, resolution) if resolution in rollup.RESOLUTIONS else []
    stored = load_buckets(site, (rollup.key_for(key_of(name, 0), each) for name in wanted for each in old))
    minutes = load_series(site, (key_of(name, day) for name in wanted for day in fresh))
    recent = load_open(site).samples or {}
    found: dict[SeriesName, list[Bucket]] = {}
    clock, minutes_each = _Clock(site), resolution // RESOLUTION_SECONDS
    for name in wanted:
        values: dict[int, tuple[float, float, float, int]] = {}
        for each in old:
            row = stored.get(rollup.key_for(key_of(name, 0), each))
            if row and row.buckets:
                _put(values, row.buckets, each.first * DAY // resolution)
        for day, series in _days(name, fresh, minutes, recent):
            part = buckets.of_day(series, minutes_each)
            _put(values, part, day * DAY // resolution)
        found[name] = [
            Bucket(clock[slot * minutes_each], *value)
            for slot, value in sorted(values.items())
            if slot >= first
        ]
    return found


def _put(values: dict[int, tuple[float, float, float, int]], content: Buckets, shift: int) -> None:
    for slot, mean, lowest, highest, count in content.values():
        values[slot + shift] = mean, lowest, highest, count


def _days(
    name: SeriesName, days: range, minutes: Mapping[str, StoredSeries], recent: OpenSamples
) -> Iterator[tuple[int, Series]]:
    """The minutes of each of these days, those that wait in the open row included."""
    waiting = _by_row({name: recent[name]}) if name in recent else {}
    for day in days:
        row, added = minutes.get(key_of(name, day)), waiting.get(key_of(name, day))
        series = row.series if row else None
        if added:
            series = _merged(series, added[2])
        if series:
            yield day, series


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
        whole = _merged(before.series if before else None, added)
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


def _merged(earlier: Series | None, added: Series) -> Series:
    if earlier is None:
        return added
    if earlier.step != added.step:
        samples = {slot: in_steps(value, added.step) for slot, value in earlier.values()}
        earlier = Series(added.step, samples)
    return earlier.with_samples(added.samples)


class _Times:
    """The times of the slots of a day; most series of a site were measured at the same minutes."""

    def __init__(self, site: Site) -> None:
        self.clock = _Clock(site)
        self._days: dict[int, tuple[list[int], list[datetime]]] = {}

    def of_day(self, day: int, slots: list[int]) -> list[datetime]:
        known = self._days.get(day)
        if known and known[0] == slots:
            return known[1]
        shift = day * SLOTS_A_DAY
        found = [self.clock[slot + shift] for slot in slots]
        self._days[day] = slots, found
        return found


class _Clock(dict[int, datetime]):
    """Slots to site time, each made once; the offset is asked for once a day, or for each half hour of a day
    on which the clock is changed.

    Plain times are several times as fast: only those know their instant that stand beside a change of the
    clock, so that the distance between any two neighbours is right.
    """

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self._zero: dict[int, datetime | None] = {}
        self._starts: dict[int, datetime] = {}

    def __missing__(self, slot: int) -> datetime:
        day, rest = divmod(slot, SLOTS_A_DAY)
        if day not in self._zero:
            self._zero[day] = self._first_of(day)
        zero = self._zero[day]
        at = zero + OF_DAY[rest] if zero else self._beside_a_change(slot)
        self[slot] = at
        return at

    def _first_of(self, day: int) -> datetime | None:
        """When the day begins, if the clock is not changed just before it or on it."""
        begins, ends = moment_utc(day * SLOTS_A_DAY), moment_utc((day + 1) * SLOTS_A_DAY)
        before, after = self._site.from_utc(begins - BLOCK), self._site.from_utc(ends)
        even = after.plain() - before.plain() == ends - begins + BLOCK
        return before.plain() + BLOCK if even and not before.fold else None

    def _beside_a_change(self, slot: int) -> datetime:
        block, rest = divmod(slot, len(HALF_HOUR))
        if block not in self._starts:
            begins_utc = moment_utc(block * len(HALF_HOUR))
            begins, before = self._site.from_utc(begins_utc), self._site.from_utc(begins_utc - BLOCK)
            even = begins.plain() - before.plain() == BLOCK
            self._starts[block] = begins.plain() if even and not begins.fold else begins
        return self._starts[block] + HALF_HOUR[rest]
