"""The machine."""

from vuurtoren.signals.machine import placements, processes, rules, silence, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="machine",
    title="The machine",
    sources=(*silence.SOURCES, *source.SOURCES, *processes.SOURCES),
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
