"""One dump, read from its first byte to its last: whole, how much is in it, and of which database."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vuurtoren.backups.statements import Header, NotWhole, Statement, read

ENCRYPTED = "-enc."
"""Stands in the name of a backup that Frappe encrypted."""
LONGEST_LINE = 128 << 20
"""mysqldump itself refuses rows of more than 24 MB."""


@dataclass
class Contents:
    """What was in a dump: tables made, rows for each of them, and bytes when unpacked."""

    header: Header = field(default_factory=Header)
    made: set[str] = field(default_factory=set)
    rows: Counter[str] = field(default_factory=Counter)
    unpacked_bytes: int = 0

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())

    def count(self, statement: Statement) -> None:
        if statement.creates:
            self.made.add(statement.creates)
        if statement.rows:
            self.rows[statement.fills] += statement.rows


def statements(path: Path, contents: Contents) -> Iterator[Statement]:
    """Every statement of the dump, counted into `contents`; raises NotWhole, also after the last of them."""
    try:
        with gzip.open(path) as unpacked:
            for statement in read(_lines(unpacked, contents), contents.header):
                contents.count(statement)
                yield statement
    except EOFError:
        raise NotWhole("it breaks off in the middle") from None
    except (gzip.BadGzipFile, zlib.error) as broken:
        raise NotWhole("it is no whole gzip: {0}", broken) from None
    if not contents.made:
        raise NotWhole("there is no table in it")


def read_through(path: Path) -> Contents:
    """What is in a dump, after it was read to its end; raises NotWhole and OSError."""
    contents = Contents()
    for _ in statements(path, contents):
        pass
    return contents


def _lines(unpacked: gzip.GzipFile, contents: Contents) -> Iterator[bytes]:
    for line in iter(lambda: unpacked.readline(LONGEST_LINE), b""):
        if len(line) == LONGEST_LINE:
            raise NotWhole("a line of it has more than {0} MB", LONGEST_LINE >> 20)
        contents.unpacked_bytes += len(line)
        yield line
