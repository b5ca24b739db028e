"""How many SEPA operations there were and failed, counted again from the audit trail."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.recount import Log, Recount

FAILED = (Log("SEPA Audit Log", "timestamp", {"compliance_status": "Failed"}),)
RECOUNT = {
    "sepa.failed_last_hour": Recount(timedelta(hours=1), FAILED),
    "sepa.failed_last_day": Recount(timedelta(days=1), FAILED),
    "sepa.events_last_day": Recount(timedelta(days=1), (Log("SEPA Audit Log", "timestamp"),)),
}
