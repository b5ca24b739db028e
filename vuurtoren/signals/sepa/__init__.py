"""Mandates, batches and failures of SEPA operations."""

from vuurtoren.signals.sepa import placements, recount, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="sepa",
    area="Money",
    title="Mandates, batches and failures of SEPA operations",
    sources=source.SOURCES,
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
    recount=recount.RECOUNT,
)
