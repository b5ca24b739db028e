"""Where the numbers of a signal stand on the page, and which fact stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vuurtoren.metrics.metric import Labels, Scalar
from vuurtoren.metrics.snapshot import Snapshot

Slot = Literal[
    "resources.charted",
    "resources.plain",
    "errors.counts",
    "sepa.outcomes",
    "sepa.coverage",
    "sepa.proof",
    "business",
    "monitor.costs",
]
"""A row of numbers in a section of the page."""


@dataclass(frozen=True)
class Remark:
    """A text to be translated, and what stands in its braces: values with their units."""

    text: str
    values: tuple[tuple[Scalar | None, str], ...]


Beside = Callable[[Snapshot], Remark | None]
"""The one fact that people look for beside a number; None where it is not known."""


@dataclass(frozen=True)
class Number:
    """A metric, or one instance of it, under its own title or one that is shorter in this place."""

    key: str
    title: str = ""
    beside: Beside | None = None
    labels: Labels = ()


@dataclass(frozen=True)
class Placement:
    """Numbers in one slot, where the site has the DocType, or keeps the record, that they need.

    Placements of one slot stand by `order` first and then as their signals are measured. The slot `business`
    has a heading for each `subject`.
    """

    slot: Slot
    numbers: tuple[Number, ...]
    order: int = 0
    subject: str = ""
    needs: str = ""


def numbers(*keys: str) -> tuple[Number, ...]:
    """Each under its own title."""
    return tuple(Number(key) for key in keys)


def beside(text: str, *keys: str) -> Beside:
    """These metrics within the text, where the first of them is known."""

    def note(snapshot: Snapshot) -> Remark | None:
        found = [snapshot.get(key) for key in keys]
        return Remark(text, tuple((each.value, each.unit) for each in found)) if found[0].known else None

    return note
