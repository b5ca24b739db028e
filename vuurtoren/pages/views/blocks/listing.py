"""A list in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vuurtoren.pages.frame.address import Address

Row = TypeVar("Row")
ON_A_PAGE = 50


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """The rows of one page, how many there are in all, and where the others are."""

    rows: Sequence[Row]
    total: int
    first: int
    previous: str = ""
    next: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def paged(rows: Sequence[Row], address: Address, size: int = ON_A_PAGE) -> Listing[Row]:
    """The part of the rows that the address asks for; the last page where it asks for one beyond."""
    pages = max(1, -(-len(rows) // size))
    number = min(address.number(), pages)
    begin = (number - 1) * size
    return Listing(
        rows[begin : begin + size],
        len(rows),
        begin + 1,
        address.href(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        address.href(page=str(number + 1)) if number < pages else "",
    )
