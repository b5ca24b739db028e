"""Errors."""

from vuurtoren.signals.errors import placements, recount, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="errors",
    title="Errors",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
    recount=recount.RECOUNT,
)
