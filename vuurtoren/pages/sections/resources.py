"""The machine and the database: what has a course over the day gets a chart, the rest is a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.metric import Metric
from vuurtoren.pages.charts.line_chart import LineChart
from vuurtoren.pages.charts.series import Point
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Reading, Resources
from vuurtoren.signals.catalogue import placed
from vuurtoren.signals.placement import Number

WINDOW = timedelta(days=1)
RECENT = timedelta(minutes=10)
MADE_UP_UNTIL = "history_made_up_until"
"""The configuration key by which a demo says how far the history of the machine is invented."""


def build(facts: Facts) -> Resources:
    """A number that is unknown and has no history stands, with its reason, among the plain ones."""
    since = facts.now - WINDOW
    numbers = [
        each
        for placement in placed("resources.charted")
        for number in placement.numbers
        for each in facts.each_host(number)
    ]
    names = {number: SeriesName(number.key, number.labels) for number in numbers}
    stored = history.read_many(facts.site, names.values(), since)
    readings = [_charted(facts, number, stored[name], since) for number, name in names.items()]
    drawn = tuple(reading for reading in readings if reading.chart or reading.value is not None)
    undrawn = tuple(reading for reading in readings if reading not in drawn)
    return Resources(drawn, (*facts.placed("resources.plain"), *undrawn), _said(facts))


def _said(facts: Facts) -> str:
    """That what is drawn was invented, where it was."""
    until = facts.site.conf(MADE_UP_UNTIL)
    if not until:
        return ""
    return facts.translate(
        "What is drawn until {0} is made up for this demo; the numbers now are measured."
    ).format(until)


def _charted(facts: Facts, number: Number, points: Sequence[Point], since: datetime) -> Reading:
    metric = _or_last_stored(facts, facts.snapshot.get(number.key, **dict(number.labels)), points)
    reading = facts.of(number, metric)
    if not points:
        return reading
    chart = LineChart(
        reading.key, reading.label, reading.unit, tuple(points), since, facts.now, reading.limit
    )
    return replace(reading, chart=chart)


def _or_last_stored(facts: Facts, metric: Metric, points: Sequence[Point]) -> Metric:
    """What cannot be measured at this moment but was stored a moment ago is shown with its own age."""
    if metric.known or not points or facts.now - points[-1][0] > RECENT:
        return metric
    at, value = points[-1]
    return replace(metric, value=value, reason="", measured_at=at)
