"""A picture of the screen with 256 colours at most: a third of the bytes, and text as sharp as before."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
CHANNELS = {2: 3, 6: 4}
Colour = tuple[int, int, int]


def lighter(png: bytes) -> bytes:
    """The same picture by a palette; of 8-bit PNGs with red, green and blue, opaque, not interlaced."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    if depth != 8 or kind not in CHANNELS:
        raise ValueError(f"a PNG of depth {depth} and colour type {kind} is not read here")
    packed = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    rows = [_colours(row, CHANNELS[kind]) for row in _rows(packed, width * CHANNELS[kind], CHANNELS[kind])]
    counted = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _number in counted.most_common(MOST_COLOURS)]
    index = {colour: _nearest(palette, colour) for colour in counted}
    lines = b"".join(b"\0" + bytes(index[colour] for colour in row) for row in rows)
    return SIGNATURE + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
        _chunk(b"IDAT", zlib.compress(lines, 9)),
        _chunk(b"IEND", b""),
    ))  # fmt: skip


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows(packed: bytes, size: int, channels: int) -> Iterator[bytearray]:
    """Each line as it was before it was filtered (PNG specification, 9.2)."""
    above = bytearray(size)
    for at in range(0, len(packed), size + 1):
        how, line = packed[at], bytearray(packed[at + 1 : at + 1 + size])
        for x in range(size if how else 0):
            left = line[x - channels] if x >= channels else 0
            corner = above[x - channels] if x >= channels else 0
            foreseen = (0, left, above[x], (left + above[x]) // 2, _paeth(left, above[x], corner))[how]
            line[x] = (line[x] + foreseen) & 255
        yield line
        above = line


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))


def _colours(line: bytearray, channels: int) -> list[Colour]:
    return list(zip(line[0::channels], line[1::channels], line[2::channels], strict=True))


def _nearest(palette: list[Colour], colour: Colour) -> int:
    away = [sum((one - other) ** 2 for one, other in zip(each, colour, strict=True)) for each in palette]
    return away.index(min(away))
