"""The cache server."""

from vuurtoren.signals.cache import placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="cache",
    title="The cache server",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
