"""Every picture of the manual is shown, and taken anew by one command or named as one of the desk."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from scripts.pictures.__main__ import IMAGES, PICTURES
from scripts.pictures.light_png import SIGNATURE, lighter

OF_THE_DESK = {
    *("desk-alert", "desk-alert-rule", "desk-monitor-silent", "desk-verify-trail"),
    *("desk-workspace", "desk-alert-routes", "desk-alert-route"),
    *("settings-escalation", "try-a-rule-in-the-desk"),
}
OF_OTHERS = {"zabbix"}
"""Of the tools around it, taken by hand."""
PIXELS = (((255, 0, 0), (0, 255, 0)), ((0, 0, 255), (9, 9, 9)))


def test_each_picture_is_taken_by_the_script_or_comes_from_the_desk() -> None:
    assert {each.stem for each in IMAGES.rglob("*.png")} == {
        *(Path(name).name for name in PICTURES),
        *OF_THE_DESK,
        *OF_OTHERS,
    }


def test_a_picture_is_the_same_with_a_palette() -> None:
    subtracted = [
        bytes((1, 255, 0, 0, 1, 255, 0)),  # the second pixel as its difference from the first
        bytes((2, 1, 0, 255, 9, 10, 9)),  # each as its difference from the one above
    ]
    png = SIGNATURE + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"".join(subtracted))),
        _chunk(b"IEND", b""),
    ))  # fmt: skip
    assert _pixels(lighter(png)) == PIXELS


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _pixels(png: bytes) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Of a picture of two times two pixels with a palette."""
    bodies = {name: png[png.index(name) + 4 :] for name in (b"PLTE", b"IDAT")}
    palette = bodies[b"PLTE"]
    rows = zlib.decompressobj().decompress(bodies[b"IDAT"])
    indices = ((rows[1], rows[2]), (rows[4], rows[5]))
    return tuple(tuple(tuple(palette[3 * each : 3 * each + 3]) for each in row) for row in indices)
