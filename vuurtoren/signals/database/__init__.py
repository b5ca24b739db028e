"""The database."""

from vuurtoren.signals.database import placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="database",
    title="The database",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
