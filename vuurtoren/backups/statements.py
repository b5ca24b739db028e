"""The statements of a dump, one after the other, as its maker lays them out on lines.

mysqldump, pg_dump and our own dump of SQLite write no line end within a statement's last line but at its end,
which is all that is needed to tell statements apart without reading SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from vuurtoren.site.words.words import Words

Kind = Literal["mariadb", "postgresql", "sqlite"]
MAKERS: tuple[tuple[bytes, Kind], ...] = (
    (b"-- MariaDB dump ", "mariadb"),
    (b"-- MySQL dump ", "mariadb"),
    (b"-- PostgreSQL database dump", "postgresql"),
    (b"-- SQLite dump", "sqlite"),
)
TRAILERS: dict[Kind, bytes] = {
    "mariadb": b"-- Dump completed",
    "postgresql": b"-- PostgreSQL database dump complete",
    "sqlite": b"-- Dump completed",
}
_DATABASE = re.compile(rb"-- (?:Host: .*)?\s*Database: (.+)")
_STRING = re.compile(rb"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_INSERT = re.compile(rb"(?:INSERT|REPLACE) (?:IGNORE )?INTO [`\"]?([^`\"]+)[`\"]? ")
_CREATE = re.compile(
    rb"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?((?:\w+\.)?(?:`[^`]+`|\"[^\"]+\"|\w+)) ?\("
)
_COPY = re.compile(rb"COPY ([\w.]*(?:\"[^\"]+\"|\w+)) .*FROM stdin;")
_SHOWN = 60


class NotWhole(Exception):
    """The dump is not what a backup of this site is; the text, with its values, says why."""

    def __init__(self, text: str, *values: object) -> None:
        self.words = Words(text, *values)
        super().__init__(str(self.words))


@dataclass(frozen=True)
class Statement:
    """One statement, the table that it makes or fills, and how many rows it puts there."""

    text: bytes
    creates: str = ""
    fills: str = ""
    rows: int = 0


@dataclass
class Header:
    """What a dump says of itself: its maker, the database that it is of, and whether it came to its end."""

    kind: Kind | None = None
    database: str = ""
    ended: bool = False


def read(lines: Iterable[bytes], header: Header) -> Iterator[Statement]:
    """The statements; what the dump says of itself is written down in `header`. Raises NotWhole."""
    held, ends_with = list[bytes](), b";"
    copying = ""
    for line in lines:
        if copying:
            copying, statement = _copied(line, copying)
            if statement:
                yield statement
            continue
        if not held and _said_of_itself(line, header):
            continue
        if not held and line.startswith(b"DELIMITER "):
            ends_with = [*line.split(), ends_with][1]
            continue
        held.append(line)
        if _is_over(held, line.rstrip(), ends_with, header):
            statement = _statement(b"".join(held).rstrip().removesuffix(ends_with), header)
            held = []
            copying = statement.fills if _COPY.match(statement.text + b";") else ""
            yield statement
    if held or copying:
        shown = held[0][:_SHOWN].decode("utf-8", "replace").strip() if held else copying
        raise NotWhole("it breaks off in the statement “{0}”", shown)
    if header.kind is None:
        raise NotWhole("it is no dump that MariaDB, MySQL, PostgreSQL or this monitor wrote")
    if not header.ended:
        raise NotWhole("its last line, “Dump completed”, is missing")


def _said_of_itself(line: bytes, header: Header) -> bool:
    """Whether the line is no part of a statement: empty, or a comment, which is looked at."""
    if not line.startswith(b"--"):
        return not line.strip() or line.startswith((b"/*M!999999\\-", b"\\restrict", b"\\unrestrict"))
    if header.kind is None:
        header.kind = next((kind for maker, kind in MAKERS if line.startswith(maker)), None)
    elif line.startswith(TRAILERS[header.kind]):
        header.ended = True
    named = _DATABASE.match(line)
    if named and not header.database:
        header.database = named[1].decode("utf-8", "replace").strip()
    return True


def _copied(line: bytes, table: str) -> tuple[str, Statement | None]:
    """One line of the rows that PostgreSQL copies in: still which table, and the row."""
    if line.rstrip(b"\r\n") == b"\\.":
        return "", None
    return table, Statement(line, fills=table, rows=1)


def _is_over(held: list[bytes], line: bytes, ends_with: bytes, header: Header) -> bool:
    if not line.endswith(ends_with):
        return False
    if header.kind != "sqlite":
        return True
    if held[0].startswith(b"CREATE TRIGGER"):
        return line.upper().endswith(b"END;")
    return sum(part.count(b"'") for part in held) % 2 == 0


def _statement(text: bytes, header: Header) -> Statement:
    filled = _INSERT.match(text[:200])
    if filled:
        return Statement(text, fills=filled[1].decode("utf-8", "replace"), rows=_rows(text, header))
    made, copied = _CREATE.match(text[:300]), _COPY.match(text[:4000] + b";")
    return Statement(text, _bare(made[1]) if made else "", _bare(copied[1]) if copied else "")


def _rows(text: bytes, header: Header) -> int:
    if header.kind == "sqlite":
        return 1
    _, _, values = _STRING.sub(b"", text).partition(b" VALUES")
    return values.count(b"(")


def _bare(name: bytes) -> str:
    return name.decode("utf-8", "replace").removeprefix("public.").strip('`"')
