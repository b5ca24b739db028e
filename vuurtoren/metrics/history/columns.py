"""Columns of whole numbers as a short text that is read back quickly; pure.

The text is "length types base64": the columns one after the other, each in the fewest bytes that its largest
number needs, bytes of one worth side by side, deflated. Small numbers cost next to nothing.
"""

from __future__ import annotations

import binascii
import sys
import zlib
from array import array
from collections.abc import Sequence

RAW_DEFLATE = -15
LONGEST_INFLATED = 16 << 20
TYPES = "bhiq"
BYTES_EACH = {typecode: array(typecode).itemsize for typecode in TYPES}
LARGEST = 2**61
"""Numbers below it, and their differences, fit into a column."""


class BrokenSeries(ValueError):
    """The text was not written by this room, or was cut."""


def packed(columns: Sequence[Sequence[int]]) -> str:
    """Columns of one length as text; raises ValueError where a number is too large."""
    arrays = [_array(column) for column in columns]
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW_DEFLATE)
    deflated = packer.compress(b"".join(map(_bytes, arrays))) + packer.flush()
    types = "".join(each.typecode for each in arrays)
    return f"{len(arrays[0])} {types} {binascii.b2a_base64(deflated, newline=False).decode()}"


def unpacked(text: str, number: int) -> list[array[int]]:
    """The columns of such a text, so many of them; raises ValueError or zlib.error where it is damaged."""
    length_text, types, deflated = text.split(" ")
    stored, length = inflated(binascii.a2b_base64(deflated), RAW_DEFLATE), int(length_text)
    if len(types) != number or not set(types) <= set(TYPES) or length < 0:
        raise BrokenSeries("its columns are not those that are written")
    columns, first = [], 0
    for typecode in types:
        end = first + length * BYTES_EACH[typecode]
        columns.append(_from_bytes(typecode, stored[first:end]))
        first = end
    if first != len(stored) or any(len(each) != length for each in columns):
        raise BrokenSeries("its columns do not belong together")
    return columns


def inflated(packed: bytes, window: int) -> bytes:
    """The text behind a packed one, as far as one of ours can be; raises BrokenSeries beyond that."""
    unpacking = zlib.decompressobj(window)
    found = unpacking.decompress(packed, LONGEST_INFLATED)
    if not unpacking.eof:
        raise BrokenSeries(f"it is cut, or longer than {LONGEST_INFLATED} bytes")
    return found


def differences(numbers: Sequence[int]) -> list[int]:
    """Each number less the one before it; `itertools.accumulate` takes it back."""
    return [now - before for now, before in zip(numbers, (0, *numbers), strict=False)]


def _array(numbers: Sequence[int]) -> array[int]:
    most = max(map(abs, numbers), default=0)
    fitting = (each for each in TYPES if most < 1 << (8 * BYTES_EACH[each] - 1))
    if (typecode := next(fitting, "")) == "":
        raise ValueError(f"{most} is too large for a column")
    return array(typecode, numbers)


def _bytes(numbers: array[int]) -> bytes:
    """Little-endian, and the bytes of one worth side by side, which deflate well."""
    if sys.byteorder == "big":
        numbers.byteswap()
    written, size = numbers.tobytes(), numbers.itemsize
    return b"".join(written[place::size] for place in range(size))


def _from_bytes(typecode: str, written: bytes) -> array[int]:
    numbers, size = array(typecode), BYTES_EACH[typecode]
    if size == 1:
        numbers.frombytes(written)
        return numbers
    together, length = bytearray(len(written)), len(written) // size
    for place in range(size):
        together[place::size] = written[place * length : (place + 1) * length]
    numbers.frombytes(together)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
