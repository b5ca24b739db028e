"""SEPA: mandates, batches, collections that wait, and what the SEPA Audit Log says went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source
from verenigingen.metrics.windows import start_of_day, written_since

AUDIT_LOG = "SEPA Audit Log"
MANDATE = "SEPA Mandate"
BATCH = "Direct Debit Batch"
BATCH_LINE = "Direct Debit Batch Invoice"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RECENT_BATCHES = timedelta(days=7)
PENDING_WITHIN = timedelta(days=365)
CANCELLED = 2
FAILED = "Failed"
SHOWN_ACTIONS = 5
AUDIT_PROMISES = {
    "sepa.failed_last_hour": "failures",
    "sepa.failed_incidents_last_hour": "incidents",
    "sepa.failed_last_day": "failures",
    "sepa.events_last_day": "events",
    "mandates.failed_today": "mandates",
}
COLLECTION_PROMISES = {
    "mandates.active": "mandates",
    "batches.recent": "batches",
    "sepa.pending_payments": "payments",
}


def measure_audit(context: Context) -> Iterable[Metric]:
    needed(context.site, AUDIT_LOG)
    by_outcome = context.site.tally(AUDIT_LOG, "compliance_status", {"timestamp": (">=", context.now - DAY)})
    failed = by_outcome.get(FAILED, 0)
    yield context.known("sepa.failed_last_day", failed, doctype=AUDIT_LOG)
    yield context.known("sepa.events_last_day", sum(by_outcome.values()), doctype=AUDIT_LOG)
    # The hour and today lie within the last 24 hours: on a good day one question is enough.
    last_hour = _failures(context, "action", context.now - HOUR) if failed else {}
    evidence = [
        {"action": action, "failures": count} for action, count in list(last_hour.items())[:SHOWN_ACTIONS]
    ]
    total = sum(last_hour.values())
    yield context.known("sepa.failed_last_hour", total, evidence=evidence, doctype=AUDIT_LOG)
    incidents = len(_incidents(context, context.now - HOUR)) if last_hour else 0
    yield context.known("sepa.failed_incidents_last_hour", incidents, doctype=AUDIT_LOG)
    today = _failures(context, "process_type", start_of_day(context.now)) if failed else {}
    yield context.known("mandates.failed_today", today.get("Mandate Creation", 0), doctype=AUDIT_LOG)


def _failures(context: Context, by: str, since: datetime) -> dict[str, int]:
    wanted = {"compliance_status": FAILED, "timestamp": (">=", since)}
    return context.site.tally(AUDIT_LOG, by, wanted)


def _incidents(context: Context, since: datetime) -> set[str]:
    """What failed together is one: entries of one batch, and without a batch those of one request or job."""
    wanted = {"compliance_status": FAILED, "timestamp": (">=", since)}
    pairs = context.site.tally(AUDIT_LOG, ("batch", "trace_id"), wanted)
    return {f"batch {batch}" if batch else f"trace {trace}" for batch, trace in pairs}


def measure_collections(context: Context) -> Iterable[Metric]:
    yield from context.part(_mandates, "mandates.active")
    yield from context.part(_batches, "batches.recent")
    yield from context.part(_pending_payments, "sepa.pending_payments")


def _mandates(context: Context) -> Iterable[Metric]:
    needed(context.site, MANDATE, "status")
    active = context.site.count(MANDATE, {"status": "Active"})
    yield context.known("mandates.active", active, doctype=MANDATE)


def _batches(context: Context) -> Iterable[Metric]:
    needed(context.site, BATCH, "batch_date")
    since = (context.now - RECENT_BATCHES).date()
    recent = {"batch_date": [(">=", since), ("<=", context.now.date())], "docstatus": ("!=", CANCELLED)}
    yield context.known("batches.recent", context.site.count(BATCH, recent), doctype=BATCH)


def _pending_payments(context: Context) -> Iterable[Metric]:
    """Lines of batches of the last year that nobody has marked as collected or failed."""
    needed(context.site, BATCH_LINE, "status")
    pending = {"status": "Pending", "docstatus": ("!=", CANCELLED)}
    waiting = context.site.count(BATCH_LINE, pending | written_since(context.now - PENDING_WITHIN))
    yield context.known("sepa.pending_payments", waiting, doctype=BATCH)


SOURCES = (
    Source("business.sepa_audit", AUDIT_PROMISES, measure_audit),
    Source("business.collections", COLLECTION_PROMISES, measure_collections, keep_seconds=300),
)
