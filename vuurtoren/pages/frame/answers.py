"""What a page answers with: something to show, a file to keep, or that there is no such page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Where a text begins with one of these, a spreadsheet takes it for a formula."""


@dataclass(frozen=True)
class Shown:
    """A page: the template that draws its content, and the title of the tab.

    One that is `live` is refreshed while somebody looks at it; one with a form to fill in is not.
    """

    title: str
    template: str
    content: Any
    live: bool = True


@dataclass(frozen=True)
class File:
    """Something to keep: its name, its type and its text."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True)
class Missing:
    """There is no such page, and why."""

    said: str


Answer = Shown | File | Missing


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> File:
    """Rows for a spreadsheet, with a line of titles; no cell is taken for a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return File(f"{name}.csv", "text/csv; charset=utf-8", written.getvalue())


def as_json(name: str, data: object) -> File:
    return File(f"{name}.json", "application/json", json.dumps(data, default=str, ensure_ascii=False))


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
