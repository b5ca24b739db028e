"""What is stored of series: the minutes themselves, or put together by five minutes, hours or days.

Times and values are read side by side, as columns, which is several times as quick as sample by sample.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, overload

from vuurtoren.metrics.history import buckets, rollup
from vuurtoren.metrics.history.buckets import Bucket, BucketColumns
from vuurtoren.metrics.history.clock import Clock
from vuurtoren.metrics.history.columns import differences
from vuurtoren.metrics.history.open_samples import Recent, SeriesName
from vuurtoren.metrics.history.rollup import DAY, FIVE_MINUTES, HOUR
from vuurtoren.metrics.history.rows import (
    DOCTYPE,
    EPOCH,
    RESOLUTION_SECONDS,
    SLOTS_A_DAY,
    day_of,
    load_bucket_columns,
    load_minutes,
    minutes_key,
    moment_utc,
    series_key,
    slot_of,
)
from vuurtoren.metrics.history.series import Columns, Series, in_unit, merged
from vuurtoren.site.protocol import Site

LONGEST_READ = timedelta(days=1100)
BUCKET: Callable[[Iterable[object]], Bucket] = partial(tuple.__new__, Bucket)
"""What `Bucket._make` does, without a call of Python for each of thousands."""
Sample = tuple[datetime, float]


class Samples(Sequence[Sample]):
    """One series in the order of time: its moments (site time) and as many values; it goes as pairs of both.

    A pair is made where one is asked for: to make all of them takes longer than to read their numbers.
    """

    __slots__ = ("moments", "values")

    def __init__(self, moments: Sequence[datetime] = (), values: Sequence[float] = ()) -> None:
        self.moments, self.values = list(moments), list(values)

    @classmethod
    def of(cls, pairs: Iterable[Sample]) -> Samples:
        """These pairs, in the order in which they come."""
        if isinstance(pairs, Samples):
            return pairs
        some = list(pairs)
        return cls([at for at, _ in some], [value for _, value in some])

    def __len__(self) -> int:
        return len(self.moments)

    def __iter__(self) -> Iterator[Sample]:
        return zip(self.moments, self.values, strict=True)

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> Samples: ...
    def __getitem__(self, place: int | slice) -> Sample | Samples:
        if isinstance(place, slice):
            return Samples(self.moments[place], self.values[place])
        return self.moments[place], self.values[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Samples({list(self)!r})"


def read(
    site: Site,
    key: str,
    since: datetime,
    labels: Sequence[tuple[str, str]] = (),
    until: datetime | None = None,
) -> Samples:
    """The samples of one series since that moment, in the order of time (site time); a gap is a gap.

    Never further back than 1,100 days; `until` is the last moment that is wanted.
    """
    name = SeriesName(key, tuple(sorted(labels)))
    return read_many(site, [name], since, until)[name]


def read_many(
    site: Site, names: Iterable[SeriesName], since: datetime, until: datetime | None = None
) -> dict[SeriesName, Samples]:
    """The same for several series, with one question to the database for 500 of their days."""
    wanted = {name: series_key(name) for name in names}
    first = slot_of(site.to_utc(max(since, site.now() - LONGEST_READ)))
    today = day_of(slot_of(site.now_utc()))
    last = slot_of(site.to_utc(until)) if until else (today + 1) * SLOTS_A_DAY
    days = range(day_of(first), min(day_of(last), today) + 1)
    keys = {name: [(day, minutes_key(key, day)) for day in days] for name, key in wanted.items()}
    stored, recent = load_minutes(site, (key for of_series in keys.values() for _day, key in of_series))
    clock, within = Clock(site), _Slots(first, last)
    times = _Times(clock, 1)
    found = {}
    for name, of_series in keys.items():
        sealed = [(day, there) for day, key in of_series if (there := stored.get(key))]
        waiting = recent.get(name)
        ends = sealed[-1][0] * SLOTS_A_DAY + sealed[-1][1].slots[-1] if sealed else -1
        late = waiting and min(waiting.samples, default=first) <= ends
        found[name] = (_mixed if late else _one_after_another)(times, sealed, waiting, within)
    return found


class _Slots(NamedTuple):
    """Those that are wanted, both ends included."""

    first: int
    last: int

    def of_day(self, day: int, columns: Columns) -> tuple[int, int]:
        """Where those of a day begin and end."""
        zero = day * SLOTS_A_DAY
        return bisect_left(columns.slots, self.first - zero), bisect_right(columns.slots, self.last - zero)

    def of(self, slots: Iterable[int]) -> list[int]:
        return [slot for slot in sorted(slots) if self.first <= slot <= self.last]


def _one_after_another(
    times: _Times, sealed: Sequence[tuple[int, Columns]], waiting: Recent | None, within: _Slots
) -> Samples:
    """Days, and behind them what waits in the open row."""
    found = Samples()
    for day, columns in sealed:
        begin, end = within.of_day(day, columns)
        found.moments.extend(times.clock.of_day(day, columns.slots[begin:end]))
        found.values.extend(columns.values(begin, end))
    if waiting:
        open_slots = within.of(waiting.samples)
        found.moments.extend(map(times.__getitem__, open_slots))
        found.values.extend(in_unit(waiting.step, map(waiting.samples.__getitem__, open_slots)))
    return found


def _mixed(
    times: _Times, sealed: Sequence[tuple[int, Columns]], waiting: Recent | None, within: _Slots
) -> Samples:
    """The same where what waits is not behind all that is sealed, which a clock that was set back does."""
    together: dict[int, float] = {}
    for day, columns in sealed:
        slots = (slot + day * SLOTS_A_DAY for slot in columns.slots)
        together.update(zip(slots, columns.values(), strict=True))
    if waiting:
        added = in_unit(waiting.step, waiting.samples.values())
        together.update(zip(waiting.samples, added, strict=True))
    chosen = within.of(together)
    return Samples([times[slot] for slot in chosen], [together[slot] for slot in chosen])


def first_sample(site: Site, key: str) -> datetime | None:
    """When the series without labels begins (site time); None where nothing is stored of it."""
    name = SeriesName(key, ())
    minutes = {"metric": key, "labels": ("is", "not set"), "resolution_seconds": RESOLUTION_SECONDS}
    rows = site.get_all(DOCTYPE, ["day"], {**minutes, "day": ("is", "set")}, order_by="day", limit=1)
    day = (rows[0]["day"] - EPOCH.date()).days if rows else 0
    first = minutes_key(series_key(name), day)
    stored, recent = load_minutes(site, [first])
    slots = list(recent[name].samples) if name in recent else []
    if first in stored:
        slots += [day * SLOTS_A_DAY + slot for slot in stored[first].slots]
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
    wanted = {name: series_key(name) for name in names}
    earliest = since if resolution == DAY else max(since, site.now() - LONGEST_READ)
    first = max(0, int((site.to_utc(earliest) - EPOCH).total_seconds())) // resolution
    first_day, today = first * resolution // DAY, day_of(slot_of(site.now_utc()))
    done = rollup.done_before(site) if resolution in rollup.RESOLUTIONS else None
    fresh = range(max(first_day, min(today, done or 0)), today + 1)
    old = rollup.stretches(first_day, today, resolution) if resolution in rollup.RESOLUTIONS else []
    stored = load_bucket_columns(site, (rollup.key_in(key, each) for key in wanted.values() for each in old))
    minutes, recent = load_minutes(site, (minutes_key(key, day) for key in wanted.values() for day in fresh))
    minutes_each = resolution // RESOLUTION_SECONDS
    times = _Times(Clock(site), minutes_each)
    found = {}
    for name, key in wanted.items():
        whole = [(each.first * DAY // resolution, stored.get(rollup.key_in(key, each))) for each in old]
        parts = [(zero, row) for zero, row in whole if row]
        waiting = _by_day(recent.get(name))
        for day in fresh:
            columns = _with_waiting(minutes.get(minutes_key(key, day)), waiting.get(day))
            if columns:
                parts.append((day * DAY // resolution, buckets.of_columns(columns, minutes_each)))
        joined = _joined(parts, first)
        moments = map(times.__getitem__, joined.slots)
        found[name] = list(map(BUCKET, zip(moments, *joined[1:], strict=True)))
    return found


class _Times(dict[int, datetime]):
    """When minutes, or buckets of minutes, begin, by their number since 1970; most series have the same."""

    def __init__(self, clock: Clock, minutes_each: int) -> None:
        super().__init__()
        self.clock, self._minutes_each = clock, minutes_each

    def __missing__(self, slot: int) -> datetime:
        at = self[slot] = self.clock.at(slot * self._minutes_each)
        return at


def _joined(parts: Iterable[tuple[int, BucketColumns]], first: int) -> BucketColumns:
    """Parts of one series, each with the number of its first slot, from `first` on in the order of time.

    Of a slot that several hold the last one holds.
    """
    joined = BucketColumns([], [], [], [], [])
    in_order = True
    for zero, part in parts:
        begin = bisect_left(part.slots, first - zero)
        slots = [slot + zero for slot in part.slots[begin:]]
        in_order = in_order and (not slots or not joined.slots or joined.slots[-1] < slots[0])
        joined.slots.extend(slots)
        joined.means.extend(part.means[begin:])
        joined.lowest.extend(part.lowest[begin:])
        joined.highest.extend(part.highest[begin:])
        joined.samples.extend(part.samples[begin:])
    return joined if in_order else _in_order(joined)


def _in_order(mixed: BucketColumns) -> BucketColumns:
    places = {slot: place for place, slot in enumerate(mixed.slots)}
    chosen = [places[slot] for slot in sorted(places)]
    slots, means, lowest, highest, samples = mixed
    return BucketColumns(
        [slots[place] for place in chosen],
        [means[place] for place in chosen],
        [lowest[place] for place in chosen],
        [highest[place] for place in chosen],
        [samples[place] for place in chosen],
    )


def _by_day(waiting: Recent | None) -> dict[int, Series]:
    """What waits in the open row, by its day."""
    by_day: dict[int, dict[int, int]] = {}
    for slot, sample in waiting.samples.items() if waiting else ():
        by_day.setdefault(day_of(slot), {})[slot % SLOTS_A_DAY] = sample
    return {day: Series(waiting.step, samples) for day, samples in by_day.items()} if waiting else {}


def _with_waiting(sealed: Columns | None, waiting: Series | None) -> Columns | None:
    """A day with what waits for it."""
    if waiting is None:
        return sealed
    slots, samples = waiting.columns()
    if sealed is None or not sealed.slots:
        return Columns(waiting.step, slots, differences(samples))
    if sealed.step == waiting.step and sealed.slots[-1] < slots[0]:
        last = sum(sealed.changes)
        added = differences([last, *samples])[1:]
        return Columns(sealed.step, [*sealed.slots, *slots], [*sealed.changes, *added])
    earlier = Series(sealed.step, dict(zip(sealed.slots, sealed.samples(), strict=True)))
    whole = merged(earlier, waiting)
    slots, samples = whole.columns()
    return Columns(whole.step, slots, differences(samples))
