"""Services outside that the site calls."""

from vuurtoren.signals.services import panels, recount, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="services",
    title="Services outside",
    sources=source.SOURCES,
    rules=rules.RULES,
    panels=panels.PANELS,
    recount=recount.RECOUNT,
)
