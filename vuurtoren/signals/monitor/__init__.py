"""The monitor itself."""

from vuurtoren.signals.monitor import placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="monitor",
    title="The monitor itself",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
