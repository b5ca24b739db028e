"""What works behind the scenes: a panel for each signal that brings one, judged by its numbers."""

from __future__ import annotations

from vuurtoren.pages.facts import Facts, worst
from vuurtoren.pages.parts import Panel, Panels
from vuurtoren.signals.catalogue import PANELS
from vuurtoren.signals.panel import SignalPanel


def build(facts: Facts) -> Panels:
    return Panels(tuple(_panel(facts, panel) for panel in PANELS))


def _panel(facts: Facts, panel: SignalPanel) -> Panel:
    content = panel.content(facts)
    said_level = worst(facts.number(number).level for number in content.main)
    readings = tuple(map(facts.number, content.numbers))
    return Panel(
        key=panel.key,
        title=facts.translate(panel.title),
        level=worst([said_level, *(reading.level for reading in readings if reading.value is not None)]),
        said=content.said,
        said_level=said_level,
        readings=readings,
        columns=content.columns,
        rows=content.rows,
    )
