"""Web requests."""

from vuurtoren.signals.requests import placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="requests",
    title="Web requests",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
