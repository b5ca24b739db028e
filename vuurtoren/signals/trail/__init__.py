"""The SEPA audit trail."""

from vuurtoren.signals.signal import Signal
from vuurtoren.signals.trail import placements, rules, source

SIGNAL = Signal(
    name="trail",
    area="Audit trail",
    title="The SEPA audit trail",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
