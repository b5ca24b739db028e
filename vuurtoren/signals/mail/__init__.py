"""Outgoing mail."""

from vuurtoren.signals.mail import panels, recount, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="mail",
    title="Outgoing mail",
    sources=source.SOURCES,
    rules=rules.RULES,
    panels=panels.PANELS,
    recount=recount.RECOUNT,
)
