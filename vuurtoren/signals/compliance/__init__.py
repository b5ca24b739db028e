"""Whether the rules of SEPA direct debit are kept, by the findings of the scan."""

from vuurtoren.signals.compliance import placements, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="compliance",
    area="Money",
    title="The rules of SEPA direct debit: what is broken, and what waits for somebody",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
)
