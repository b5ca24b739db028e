"""A whole row as one text column: MariaDB's driver in Python takes as long over a column as over a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from vuurtoren.site.schema import INTEGERS, Field
from vuurtoren.site.values import Row

SEPARATOR = "\x1f"
NULL = "1"


class Columns(Protocol):
    """A table that tells of its columns."""

    def field(self, fieldname: str) -> Field: ...


def column(columns: Sequence[str]) -> str:
    """The values, and last a digit for each that says whether it is null: null and "" are two things."""
    nulls = ", ".join(f"{one} IS NULL" for one in columns)
    values = ", ".join(f"COALESCE({one}, '')" for one in columns)
    return f"CONCAT_WS('{SEPARATOR}', {values}, CONCAT({nulls}))"


def rows(table: Columns, fields: Sequence[str], packed: Sequence[Sequence[Any]]) -> list[Row] | None:
    """The rows, with numbers as such and times as text; None when a value itself holds the separator,
    or is no number where one belongs, as in a table whose columns somebody changed."""
    described = [table.field(name) for name in fields]
    numbers = [(each.name, int if each.type in INTEGERS else float) for each in described if each.numeric]
    unpacked: list[Row] = []
    for (text,) in packed:
        values = (text or "").split(SEPARATOR)
        nulls = values.pop()
        if len(values) != len(fields) or len(nulls) != len(fields):
            return None
        row: Row = dict(zip(fields, values, strict=True))
        try:
            row |= {name: read(row[name] or 0) for name, read in numbers}
        except ValueError:
            return None
        if NULL in nulls:
            row |= {name: None for name, null in zip(fields, nulls, strict=True) if null == NULL}
        unpacked.append(row)
    return unpacked


def time_text(value: Any) -> Any:
    """A time or a date as MariaDB writes it, other values as they are."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
