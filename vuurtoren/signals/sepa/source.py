"""SEPA: mandates, batches, collections that wait, and what the SEPA Audit Log says went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.host_records.names import BATCH, BATCH_LINE, MANDATE
from vuurtoren.metrics import subject
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.metrics.windows import start_of_day, written_since

AUDIT_LOG = "SEPA Audit Log"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RECENT_BATCHES = timedelta(days=7)
PENDING_WITHIN = timedelta(days=365)
CANCELLED = 2
FAILED = "Failed"
SHOWN_ACTIONS = 5
AUDIT_PROMISES = {
    "sepa.failed_last_hour": Promise(
        "failures", "Failed, last hour", "Audit entries of the last hour that say that a SEPA step failed."
    ),
    "sepa.failed_incidents_last_hour": Promise(
        "incidents",
        "Incidents of failures, last hour",
        "The failures of the last hour, those of one batch or one request as one.",
    ),
    "sepa.failed_last_day": Promise(
        "failures", "Failed, last day", "Audit entries of the last 24 hours that say that a SEPA step failed."
    ),
    "sepa.events_last_day": Promise(
        "events", "Entries, last day", "All entries of the audit trail of the last 24 hours."
    ),
    "mandates.failed_today": Promise(
        "mandates", "Mandates failed today", "Mandates that could not be made today, by the audit trail."
    ),
}
COLLECTION_PROMISES = {
    "mandates.active": Promise("mandates", "Active mandates", "How many mandates have the status Active."),
    "batches.recent": Promise(
        "batches",
        "Batches, last 7 days",
        "Direct debit batches dated within the last seven days, cancelled ones left out.",
    ),
    "sepa.pending_payments": Promise(
        "payments", "Payments pending", "Lines of batches of a year that are neither collected nor failed."
    ),
}


def measure_audit(context: Context) -> Iterable[Metric]:
    needed(context.site, AUDIT_LOG)
    day = {"timestamp": (">=", context.now - DAY)}
    by_outcome = context.site.tally(AUDIT_LOG, "compliance_status", day)
    failed = by_outcome.get(FAILED, 0)
    yield context.known(
        "sepa.failed_last_day", failed, doctype=AUDIT_LOG, rows=day | {"compliance_status": FAILED}
    )
    yield context.known("sepa.events_last_day", sum(by_outcome.values()), doctype=AUDIT_LOG, rows=day)
    # The hour and today lie within the last 24 hours: on a good day one question is enough.
    last_hour = _failures(context, "action", context.now - HOUR) if failed else {}
    evidence = [
        {"action": action, "failures": count} for action, count in list(last_hour.items())[:SHOWN_ACTIONS]
    ]
    total = sum(last_hour.values())
    together = _together(context, context.now - HOUR) if last_hour else {}
    in_hour = _failed_since(context.now - HOUR)
    about = _batches_of(together)
    yield context.known(
        "sepa.failed_last_hour", total, evidence=evidence, doctype=AUDIT_LOG, rows=in_hour, subjects=about
    )
    yield context.known("sepa.failed_incidents_last_hour", len(_incidents(together)), doctype=AUDIT_LOG)
    today = _failures(context, "process_type", start_of_day(context.now)) if failed else {}
    rows = _failed_since(start_of_day(context.now)) | {"process_type": "Mandate Creation"}
    failed_today = today.get("Mandate Creation", 0)
    yield context.known("mandates.failed_today", failed_today, doctype=AUDIT_LOG, rows=rows)


def _failures(context: Context, by: str, since: datetime) -> dict[str, int]:
    return context.site.tally(AUDIT_LOG, by, _failed_since(since))


def _failed_since(since: datetime) -> dict[str, Any]:
    return {"compliance_status": FAILED, "timestamp": (">=", since)}


def _together(context: Context, since: datetime) -> Mapping[tuple[str, str], int]:
    """How much failed, by batch and by request or job."""
    return context.site.tally(AUDIT_LOG, ("batch", "trace_id"), _failed_since(since))


def _incidents(together: Iterable[tuple[str, str]]) -> set[str]:
    """What failed together is one: entries of one batch, and without a batch those of one request or job."""
    return {f"batch {batch}" if batch else f"trace {trace}" for batch, trace in together}


def _batches_of(together: Mapping[tuple[str, str], int]) -> list[subject.Subject]:
    by_batch = Counter[str]()
    for (batch, _trace), failures in together.items():
        by_batch[str(batch or "")] += failures
    return [subject.Subject("batch", batch) for batch in subject.main(by_batch) if batch]


def measure_collections(context: Context) -> Iterable[Metric]:
    yield from context.part(_mandates, "mandates.active")
    yield from context.part(_batches, "batches.recent")
    yield from context.part(_pending_payments, "sepa.pending_payments")


def _mandates(context: Context) -> Iterable[Metric]:
    asked = {"status": "Active"}
    doctype, rows = context.host.doctype(MANDATE), context.host.asked(MANDATE, asked)
    yield context.known("mandates.active", context.host.count(MANDATE, asked), doctype=doctype, rows=rows)


def _batches(context: Context) -> Iterable[Metric]:
    since = (context.now - RECENT_BATCHES).date()
    recent = {"batch_date": [(">=", since), ("<=", context.now.date())], "docstatus": ("!=", CANCELLED)}
    doctype, rows = context.host.doctype(BATCH), context.host.asked(BATCH, recent)
    yield context.known("batches.recent", context.host.count(BATCH, recent), doctype=doctype, rows=rows)


def _pending_payments(context: Context) -> Iterable[Metric]:
    """Lines of batches of the last year that nobody has marked as collected or failed."""
    pending = {"status": "Pending", "docstatus": ("!=", CANCELLED)}
    waiting = context.host.count(BATCH_LINE, pending | written_since(context.now - PENDING_WITHIN))
    yield context.known("sepa.pending_payments", waiting, doctype=context.host.doctype(BATCH))


SOURCES = (
    Source("business.sepa_audit", AUDIT_PROMISES, measure_audit),
    Source("business.collections", COLLECTION_PROMISES, measure_collections, keep_seconds=300),
)
