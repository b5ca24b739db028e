"""The frame that every chart shares: inline SVG with a title, a description, axes and gaps.

The outer drawing has no viewBox, so that labels stay readable at any width; only the lines live in an
inner drawing that is stretched to the plot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

PLOT_TOP, PLOT_HEIGHT, AXIS_HEIGHT = 8, 84, 18
HEIGHT = PLOT_TOP + PLOT_HEIGHT + AXIS_HEIGHT
PLOT_RIGHT = 99.0
STRETCH = 1000

FRAME = Markup(
    '<svg class="vm-chart" id="{0}" role="img" aria-labelledby="{0}-title {0}-desc" width="100%" height="{1}"'
    ' data-readings="{2}"><title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>{5}</svg>'
)
RECTANGLE = Markup('<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{:g}" height="{:g}">{}</rect>')
STRETCHED = Markup(
    '<svg x="{}%" y="0" width="{:.2f}%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>'
)
VALUE_TICK = Markup(
    '<line class="vm-grid" x1="{0}%" x2="{1}%" y1="{2:g}" y2="{2:g}"/>'
    '<text class="vm-tick" x="{3}%" y="{4:g}" text-anchor="end">{5}</text>'
)
TIME_TICK = Markup('<text class="{}" x="{:.2f}%" y="{}" text-anchor="middle">{}</text>')
TITLE = Markup("<title>{}</title>")


@dataclass(frozen=True)
class Plot:
    """Where values and times fall in the drawing; x in percent of its width, y in pixels."""

    left: float
    top_value: float
    height: int = PLOT_HEIGHT

    @property
    def width(self) -> float:
        return PLOT_RIGHT - self.left

    def x(self, fraction: float) -> float:
        """`fraction` runs from 0, the left end of the plot, to 1, its right end."""
        return self.left + fraction * self.width

    def y(self, value: float) -> float:
        inside = min(max(value, 0.0), self.top_value)
        return round(PLOT_TOP + self.height * (1 - inside / self.top_value), 1)

    @property
    def whole_height(self) -> int:
        """With the axis below."""
        return PLOT_TOP + self.height + AXIS_HEIGHT

    def stretched(self, shapes: Iterable[Markup]) -> Markup:
        """The shapes, drawn `STRETCH` wide, pulled to the width of the plot."""
        height = self.whole_height
        return STRETCHED.format(self.left, self.width, height, STRETCH, height, Markup().join(shapes))


def slug(text: str) -> str:
    """The text as part of an element's id."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)


def frame(
    key: str, title: str, description: str, parts: Sequence[Markup], readings: str = "", height: int = HEIGHT
) -> Markup:
    """The whole chart; `readings` is what a pointer or a key reads off it."""
    return FRAME.format(f"vm-chart-{slug(key)}", height, readings, title, description, Markup().join(parts))


def readings(places: Iterable[tuple[float, str]]) -> str:
    """What can be read off a chart, from left to right: "per mille of its width=text", with bars between."""
    return "|".join(f"{x * 10:.0f}={text.replace('|', '/')}" for x, text in places)


def value_tick(value: float, label: str, plot: Plot) -> Markup:
    y = plot.y(value)
    return VALUE_TICK.format(plot.left, PLOT_RIGHT, y, plot.left - 1.5, y + 3.5, label)


def time_tick(x: float, label: str, height: int = HEIGHT, *, between: bool = False) -> Markup:
    """A label below the chart; one `between` others is left out where a phone has no room for it."""
    return TIME_TICK.format("vm-tick vm-tick-between" if between else "vm-tick", x, height - 4, label)


def rectangle(css: str, x: float, width: float, top: float, height: float, title: str = "") -> Markup:
    return RECTANGLE.format(css, x, width, top, height, TITLE.format(title) if title else "")


def gap(x: float, width: float, title: str = "", height: int = PLOT_HEIGHT) -> Markup:
    """A hatched stretch: nothing is known of that time."""
    return rectangle("vm-gap", x, width, PLOT_TOP, height, title)
