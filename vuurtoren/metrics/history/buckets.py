"""Samples put together by the hour or the day: how many, lowest, mean and highest; as a short text; pure.

The text is the step, and columns of slots, counts, lowest values, spreads and the sums above the lowest, all
but the first two in whole steps.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from operator import add, mul
from typing import NamedTuple

from vuurtoren.metrics.history.columns import LARGEST, BrokenSeries, differences, packed, unpacked
from vuurtoren.metrics.history.series import (
    LARGEST_SAMPLE,
    MOST_SLOTS,
    Columns,
    Series,
    checked_step,
    in_unit,
)

Whole = tuple[int, int, int, int]
"""How many samples, their sum, the lowest and the highest; the last three in whole steps."""


class Bucket(NamedTuple):
    """The samples from `at` on, for as long as the resolution says."""

    at: datetime
    mean: float
    lowest: float
    highest: float
    samples: int


@dataclass(frozen=True)
class Buckets:
    """What was counted by slot (0 is the first of the row's stretch of time); a slot without one is a gap."""

    step: float
    found: Mapping[int, Whole] = field(default_factory=dict)

    def with_buckets(self, added: Buckets) -> Buckets:
        """Also these; of a slot that is there already the added one holds. The finer precision is kept."""
        if not self.found:
            return added
        step = min(self.step, added.step)
        return Buckets(step, {**_rescaled(self, step), **_rescaled(added, step)})

    def without(self, slots: range) -> Buckets:
        return Buckets(self.step, {slot: whole for slot, whole in self.found.items() if slot not in slots})


class BucketColumns(NamedTuple):
    """Buckets as they are read: slots in the order of time; means, lowest and highest values in the unit."""

    slots: list[int]
    means: list[float]
    lowest: list[float]
    highest: list[float]
    samples: list[int]

    @classmethod
    def of(cls, step: float, slots: list[int], whole: Sequence[Sequence[int]]) -> BucketColumns:
        """From columns of counts, sums, lowest and highest values in whole steps."""
        counts, totals, lows, highs = whole
        parts = round(1 / step) if step < 1 else 0
        summed = zip(totals, counts, strict=True)
        means = [total / (count * parts) for total, count in summed] if parts else [
            total * step / count for total, count in summed
        ]  # fmt: skip
        lowest, highest = in_unit(step, lows), in_unit(step, highs)
        return cls(slots, means, lowest, highest, list(counts))


def gather(slots: Sequence[int], samples: Sequence[int], slots_each: int) -> dict[int, Whole]:
    """Samples in the order of time, put together by so many slots each."""
    found: dict[int, Whole] = {}
    first = 0
    while first < len(slots):
        slot = slots[first] // slots_each
        end = bisect_left(slots, (slot + 1) * slots_each, first)
        part = samples[first:end]
        found[slot] = len(part), sum(part), min(part), max(part)
        first = end
    return found


def of_day(series: Series, slots_each: int) -> Buckets:
    """The samples of a day, put together by so many slots each."""
    return Buckets(series.step, gather(*series.columns(), slots_each))


def of_columns(day: Columns, slots_each: int) -> BucketColumns:
    """The same, as it is read."""
    found = gather(day.slots, day.samples(), slots_each)
    whole = list(zip(*found.values(), strict=True)) if found else [()] * 4
    return BucketColumns.of(day.step, list(found), whole)


def encode(buckets: Buckets) -> str:
    """The buckets as text; `decode` reads it back unchanged. What 61 bits do not hold is left out."""
    found = [(slot, *whole) for slot, whole in sorted(buckets.found.items()) if _fits(*whole)]
    slots, counts, totals, lows, highs = zip(*found, strict=True) if found else ((),) * 5
    columns = (
        differences(slots), counts, differences(lows),
        [high - low for low, high in zip(lows, highs, strict=True)],
        [total - low * count for total, low, count in zip(totals, lows, counts, strict=True)],
    )  # fmt: skip
    return f"{buckets.step:g} {packed(columns)}"


def decode(text: str) -> Buckets:
    """Raises BrokenSeries where the text is damaged."""
    step, slots, whole = _columns(text)
    return Buckets(step, dict(zip(slots, zip(*whole, strict=True), strict=True)))


def decoded(text: str) -> BucketColumns:
    """The same as it is read, which reading many needs no more of; raises BrokenSeries too."""
    return BucketColumns.of(*_columns(text))


def _columns(text: str) -> tuple[float, list[int], list[Sequence[int]]]:
    """The step, the slots, and columns of counts, sums, lowest and highest values in whole steps."""
    try:
        step, _, written = text.partition(" ")
        times, counts, changes, spreads, aboves = unpacked(written, 5)
        slots, lows = list(accumulate(times)), list(accumulate(changes))
        if slots and not (0 <= slots[0] and slots[-1] < MOST_SLOTS and min(counts) > 0 <= min(spreads)):
            raise BrokenSeries("it holds times or numbers that nobody writes")
        if max(max(lows, default=0), -min(lows, default=0)) > LARGEST_SAMPLE:
            raise BrokenSeries("it holds values that nobody writes")
        totals = list(map(add, aboves, map(mul, lows, counts)))
        return checked_step(step), slots, [counts, totals, lows, list(map(add, lows, spreads))]
    except (ValueError, zlib.error) as damage:
        raise BrokenSeries(f"stored buckets cannot be read: {damage}") from damage


def _fits(count: int, total: int, low: int, high: int) -> bool:
    return max(abs(low), abs(high), total - low * count) < LARGEST


def _rescaled(buckets: Buckets, step: float) -> Mapping[int, Whole]:
    if buckets.step == step:
        return buckets.found
    times = buckets.step / step
    return {
        slot: (count, round(total * times), round(low * times), round(high * times))
        for slot, (count, total, low, high) in buckets.found.items()
    }
