"""The database."""

from vuurtoren.signals.database import placements, rules, source, statements
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="database",
    title="The database",
    sources=(*source.SOURCES, *statements.SOURCES),
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
