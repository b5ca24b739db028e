"""Web requests."""

from vuurtoren.signals.requests import past, placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="requests",
    title="Web requests",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
    readings=past.READINGS,
)
