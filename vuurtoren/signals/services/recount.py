"""How many calls to services were made and failed, counted again from what Frappe keeps of them."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.recount import Log, Recount
from vuurtoren.signals.services.source import ALL_CALLS, ALL_FAILED, LOGS

DAY = timedelta(days=1)
RECOUNT = {
    ALL_CALLS: Recount(DAY, tuple(Log(log.doctype, "modified") for log in LOGS)),
    ALL_FAILED: Recount(DAY, tuple(Log(log.doctype, "modified", log.failed) for log in LOGS)),
}
