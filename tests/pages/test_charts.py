"""Charts: gaps stay gaps, axes are round, and every chart says in words what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.pages.charts.bar_chart import Bar, BarChart, draw_bars
from vuurtoren.pages.charts.line_chart import LineChart, draw_lines
from vuurtoren.pages.charts.scale import time_ticks, value_ticks
from vuurtoren.pages.charts.series import Span, series
from vuurtoren.pages.formats import Formats

UNTIL = datetime(2026, 11, 4, 10, 0)
SINCE = UNTIL - timedelta(days=1)
FORMATS = Formats(str)
SVG = "{http://www.w3.org/2000/svg}"


def every_four_minutes(*, without: tuple[float, float] = (0, 0)) -> tuple[tuple[datetime, float], ...]:
    """A day of points; those between two hours are missing."""
    minutes = range(0, 24 * 60, 4)
    return tuple(
        (SINCE + timedelta(minutes=minute), 10.0 + minute / 100)
        for minute in minutes
        if not without[0] <= minute / 60 < without[1]
    )


def drawing(chart: LineChart | BarChart) -> ElementTree.Element:
    drawn = draw_lines(chart, FORMATS) if isinstance(chart, LineChart) else draw_bars(chart, FORMATS)
    return ElementTree.fromstring(str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def line_chart(points: tuple[tuple[datetime, float], ...], limit: float | None = 90) -> LineChart:
    return LineChart("host.cpu_percent", "Processor", "%", points, SINCE, UNTIL, limit)


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [shape for shape in svg.iter() if name in (shape.get("class") or "").split()]


def test_it_draws_one_line_where_no_point_is_missing():
    svg = drawing(line_chart(every_four_minutes()))
    assert len(of_class(svg, "vm-line")) == 1
    assert of_class(svg, "vm-gap") == []


def test_it_breaks_the_line_where_points_are_missing_and_says_from_when_to_when():
    svg = drawing(line_chart(every_four_minutes(without=(10, 12))))
    assert len(of_class(svg, "vm-line")) == 2
    assert len(of_class(svg, "vm-gap")) == 1
    assert "no data 19:56 to 22:00" in svg.findtext(f"{SVG}desc")


@pytest.mark.parametrize(("missing_minutes", "gaps"), [(14, 0), (16, 1)])
def test_a_hole_is_a_gap_where_it_is_wider_than_a_column_and_a_half(missing_minutes, gaps):
    minutes = [*range(600), *range(600 + missing_minutes - 1, 24 * 60)]
    points = [(SINCE + timedelta(minutes=minute), 5.0) for minute in minutes]
    assert len(series(points, SINCE, SINCE + timedelta(days=1), columns=144).gaps) == gaps


def test_it_draws_a_single_point_as_a_dot():
    svg = drawing(line_chart(((UNTIL - timedelta(hours=3), 5.0),)))
    assert len(of_class(svg, "vm-dot")) == 1
    assert len(of_class(svg, "vm-gap")) == 2


def test_it_draws_no_line_at_zero_where_nothing_is_known():
    svg = drawing(line_chart(()))
    assert of_class(svg, "vm-line") == of_class(svg, "vm-dot") == []
    assert "No data from" in svg.findtext(f"{SVG}desc")


def test_it_says_last_lowest_and_highest_value_with_the_limit():
    said = drawing(line_chart(every_four_minutes())).findtext(f"{SVG}desc")
    assert "lowest 10\u202f%" in said
    assert "highest 24.4\u202f% at 09:5" in said
    assert "limit 90\u202f%" in said


def test_it_has_a_title_and_a_description_that_the_drawing_names():
    svg = drawing(line_chart(every_four_minutes()))
    named = svg.get("aria-labelledby").split()
    assert [svg.find(f"{SVG}title").get("id"), svg.find(f"{SVG}desc").get("id")] == named
    assert svg.get("role") == "img"


def test_it_labels_both_axes():
    labels = [text.text for text in drawing(line_chart(every_four_minutes())).iter(f"{SVG}text")]
    assert labels[:3] == ["0\u202f%", "50\u202f%", "100\u202f%"]
    assert "18:00" in labels


def test_it_leaves_a_limit_out_that_would_flatten_the_line():
    svg = drawing(LineChart("x", "X", "ms", ((UNTIL, 3.0),), SINCE, UNTIL, 3000))
    assert of_class(svg, "vm-limit") == []


@pytest.mark.parametrize(("swing", "bands"), [(0, 0), (30, 1)])
def test_a_band_shows_how_far_values_swing_within_a_slice_of_time(swing: int, bands: int):
    points = [(SINCE + timedelta(seconds=10 * n), 50.0 + swing * (-1) ** n) for n in range(8640)]
    svg = drawing(line_chart(tuple(points), limit=None))
    assert len(of_class(svg, "vm-line")) == 1
    assert len(of_class(svg, "vm-spread")) == bands


def test_it_escapes_the_title():
    chart = LineChart("x", "<script>alert(1)</script>", "%", (), SINCE, UNTIL)
    assert "<script" not in draw_lines(chart, FORMATS)


def test_it_keeps_the_lowest_and_the_highest_of_many_points():
    points = [(SINCE + timedelta(seconds=index), float(index % 100)) for index in range(86_400)]
    columns = series(points, SINCE, UNTIL, columns=144).columns
    assert len(columns) <= 145
    assert {column.lowest for column in columns} == {0.0}
    assert {column.highest for column in columns} == {99.0}


def test_it_stacks_the_parts_of_a_bar_and_hatches_what_was_not_counted():
    bars = (Bar("Mon", (3, 1)), Bar("Tue", None), Bar("Wed", (0, 0)))
    svg = drawing(BarChart("x", "X", bars, ("good", "bad"), ("ok", "critical")))
    assert len(of_class(svg, "vm-bar")) == 2
    assert len(of_class(svg, "vm-gap")) == 1
    assert svg.findtext(f"{SVG}desc") == "good 3, bad 1; most at Mon: 4."


@given(st.integers(1, 40))
def test_each_bar_stands_over_its_label_and_apart_from_its_neighbours(number: int):
    bars = tuple(Bar(f"{index}", (1,)) for index in range(number))
    svg = drawing(BarChart("x", "X", bars, ("errors",), ("plain",)))
    drawn = [(_percent(bar, "x"), _percent(bar, "width")) for bar in of_class(svg, "vm-bar")]
    labels = [_percent(text, "x") for text in svg.iter(f"{SVG}text") if text.get("text-anchor") == "middle"]
    assert [x + width / 2 for x, width in drawn] == pytest.approx(labels, abs=0.02)
    assert all(x + width < beside for (x, width), (beside, _) in pairwise(drawn))


def _percent(shape: ElementTree.Element, name: str) -> float:
    return float(shape.get(name, "").rstrip("%"))


@pytest.mark.parametrize(
    ("parts", "said"),
    [(("errors",), "Mon: 3 errors"), (("good", "bad"), "Mon: 4 entries (good 3, bad 1)")],
)
def test_a_bar_says_what_it_counts_where_it_stands(parts, said):
    amounts = (3, 1)[: len(parts)]
    bars = (Bar("Mon", amounts), Bar("Tue", None))
    svg = drawing(BarChart("x", "X", bars, parts, ("ok", "critical")[: len(parts)], unit="entries"))
    assert svg.get("data-readings").split("|") == [f"308={said}", "762=Tue: –"]
    assert said in {title.text for title in svg.iter(f"{SVG}title")}


def test_what_is_read_off_a_line_has_its_unit_or_says_what_it_counts():
    def readings(unit):
        return drawing(LineChart("x", "Load", unit, ((UNTIL, 3.0),), SINCE, UNTIL)).get("data-readings")

    assert readings("%").endswith(" 3\u202f%")
    assert readings("count").endswith(" Load: 3")


def test_it_says_that_nothing_was_counted():
    svg = drawing(BarChart("x", "X", (Bar("Mon", None),), ("all",), ("plain",)))
    assert svg.findtext(f"{SVG}desc") == "Nothing was counted."


@given(st.floats(0, 1e15), st.sampled_from(["%", "count", "bytes", "ms", "s"]))
def test_it_chooses_few_value_ticks_that_reach_the_highest_value(highest, unit):
    ticks = value_ticks(highest, unit)
    assert 2 <= len(ticks) <= 4
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-9)
    assert ticks[-1] > 0


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(2, 24 * 30))
def test_it_puts_time_ticks_on_whole_hours_inside_the_window(since, hours):
    until = since + timedelta(hours=hours)
    ticks = time_ticks(since, until)
    assert len(ticks) <= 6
    assert all(since <= tick <= until and tick.minute == tick.second == 0 for tick in ticks)


@given(st.lists(st.tuples(st.integers(0, 86_400), st.floats(0, 1e9)), max_size=300), st.integers(2, 200))
def test_it_loses_no_extreme_and_never_overlaps_a_gap_with_a_point(raw, columns):
    points = sorted((SINCE + timedelta(seconds=second), value) for second, value in raw)
    drawn = series(points, SINCE, UNTIL, columns)
    if points:
        assert min(column.lowest for column in drawn.columns) == min(value for _at, value in points)
        assert max(column.highest for column in drawn.columns) == max(value for _at, value in points)
    for gap in drawn.gaps:
        assert not any(gap.since < column.last and column.first < gap.until for column in drawn.columns)


@pytest.mark.parametrize(("label", "left_out"), [("10:00", 0), ("30 Oct 10:00", 3)])
def test_a_phone_is_shown_as_many_labels_as_it_has_room_for(label, left_out):
    bars = tuple(Bar(label, (1,)) for _number in range(6))
    svg = drawing(BarChart("x", "X", bars, ("errors",), ("plain",)))
    assert len(of_class(svg, "vm-tick-between")) == left_out


def test_alerts_and_changes_are_marked_behind_the_bars_and_cut_at_the_window():
    bars, hour = tuple(Bar(f"{hour}", (hour,)) for hour in range(4)), timedelta(hours=1)
    window = (SINCE, SINCE + 4 * hour)
    marked = (Span(SINCE - hour, SINCE + hour, "HIGH: many"), Span(SINCE + 2 * hour, SINCE + 9 * hour))
    changed = (Span(SINCE + 3 * hour, SINCE + 3 * hour, "<3.5.0>"),)
    chart = BarChart("x", "X", bars, ("errors",), ("plain",), window=window, marked=marked, changed=changed)
    svg = drawing(chart)
    first, second = of_class(svg, "vm-mark")
    (line,) = of_class(svg, "vm-change")
    plot = 100 - 8
    assert float(first.get("x").rstrip("%")) == pytest.approx(8)
    assert float(first.get("width").rstrip("%")) == pytest.approx(plot / 4, abs=1)
    assert float(second.get("width").rstrip("%")) == pytest.approx(plot / 2, abs=2)
    assert "HIGH: many" in first.findtext(f"{SVG}title") and "<3.5.0>" in line.findtext(f"{SVG}title")
    assert of_class(drawing(replace(chart, window=None)), "vm-mark") == []
