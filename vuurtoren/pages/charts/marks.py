"""What stands out on a chart of time: stretches in which an alert was open, and moments of a change."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from vuurtoren.pages.charts.drawing import PLOT_TOP, Plot, rectangle
from vuurtoren.pages.charts.series import Span
from vuurtoren.pages.formats import Formats
from vuurtoren.site.quantities import moment

CHANGE = Markup('<line class="vm-change" x1="{0}%" x2="{0}%" y1="{1:g}" y2="{2:g}"><title>{3}</title></line>')
THINNEST_MARK = 0.3
"""Percent of the width: an alert of a minute is seen among months."""
Window = tuple[datetime, datetime]


def mark(span: Span, window: Window, plot: Plot, formats: Formats) -> Markup:
    """A stretch, set off behind what is drawn; what lies outside the window is cut."""
    start, end = inside(span.since, window), inside(span.until, window)
    width = max((end - start) * plot.width, THINNEST_MARK)
    lasted = formats.duration((span.until - span.since).total_seconds())
    title = f"{moment(span.since, formats.translate)}, {lasted}"
    said = f"{span.what}: {title}" if span.what else title
    return rectangle("vm-mark", plot.x(start), width, PLOT_TOP, plot.height, said)


def change(span: Span, window: Window, plot: Plot, formats: Formats) -> Markup:
    """A thin line where something changed."""
    said = f"{moment(span.since, formats.translate)}: {span.what}"
    return CHANGE.format(plot.x(inside(span.since, window)), PLOT_TOP, PLOT_TOP + plot.height, said)


def inside(at: datetime, window: Window) -> float:
    """Where a moment lies, from 0 at the beginning of the window to 1 at its end; not beyond."""
    since, until = window
    return min(max((at - since) / (until - since), 0.0), 1.0)
