"""Whether a file is a backup: large enough beside the ones before it, and whole by its own trailer."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from vuurtoren.site.words.words import Words

GZIP = 31
"""The window bits of zlib for a gzip with its header, whose checksum and length zlib checks at its end."""
MOST_READ = 16 << 20
MOST_UNPACKED_AT_ONCE = 4 << 20
MOST_UNPACKED = 512 << 20
"""What more is in it is not looked at."""
TRAILER_BYTES = 8
ENCRYPTED = "-enc."
"""Stands in the name of a backup that Frappe encrypted."""
LEAST_SHARE = 0.2
"""A backup of less than this share of the usual size has left something out."""
COMPARED_WITH = 7


def size_problem(size: int, earlier: Sequence[int]) -> str:
    """Why a backup of so many bytes is none beside the sizes before it; empty where it may be one."""
    usual = median(earlier[:COMPARED_WITH]) if earlier else 0
    if size < LEAST_SHARE * usual:
        return Words("it has {0} bytes, those before it {1} (median)", f"{size:,}", f"{usual:,.0f}")
    return ""


def gzip_problem(path: Path) -> str:
    """Why the file is no whole gzip with something in it; empty where it is, as far as it was read.

    An encrypted backup is none, and is not looked into. Up to 16 MB are read whole, with checksum and length;
    of a larger file the beginning, and that it has a trailer: a disk that was full, or a copy that broke off,
    leaves zeros there.
    """
    if ENCRYPTED in path.name:
        return ""
    size = path.stat().st_size
    with path.open("rb") as handle:
        if size > MOST_READ:
            unpacked, problem = _unpacked(handle.read(MOST_READ), whole=False)
            handle.seek(-TRAILER_BYTES, 2)
            problem = problem or (Words("its trailer is empty") if not any(handle.read()) else "")
        else:
            unpacked, problem = _unpacked(handle.read(), whole=True)
    return problem or ("" if unpacked else Words("it has {0} bytes, and nothing is in it", size))


def _unpacked(packed: bytes, *, whole: bool) -> tuple[int, str]:
    """How many bytes were in it, and what was wrong; never more in memory than a few MB."""
    unpacked = 0
    while packed:
        member = zlib.decompressobj(GZIP)
        try:
            while packed and not member.eof:
                unpacked += len(member.decompress(packed, MOST_UNPACKED_AT_ONCE))
                packed = member.unconsumed_tail
                if unpacked > MOST_UNPACKED:
                    return unpacked, ""
        except zlib.error as broken:
            return unpacked, Words("it is no whole gzip: {0}", broken)
        if not member.eof:
            return unpacked, Words("it breaks off in the middle") if whole else ""
        packed = member.unused_data.lstrip(b"\0")
    return unpacked, ""
