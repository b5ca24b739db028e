"""Scheduler, scheduled jobs and background queues."""

from vuurtoren.signals.scheduler import each_job, panels, queues, recount, rules, source
from vuurtoren.signals.signal import Signal

SIGNAL = Signal(
    name="scheduler",
    title="Scheduler, scheduled jobs and background queues",
    sources=(*source.SOURCES, *each_job.SOURCES, *queues.SOURCES),
    rules=rules.RULES,
    panels=panels.PANELS,
    recount=recount.RECOUNT,
)
