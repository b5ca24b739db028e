"""SEPA: mandates, batches, collections that wait, and what the SEPA Audit Log says went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

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
SHOWN_ACTIONS = 5
AUDIT_PROMISES = {
    "sepa.failed_last_hour": "failures",
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
    site, failed = context.site, {"compliance_status": "Failed"}
    by_action = site.tally(AUDIT_LOG, "action", failed | {"timestamp": (">=", context.now - HOUR)})
    evidence = [
        {"action": action, "failures": failures}
        for action, failures in list(by_action.items())[:SHOWN_ACTIONS]
    ]
    yield context.known(
        "sepa.failed_last_hour", sum(by_action.values()), evidence=evidence, doctype=AUDIT_LOG
    )
    last_day = {"timestamp": (">=", context.now - DAY)}
    yield context.known("sepa.failed_last_day", site.count(AUDIT_LOG, failed | last_day), doctype=AUDIT_LOG)
    yield context.known("sepa.events_last_day", site.count(AUDIT_LOG, last_day), doctype=AUDIT_LOG)
    today = {"process_type": "Mandate Creation", "timestamp": (">=", start_of_day(context.now))}
    yield context.known("mandates.failed_today", site.count(AUDIT_LOG, failed | today), doctype=AUDIT_LOG)


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
