"""A day of samples as a short text: scaled to whole steps, delta-coded, deflated, base64; pure.

The text is the step, and columns of times and values, each as differences: a regular rhythm and a slow value
are nearly all the same, which deflates well. What is too large for a column is written, and what release 0.1
wrote is read, as "step bytes-of-times base64" in bytes of variable length.
"""

from __future__ import annotations

import binascii
import re
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate, chain, repeat
from operator import or_, sub
from typing import TypeVar

from vuurtoren.metrics.history.columns import (
    LARGEST,
    RAW_DEFLATE,
    BrokenSeries,
    differences,
    inflated,
    packed,
    unpacked,
)

STEPS = {
    "%": 0.1,
    "bytes": 65536.0,
    "bytes/day": 65536.0,
    "bytes/s": 1024.0,
    "load": 0.01,
    "cores": 0.01,
    "h": 0.01,
    "days": 0.01,
    "MB": 0.01,
    "EUR": 0.01,
}
"""The precision that history keeps, by unit; everything else is kept to whole numbers."""
WHOLE = 1.0
FINER = {65536.0: 1024.0, 1024.0: 16.0, 16.0: 1.0, 1.0: 0.1, 0.1: 0.01}
"""What stands for a value that is small beside the precision of its unit; each a whole part of the next."""
WHOLE_ONLY = ("bytes", "bytes/day")
AS_IT_IS = ("bytes/s",)
"""Half a kilobyte a second is nothing: what swings between nothing and much would cost a third more."""
MOST_OFF, MOST_OFF_OF_SIZES = 0.6, 0.01
"""By so much of itself a value may be off, so that none becomes nothing; a size, which is compared, by
less."""
SMALLEST_STEP, LARGEST_STEP = 1e-6, 1e12
LARGEST_SAMPLE = 10**24
MOST_SLOTS = 86_400
SELDOM = 8
"""A value that changes at most once in so many samples is added up by its changes."""
LOOKED_AT = 8 * SELDOM
CHANGED = re.compile(rb"[^\0]", re.DOTALL)
Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Series:
    """Samples by slot (0 is the first of the day) in whole steps; a slot without one is a gap."""

    step: float
    samples: Mapping[int, int] = field(default_factory=dict)

    def with_samples(self, added: Mapping[int, int]) -> Series:
        """Also these; for a slot that is there already the added one holds."""
        return Series(self.step, {**self.samples, **added})

    def columns(self) -> tuple[list[int], list[int]]:
        """Slots in the order of time, and their samples."""
        slots = sorted(self.samples)
        return slots, [self.samples[slot] for slot in slots]

    def values(self) -> list[tuple[int, float]]:
        """(slot, value) in the order of time."""
        slots, samples = self.columns()
        return list(zip(slots, in_unit(self.step, samples), strict=True))


def merged(earlier: Series | None, added: Series) -> Series:
    """Both, in the finer precision."""
    if earlier is None:
        return added
    step = min(earlier.step, added.step)
    return Series(step, {**finer(earlier, step), **finer(added, step)})


def finer(series: Series, step: float) -> Mapping[int, int]:
    """Its samples in steps that are as large or smaller."""
    times = round(series.step / step)
    if times == 1:
        return series.samples
    return {slot: sample * times for slot, sample in series.samples.items()}


@dataclass(frozen=True)
class Columns:
    """A series as it is stored: the slots in the order of time, and how many whole steps each sample differs
    from the one before it. Added up is only what is asked for."""

    step: float
    slots: Sequence[int]
    changes: Sequence[int]

    def samples(self, first: int = 0, end: int | None = None) -> list[int]:
        """The whole steps of a part of it."""
        return _spread(*self._runs(first, end))

    def values(self, first: int = 0, end: int | None = None) -> list[float]:
        """The same in the unit."""
        samples, lengths = self._runs(first, end)
        return _spread(in_unit(self.step, samples), lengths)

    def _runs(self, first: int, end: int | None) -> tuple[list[int], list[int] | None]:
        """Samples, and how often each comes; no such numbers where they change so often that each is told."""
        changes, before = self.changes[first:end], sum(self.changes[:first])
        places = _places_of_changes(changes)
        if places is None:
            return _added_up(changes, before), None
        starts = sorted({0, *places})
        return (
            _added_up(map(changes.__getitem__, starts), before),
            list(map(sub, [*starts[1:], len(changes)], starts)),
        )


def _added_up(changes: Iterable[int], before: int) -> list[int]:
    """What each change leads to."""
    reached = list(accumulate(changes, initial=before))
    del reached[0]
    return reached


def _spread(values: list[Number], lengths: list[int] | None) -> list[Number]:
    return values if lengths is None else list(chain.from_iterable(map(repeat, values, lengths)))


def _places_of_changes(changes: Sequence[int]) -> list[int] | None:
    """Where a value changes, of values that mostly stay as they are; None of others."""
    if not isinstance(changes, array) or len(changes) < LOOKED_AT or any(changes[1:LOOKED_AT:SELDOM]):
        return None
    written, size = changes.tobytes(), changes.itemsize
    planes = (int.from_bytes(written[place::size], "little") for place in range(size))
    changed = reduce(or_, planes).to_bytes(len(changes), "little")
    if changed.count(0) * SELDOM < len(changes) * (SELDOM - 1):
        return None
    return [found.start() for found in CHANGED.finditer(changed)]


