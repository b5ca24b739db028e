"""One metric over time: its mean as a line, its lowest to highest as a band, its gaps hatched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from vuurtoren.pages.charts.drawing import (
    PLOT_HEIGHT,
    PLOT_RIGHT,
    STRETCH,
    Plot,
    frame,
    gap,
    readings,
    time_tick,
    value_tick,
)
from vuurtoren.pages.charts.marks import change, mark
from vuurtoren.pages.charts.scale import time_ticks, value_ticks
from vuurtoren.pages.charts.series import ChartSeries, Column, Drawn, Point, Span, Stretch, runs_of, series
from vuurtoren.pages.formats import Formats, since_text
from vuurtoren.site.quantities import day

LIMIT = Markup('<line class="vm-limit" x1="{0}%" x2="{1}%" y1="{2:g}" y2="{2:g}"><title>{3}</title></line>')
UNITLESS = ("", "count")
PATH = Markup('<path class="{}" d="{}"/>')


@dataclass(frozen=True)
class LineChart:
    """What to draw; `limit` is where the metric's rule fires, None without one; `marked` is set off.

    `earlier` are points of the past, moved to this window, for comparison; `height` is that of the plot; a
    thin line stands where the site was `changed`.
    """

    key: str
    title: str
    unit: str
    points: tuple[Drawn, ...]
    since: datetime
    until: datetime
    limit: float | None = None
    marked: tuple[Span, ...] = ()
    earlier: tuple[Point, ...] = ()
    height: int = PLOT_HEIGHT
    columns: int = 144
    changed: tuple[Span, ...] = ()
    usual: tuple[Stretch, ...] = ()
    """What is usual, hour by hour, drawn as a band behind the line."""


def draw_lines(chart: LineChart, formats: Formats, left: float = 15.0) -> Markup:
    """The chart as SVG; `left` is the room for the value axis in percent of the width."""
    drawn = series(chart.points, chart.since, chart.until, chart.columns)
    before = series(chart.earlier, chart.since, chart.until, chart.columns)
    most_usual = max((each.high for each in chart.usual), default=0.0)
    ticks = value_ticks(max(_highest(drawn, chart.limit), _highest(before, None), most_usual), chart.unit)
    plot, window = Plot(left, ticks[-1], chart.height), (drawn.since, drawn.until)
    parts = [
        *(_gap(span, drawn, plot, formats) for span in drawn.gaps),
        *(mark(span, window, plot, formats) for span in chart.marked),
        *(change(span, window, plot, formats) for span in chart.changed),
        *(value_tick(value, formats.text(value, chart.unit), plot) for value in ticks),
        *_time_axis(drawn, plot, formats),
        plot.stretched(
            [
                *_band(chart.usual, drawn, plot),
                *(_path("vm-earlier", run, before, plot) for run in before.runs if len(run) > 1),
                *(path for run in drawn.runs for path in _paths(run, drawn, plot)),
            ]
        ),
        _limit(chart, plot, formats),
    ]
    said, read = describe(chart, drawn, formats), _readings(chart, drawn, plot, formats)
    return frame(chart.key, chart.title, said, parts, read, plot.whole_height)


def describe(chart: LineChart, drawn: ChartSeries, formats: Formats) -> str:
    """The chart in a sentence: last, lowest and highest value with their times, the limit, the gaps."""
    _ = formats.translate
    columns = drawn.columns
    window = (
        since_text(drawn.since, drawn.until, formats.translate),
        since_text(drawn.until, drawn.until, formats.translate),
    )
    if not columns:
        return _("No data from {0} to {1}.").format(*window)
    peak = max(columns, key=lambda column: column.highest)
    said = [
        _("From {0} to {1}").format(*window),
        _("last {0}").format(formats.text(chart.points[-1][1], chart.unit)),
        _("lowest {0}").format(formats.text(min(column.lowest for column in columns), chart.unit)),
        _("highest {0} at {1}").format(
            formats.text(peak.highest, chart.unit), _when(peak.at, drawn, formats)
        ),
        *([_limit_text(chart.limit, chart.unit, formats)] if chart.limit is not None else []),
        *(_gap_text(span, drawn, formats) for span in drawn.gaps),
    ]
    return "; ".join(said) + "."


def _highest(drawn: ChartSeries, limit: float | None) -> float:
    """The limit takes part only where the line would not be flattened by it."""
    highest = max((column.highest for column in drawn.columns), default=0.0)
    return max(highest, limit) if limit is not None and limit <= 4 * highest else highest


def _fraction(at: datetime, drawn: ChartSeries) -> float:
    return (at - drawn.since) / (drawn.until - drawn.since)


def _limit_text(limit: float, unit: str, formats: Formats) -> str:
    return formats.translate("limit {0}").format(formats.text(limit, unit))


def _gap_text(span: Span, drawn: ChartSeries, formats: Formats) -> str:
    no_data = formats.translate("no data {0} to {1}")
    return no_data.format(_when(span.since, drawn, formats), _when(span.until, drawn, formats))


def _when(at: datetime, drawn: ChartSeries, formats: Formats) -> str:
    """The clock alone where that says which day it was."""
    return (
        f"{day(at, formats.translate)} {at:%H:%M}"
        if drawn.until - drawn.since > timedelta(days=1)
        else formats.clock(at)
    )


def _gap(span: Span, drawn: ChartSeries, plot: Plot, formats: Formats) -> Markup:
    start, end = _fraction(span.since, drawn), _fraction(span.until, drawn)
    return gap(plot.x(start), (end - start) * plot.width, _gap_text(span, drawn, formats), plot.height)


def _limit(chart: LineChart, plot: Plot, formats: Formats) -> Markup:
    if chart.limit is None or chart.limit > plot.top_value:
        return Markup()
    text = _limit_text(chart.limit, chart.unit, formats)
    return LIMIT.format(plot.left, PLOT_RIGHT, plot.y(chart.limit), text)


def _time_axis(drawn: ChartSeries, plot: Plot, formats: Formats) -> Iterator[Markup]:
    days = drawn.until - drawn.since > timedelta(days=2)
    for tick in time_ticks(drawn.since, drawn.until):
        fraction = _fraction(tick, drawn)
        if 0.04 < fraction < 0.96:
            text = day(tick, formats.translate) if days else formats.clock(tick)
            yield time_tick(plot.x(fraction), text, plot.whole_height)


def _band(usual: Sequence[Stretch], drawn: ChartSeries, plot: Plot) -> Iterator[Markup]:
    """From the lowest to the highest usual value, a step for each stretch; a gap stays a gap."""
    for run in runs_of(usual):
        upper, lower = [], []
        for each in run:
            left, right = (_fraction(at, drawn) * STRETCH for at in (each.since, each.until))
            upper += [f"{left:.1f} {plot.y(each.high):g}", f"{right:.1f} {plot.y(each.high):g}"]
            lower += [f"{left:.1f} {plot.y(each.low):g}", f"{right:.1f} {plot.y(each.low):g}"]
        yield PATH.format("vm-usual", f"M{'L'.join(upper + lower[::-1])}Z")


def _path(css: str, run: Sequence[Column], drawn: ChartSeries, plot: Plot) -> Markup:
    points = (f"{_fraction(each.at, drawn) * STRETCH:.1f} {plot.y(each.mean):g}" for each in run)
    return PATH.format(css, f"M{'L'.join(points)}")


def _paths(run: Sequence[Column], drawn: ChartSeries, plot: Plot) -> Iterator[Markup]:
    across = [round(_fraction(column.at, drawn) * STRETCH, 1) for column in run]
    mean = [f"{x:g} {plot.y(column.mean):g}" for x, column in zip(across, run, strict=True)]
    if len(run) == 1:
        yield PATH.format("vm-dot", f"M{mean[0]}h0")
        return
    base = plot.y(0)
    yield PATH.format("vm-area", f"M{across[0]:g} {base:g}L{'L'.join(mean)}L{across[-1]:g} {base:g}Z")
    if any(column.lowest != column.highest for column in run):
        upper = [f"{x:g} {plot.y(column.highest):g}" for x, column in zip(across, run, strict=True)]
        lower = [f"{x:g} {plot.y(column.lowest):g}" for x, column in zip(across, run, strict=True)]
        yield PATH.format("vm-spread", f"M{'L'.join(upper + lower[::-1])}Z")
    yield PATH.format("vm-line", f"M{'L'.join(mean)}")


def _readings(chart: LineChart, drawn: ChartSeries, plot: Plot, formats: Formats) -> str:
    """What can be read off; a number without a unit says what it counts."""
    named = f"{chart.title}: " if chart.unit in UNITLESS else ""
    return readings(
        (
            plot.x(_fraction(column.at, drawn)),
            f"{_when(column.at, drawn, formats)} {named}{formats.text(column.mean, chart.unit)}",
        )
        for column in drawn.columns
    )
