"""Members, applications, volunteers, invoices, payments and dues."""

from vuurtoren.signals.association import finance, members, placements, recount, rules, status_history
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="association",
    area="Members",
    title="Members, applications, volunteers, invoices, payments and dues",
    sources=(*members.SOURCES, *finance.SOURCES),
    rules=rules.RULES,
    placements=placements.PLACEMENTS,
    recount=recount.RECOUNT,
    readings=status_history.READINGS,
)
