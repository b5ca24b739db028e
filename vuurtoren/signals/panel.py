"""A panel of the page that belongs to a signal: a judged sentence, numbers, and rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vuurtoren.metrics.metric import Scalar
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.signals.placement import Number

ROWS_SHOWN = 6


class ShownNumber(Protocol):
    """A number as the page shows it."""

    @property
    def label(self) -> str: ...
    @property
    def value(self) -> Scalar | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def evidence(self) -> Sequence[Mapping[str, Any]]: ...


class PanelPage(Protocol):
    """What a panel may ask the page that it stands on."""

    @property
    def snapshot(self) -> Snapshot: ...
    def number(self, number: Number) -> ShownNumber: ...
    def translate(self, text: str) -> str: ...
    def text(self, value: Scalar | None, unit: str = "") -> str: ...


@dataclass(frozen=True)
class PanelContent:
    """What is said about the `main` numbers: where one of them is unknown, so is the panel."""

    said: str
    main: Sequence[Number]
    numbers: Sequence[Number] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class SignalPanel:
    """A panel by its key; panels stand in the order in which their signals are measured."""

    key: str
    title: str
    content: Callable[[PanelPage], PanelContent]


def breached(judged: ShownNumber) -> bool:
    return judged.level not in ("ok", "plain", "unknown")


def first_reason(page: PanelPage, judged: Iterable[Number]) -> str:
    """Why one of these yes-or-no numbers is not as it should be, or is not known."""
    for each in map(page.number, judged):
        if each.value is None:
            return each.reason
        if breached(each):
            return "; ".join(str(row.get("because", "")) for row in each.evidence) or each.label
    return ""


def first_of(evidence: Iterable[Mapping[str, Any]], column: str) -> str:
    """The first value of this column, as text."""
    return next((str(row[column]) for row in evidence if column in row), "")


def table(evidence: Sequence[Mapping[str, Any]], *columns: str) -> tuple[tuple[str, ...], ...]:
    """The first rows, these columns of each."""
    return tuple(tuple(str(row[column]) for column in columns) for row in evidence[:ROWS_SHOWN])
