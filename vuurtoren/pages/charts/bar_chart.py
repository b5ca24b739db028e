"""Counts per slice of time, stacked: what was not counted is hatched, what was zero stays empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from vuurtoren.pages.charts.drawing import TITLE, Plot, frame, gap, readings, rectangle, time_tick, value_tick
from vuurtoren.pages.charts.marks import Window, change, mark
from vuurtoren.pages.charts.scale import value_ticks
from vuurtoren.pages.charts.series import Span
from vuurtoren.pages.formats import Formats

GROUP = Markup("<g>{}{}</g>")
LETTERS_ON_A_PHONE = 48
"""So many letters of the axis stand beside each other on a screen of 390."""


@dataclass(frozen=True)
class Bar:
    """One slice of time with its amounts, one per part of the stack; None when it was not counted."""

    label: str
    amounts: tuple[int, ...] | None

    @property
    def total(self) -> int:
        return sum(self.amounts or ())


@dataclass(frozen=True)
class BarChart:
    """What to draw: `parts` name the amounts from the bottom up, `levels` their colours."""

    key: str
    title: str
    bars: tuple[Bar, ...]
    parts: tuple[str, ...]
    levels: tuple[str, ...]
    label_every: int = 1
    unit: str = ""
    """What the amounts of several parts count: "entries"."""
    window: Window | None = None
    """From when to when the bars reach; without it nothing is marked."""
    marked: tuple[Span, ...] = ()
    changed: tuple[Span, ...] = ()


def draw_bars(chart: BarChart, formats: Formats, left: float = 8.0) -> Markup:
    """The chart as SVG; `left` is the room for the value axis in percent of the width."""
    ticks = value_ticks(max((bar.total for bar in chart.bars), default=0), "count")
    plot = Plot(left, ticks[-1])
    parts = [
        *_marks(chart, plot, formats),
        *(value_tick(value, formats.text(value), plot) for value in ticks),
        *(_bar(index, bar, chart, plot) for index, bar in enumerate(chart.bars)),
        *_time_axis(chart, plot),
    ]
    step = plot.width / len(chart.bars) if chart.bars else 0
    places = ((plot.left + (index + 0.5) * step, _said(bar, chart)) for index, bar in enumerate(chart.bars))
    return frame(chart.key, chart.title, describe(chart, formats), parts, readings(places))


def describe(chart: BarChart, formats: Formats) -> str:
    """The totals per part, and the highest bar."""
    _ = formats.translate
    counted = [bar for bar in chart.bars if bar.amounts is not None]
    if not counted:
        return _("Nothing was counted.")
    totals = [sum(bar.amounts[index] for bar in counted if bar.amounts) for index in range(len(chart.parts))]
    said = ", ".join(f"{name} {total:,}" for name, total in zip(chart.parts, totals, strict=True))
    peak = max(counted, key=lambda bar: bar.total)
    return _("{0}; most at {1}: {2}.").format(said, peak.label, peak.total) if peak.total else f"{said}."


def _marks(chart: BarChart, plot: Plot, formats: Formats) -> Iterator[Markup]:
    """Alerts behind the bars, and a thin line for each moment at which the site changed."""
    if chart.window:
        yield from (mark(span, chart.window, plot, formats) for span in chart.marked)
        yield from (change(span, chart.window, plot, formats) for span in chart.changed)


def _time_axis(chart: BarChart, plot: Plot) -> Iterator[Markup]:
    """On a phone only as many labels as there is room for, evenly."""
    labelled = [(index, bar.label) for index, bar in enumerate(chart.bars) if index % chart.label_every == 0]
    stride = ceil(sum(len(label) + 2 for _index, label in labelled) / LETTERS_ON_A_PHONE) or 1
    for number, (index, label) in enumerate(labelled):
        yield time_tick(plot.x((index + 0.5) / len(chart.bars)), label, between=number % stride > 0)


def _bar(index: int, bar: Bar, chart: BarChart, plot: Plot) -> Markup:
    step = plot.width / len(chart.bars)
    x, width = plot.left + index * step, step
    if bar.amounts is None:
        return gap(x, width, _said(bar, chart))
    stack = Markup().join(_stack(bar.amounts, chart.levels, plot, x + step * 0.1, width * 0.8))
    return GROUP.format(TITLE.format(_said(bar, chart)), stack)


def _said(bar: Bar, chart: BarChart) -> str:
    """One bar in words: "10:00: 31 errors", or "Mon 9: 33 entries (compliant 20, failed 13)"."""
    if bar.amounts is None:
        return f"{bar.label}: –"
    if len(chart.parts) == 1:
        return f"{bar.label}: {bar.total:,} {chart.parts[0]}"
    parts = ", ".join(f"{name} {amount:,}" for name, amount in zip(chart.parts, bar.amounts, strict=True))
    return f"{bar.label}: {bar.total:,} {chart.unit} ({parts})" if chart.unit else f"{bar.label}: {parts}"


def _stack(
    amounts: tuple[int, ...], levels: tuple[str, ...], plot: Plot, x: float, width: float
) -> Iterator[Markup]:
    below = 0
    for level, amount in zip(levels, amounts, strict=True):
        if amount:
            top, bottom = plot.y(below + amount), plot.y(below)
            yield rectangle(f"vm-bar vm-bar-{level}", x, width, top, max(bottom - top, 1.0))
            below += amount
