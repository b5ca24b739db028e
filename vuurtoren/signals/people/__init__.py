"""Users and sessions."""

from vuurtoren.signals.people import placements, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="people",
    title="Users and sessions",
    sources=source.SOURCES,
    placements=placements.PLACEMENTS,
)
