"""How many SEPA operations there were and failed, from the audit trail; and batches, by their dates."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.host_records.names import BATCH
from vuurtoren.metrics.recount import Log, Recount
from vuurtoren.signals.sepa.source import AUDIT_LOG, CANCELLED, RECENT_BATCHES

FAILED = (Log(AUDIT_LOG, "timestamp", {"compliance_status": "Failed"}),)
MANDATES = (Log(AUDIT_LOG, "timestamp", {"compliance_status": "Failed", "process_type": "Mandate Creation"}),)
BATCHES = (Log(BATCH, "batch_date", {"docstatus": ("!=", CANCELLED)}, record=True, dated=True),)
RECOUNT = {
    "mandates.failed_today": Recount(timedelta(0), MANDATES, since="day"),
    "batches.recent": Recount(RECENT_BATCHES, BATCHES, since="day"),
    "sepa.failed_last_hour": Recount(timedelta(hours=1), FAILED),
    "sepa.failed_last_day": Recount(timedelta(days=1), FAILED),
    "sepa.events_last_day": Recount(timedelta(days=1), (Log(AUDIT_LOG, "timestamp"),)),
}
