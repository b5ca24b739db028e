"""Samples put together by the hour or the day: how many, lowest, mean and highest; as a short text; pure.

The text is the step, and columns of slots, counts, lowest values, spreads and the sums above the lowest, all
but the first two in whole steps.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from vuurtoren.metrics.history.columns import LARGEST, BrokenSeries, differences, packed, unpacked
from vuurtoren.metrics.history.series import (
    LARGEST_SAMPLE,
    MOST_SLOTS,
    Series,
    checked_step,
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

    def values(self) -> list[tuple[int, float, float, float, int]]:
        """(slot, mean, lowest, highest, count) in the order of time."""
        parts = round(1 / self.step) if self.step < 1 else 0
        times, over = (1.0, parts) if parts else (self.step, 1)
        return [
            (slot, total * times / (count * over), low * times / over, high * times / over, count)
            for slot, (count, total, low, high) in sorted(self.found.items())
        ]


def gather(samples: Mapping[int, int], slots_each: int) -> dict[int, Whole]:
    """Whole steps by slot, put together by so many slots each."""
    grouped: dict[int, list[int]] = {}
    for slot, sample in samples.items():
        grouped.setdefault(slot // slots_each, []).append(sample)
    return {slot: (len(each), sum(each), min(each), max(each)) for slot, each in grouped.items()}


def of_day(series: Series, slots_each: int) -> Buckets:
    """The samples of a day, put together by so many slots each."""
    return Buckets(series.step, gather(series.samples, slots_each))


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
    try:
        step, _, written = text.partition(" ")
        columns = unpacked(written, 5)
        slots, counts, lows = list(accumulate(columns[0])), columns[1], list(accumulate(columns[2]))
        if slots and not (0 <= slots[0] and slots[-1] < MOST_SLOTS and min(counts) > 0 <= min(columns[3])):
            raise BrokenSeries("it holds times or numbers that nobody writes")
        if any(abs(low) > LARGEST_SAMPLE for low in lows):
            raise BrokenSeries("it holds values that nobody writes")
        whole = (
            (count, above + low * count, low, low + spread)
            for count, low, spread, above in zip(counts, lows, columns[3], columns[4], strict=True)
        )
        return Buckets(checked_step(step), dict(zip(slots, whole, strict=True)))
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
