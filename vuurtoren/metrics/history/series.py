"""A day of samples as a short text: scaled to whole steps, delta-coded, deflated, base64; pure.

The text is "step bytes-of-times base64". Times and values are stored one after the other, each as differences
in variable-length bytes: a regular rhythm and a slow value are nearly all zeros, which deflate well.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

RAW_DEFLATE = -15
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
SMALLEST_STEP, LARGEST_STEP = 1e-6, 1e12
LARGEST_SAMPLE = 10**24
MOST_SLOTS = 86_400
LONGEST_INFLATED = 16 << 20


class BrokenSeries(ValueError):
    """The text was not written by this module, or was cut."""


@dataclass(frozen=True)
class Series:
    """Samples by slot (0 is the first of the day) in whole steps; a slot without one is a gap."""

    step: float
    samples: Mapping[int, int] = field(default_factory=dict)

    def with_samples(self, added: Mapping[int, int]) -> Series:
        """Also these; for a slot that is there already the added one holds."""
        return Series(self.step, {**self.samples, **added})

    def values(self) -> list[tuple[int, float]]:
        """(slot, value) in the order of time."""
        # Dividing gives decimals as people wrote them: 33.3, where 333 * 0.1 is 33.300000000000004.
        steps_in_one = round(1 / self.step) if self.step < 1 else 0
        if steps_in_one:
            return [(slot, sample / steps_in_one) for slot, sample in sorted(self.samples.items())]
        return [(slot, sample * self.step) for slot, sample in sorted(self.samples.items())]


def step_for(unit: str) -> float:
    return STEPS.get(unit, WHOLE)


def in_steps(value: float, step: float) -> int:
    """The nearest whole number of steps; raises OverflowError or ValueError for infinity and not-a-number."""
    return round(value / step)


def encode(series: Series) -> str:
    """The series as text; `decode` reads it back unchanged."""
    slots = sorted(series.samples)
    times = _varints(slot - before - 1 for slot, before in zip(slots, [-1, *slots], strict=False))
    samples = [series.samples[slot] for slot in slots]
    changes = _varints(_zigzag(now - before) for now, before in zip(samples, [0, *samples], strict=False))
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW_DEFLATE)
    packed = packer.compress(times + changes) + packer.flush()
    return f"{series.step:g} {len(times)} {binascii.b2a_base64(packed, newline=False).decode()}"


def decode(text: str) -> Series:
    """Raises BrokenSeries where the text is damaged."""
    try:
        step, length, packed = text.split(" ")
        stored = inflated(binascii.a2b_base64(packed), RAW_DEFLATE)
        times, changes = _from_varints(stored[: int(length)]), _from_varints(stored[int(length) :])
        if len(times) != len(changes):
            raise BrokenSeries(f"{len(times)} times and {len(changes)} values do not belong together")
        samples = accumulate((change >> 1) ^ -(change & 1) for change in changes)
        found = dict(zip(_slots(times), samples, strict=True))
        if any(not 0 <= slot < MOST_SLOTS or abs(sample) > LARGEST_SAMPLE for slot, sample in found.items()):
            raise BrokenSeries("it holds times or values that nobody writes")
        return Series(checked_step(step), found)
    except (ValueError, zlib.error) as damage:
        raise BrokenSeries(f"stored samples cannot be read: {damage}") from damage


def inflated(packed: bytes, window: int) -> bytes:
    """The text behind a packed one, as far as one of ours can be; raises BrokenSeries beyond that."""
    unpacking = zlib.decompressobj(window)
    found = unpacking.decompress(packed, LONGEST_INFLATED)
    if not unpacking.eof:
        raise BrokenSeries(f"it is cut, or longer than {LONGEST_INFLATED} bytes")
    return found


def checked_step(step: object) -> float:
    """The precision of a series; raises ValueError or TypeError where it is none."""
    read = float(step)  # type: ignore[arg-type]
    if not SMALLEST_STEP <= read <= LARGEST_STEP:
        raise ValueError(f"{read} is no precision")
    return read


def _slots(times: list[int]) -> Iterable[int]:
    if not any(times[1:]):
        return range(times[0], times[0] + len(times)) if times else ()
    return accumulate([times[0], *(time + 1 for time in times[1:])])


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
