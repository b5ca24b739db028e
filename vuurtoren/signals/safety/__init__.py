"""Backups, settings, patches, log-ins and the certificate."""

from vuurtoren.signals.safety import certificate, panels, recount, restoring, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="safety",
    title="Backups, settings, patches, log-ins and the certificate",
    sources=(*source.SOURCES, *restoring.SOURCES, *certificate.SOURCES),
    rules=rules.RULES,
    panels=panels.PANELS,
    recount=recount.RECOUNT,
)
