"""Where seals are stored, and how their rows are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

LOG = "SEPA Audit Log"
LEAF = "SEPA Audit Leaf"
CHECKPOINT = "SEPA Audit Checkpoint"
ANCHOR = "SEPA Audit Anchor"
ALERT_TYPE = "AUDIT_TRAIL"
"""The type of every alert about the trail."""
PAGE_ROWS = 1000
_BEYOND = 2**31 - 1
"""Keeps text out, which SQLite takes in a column of numbers and counts as larger than all of them."""


def numbered_name(number: int) -> str:
    """The name of a leaf or a checkpoint: fixed width, so that names sort as numbers do."""
    return f"{number:012d}"


def pages(
    site: Site, doctype: str, fields: Sequence[str], by: str, start: int, end: int | None = None
) -> Iterator[list[Row]]:
    """Rows with start <= `by` < end in order, a thousand numbers at a time; every page may have gaps.

    They come from `scan`, so times among them are text.
    """
    while True:
        bounds: list[tuple[str, Any]] = [(">=", start), ("<", _BEYOND if end is None else end)]
        page = site.scan(doctype, fields, {by: bounds}, order_by=by, limit=PAGE_ROWS)
        if not page:
            return
        if len(page) == PAGE_ROWS and page[0][by] != page[-1][by]:
            # a number that is there twice may continue on the next page
            page = [row for row in page if row[by] != page[-1][by]]
        yield page
        start = page[-1][by] + 1