def step_for(unit: str, value: float = 0.0) -> float:
    """The precision that this value is kept in: that of its unit, a finer one where it is small beside it."""
    step = STEPS.get(unit, WHOLE)
    most_off = abs(value) * (MOST_OFF_OF_SIZES if unit == "bytes" else MOST_OFF)
    smallest = step if unit in AS_IT_IS else 1.0 if unit in WHOLE_ONLY else min(FINER.values())
    while step > smallest and abs(value - in_steps(value, step) * step) > most_off:
        step = FINER[step]
    return step


def in_steps(value: float, step: float) -> int:
    """The nearest whole number of steps; raises OverflowError or ValueError for infinity and not-a-number."""
    return round(value / step)


def encode(series: Series) -> str:
    """The series as text; `decode` reads it back unchanged."""
    slots, samples = series.columns()
    if any(abs(sample) >= LARGEST for sample in samples):
        return f"{series.step:g} {_of_any_size(differences(slots), differences(samples))}"
    return f"{series.step:g} {packed((differences(slots), differences(samples)))}"


def decode(text: str) -> Series:
    """Raises BrokenSeries where the text is damaged."""
    columns = decoded_columns(text)
    return Series(columns.step, dict(zip(columns.slots, columns.samples(), strict=True)))


def decoded_columns(text: str) -> Columns:
    """The same as columns, which reading many needs no more of; raises BrokenSeries too."""
    try:
        step, _, written = text.partition(" ")
        of_any_size = written.count(" ") == 1
        times, changes = _from_any_size(written) if of_any_size else unpacked(written, 2)
        # of a day's columns no sum reaches that size
        if of_any_size and max(map(abs, accumulate(changes)), default=0) > LARGEST_SAMPLE:
            raise BrokenSeries("it holds values that nobody writes")
        return Columns(checked_step(step), _slots(times), changes)
    except (ValueError, zlib.error) as damage:
        raise BrokenSeries(f"stored samples cannot be read: {damage}") from damage


def _slots(times: Sequence[int]) -> Sequence[int]:
    """Slots at even distances, as most days have them, are told quickly."""
    slots: Sequence[int]
    apart = times[1] if len(times) > 1 else 1
    if apart > 0 and _alike(times):
        slots = range(times[0], times[0] + len(times) * apart, apart) if times else ()
    else:
        slots = list(accumulate(times))
        if min(times[1:], default=1) < 1:
            raise BrokenSeries("it holds times that nobody writes")
    if slots and (slots[0] < 0 or slots[-1] >= MOST_SLOTS):
        raise BrokenSeries("it holds times that nobody writes")
    return slots


def _alike(changes: Sequence[int]) -> bool:
    """Whether all after the first are the same number."""
    return isinstance(changes, array) and changes[2:] == changes[1:-1]


def in_unit(step: float, samples: Iterable[int]) -> list[float]:
    """Whole steps as numbers of the unit."""
    # Dividing gives decimals as people wrote them: 33.3, where 333 * 0.1 is 33.300000000000004.
    if steps_in_one := round(1 / step) if step < 1 else 0:
        return [sample / steps_in_one for sample in samples]
    return list(map(float, samples)) if step == 1 else [sample * step for sample in samples]


def checked_step(step: object) -> float:
    """The precision of a series; raises ValueError or TypeError where it is none."""
    read = float(step)  # type: ignore[arg-type]
    if not SMALLEST_STEP <= read <= LARGEST_STEP:
        raise ValueError(f"{read} is no precision")
    return read


def _of_any_size(times: Sequence[int], changes: Sequence[int]) -> str:
    """Differences of times and of values in bytes of variable length, as release 0.1 wrote them."""
    written = _varints([*times[:1], *(time - 1 for time in times[1:])])
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW_DEFLATE)
    deflated = packer.compress(written + _varints(map(_zigzag, changes))) + packer.flush()
    return f"{len(written)} {binascii.b2a_base64(deflated, newline=False).decode()}"


def _from_any_size(written: str) -> list[list[int]]:
    length, deflated = written.split(" ")
    stored = inflated(binascii.a2b_base64(deflated), RAW_DEFLATE)
    times, changes = _from_varints(stored[: int(length)]), _from_varints(stored[int(length) :])
    if len(times) != len(changes):
        raise BrokenSeries(f"{len(times)} times and {len(changes)} values do not belong together")
    later = (time + 1 for time in times[1:])
    return [[*times[:1], *later], [(change >> 1) ^ -(change & 1) for change in changes]]


def _zigzag(number: int) -> int:
    """Small numbers of either sign as small numbers without one."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def _varints(numbers: Iterable[int]) -> bytes:
    written = bytearray()
    for number in numbers:
        while number > 127:
            written.append(number & 127 | 128)
            number >>= 7
        written.append(number)
    return bytes(written)


def _from_varints(written: bytes) -> list[int]:
    if not written or max(written) < 128:
        return list(written)
    numbers = []
    number = shift = 0
    for byte in written:
        if byte > 127:
            number |= (byte & 127) << shift
            shift += 7
        else:
            numbers.append(number | byte << shift)
            number = shift = 0
    if shift:
        raise BrokenSeries("the last number is cut")
    return numbers
