"""Invoices, payments and dues, where ERPNext's or the host app's DocTypes exist."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from vuurtoren.host_records.names import (
    BATCH_LINE,
    DUES_SCHEDULE,
    INVOICE,
    JOURNAL,
    MODE_OF_PAYMENT,
    PAYMENT,
    PAYMENT_REFERENCE,
    PAYMENT_REQUEST,
)
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source, listed
from vuurtoren.site.errors import Unavailable

SUBMITTED = 1
PAYMENTS_OVER = timedelta(days=30)
LONGEST_OPEN = timedelta(days=90)
"""A line is written with its invoice and ends when the bank has answered; of older ones none is sought."""
DUES_GRACE = timedelta(days=3)
MOST_ORPHANS = 1000
SHOWN = 5
OUTCOMES = (
    # record, what counts as paid, what counts as failed
    (BATCH_LINE, "Successful", "Failed"),
    (PAYMENT_REQUEST, "Paid", "Failed"),
)
INVOICE_PROMISES = {
    "invoices.draft": Promise("invoices", "Draft invoices", "Sales invoices that are not submitted yet."),
    "invoices.submitted": Promise(
        "invoices", "Submitted invoices", "Sales invoices that are submitted, paid or not."
    ),
    "invoices.paid": Promise("invoices", "Paid invoices", "Submitted sales invoices that are paid."),
}
TODAY = {"invoices.today": INVOICE, "payments.today": PAYMENT, "journal_entries.today": JOURNAL}
TODAY_PROMISES = {
    "invoices.today": Promise("invoices", "Invoices today", "Submitted sales invoices with today's date."),
    "payments.today": Promise("payments", "Payments today", "Submitted payment entries with today's date."),
    "journal_entries.today": Promise(
        "entries", "Journal entries today", "Submitted journal entries with today's date."
    ),
}
OUTCOME_PROMISES = {
    "payments.success_percent": Promise(
        "%", "Successful", "How many of the payments judged in 30 days were paid."
    ),
    "payments.successful": Promise(
        "payments", "Successful payments", "Collections and payment requests of 30 days that were paid."
    ),
    "payments.failed": Promise(
        "payments", "Failed payments", "Collections and payment requests of 30 days that failed."
    ),
    "payments.total": Promise(
        "payments", "Payments judged", "Collections and payment requests of 30 days that were paid or failed."
    ),
}
ORPHAN_PROMISES = {
    "payments.without_reference": Promise(
        "payments",
        "Payments without reference",
        "Payments of 30 days with neither bank reference nor invoice, cash left out.",
    ),
}
DUES_PROMISES = {
    "dues.stuck": Promise(
        "schedules",
        "Stuck dues schedules",
        "Dues schedules that should have made an invoice more than three days ago.",
    ),
}


def measure_invoices(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(INVOICE, "status")
    by_state = context.host.tally(INVOICE, ["docstatus", "status"])
    drafts = sum(invoices for (docstatus, _), invoices in by_state.items() if docstatus == 0)
    submitted = sum(invoices for (docstatus, _), invoices in by_state.items() if docstatus == SUBMITTED)
    asked = partial(context.host.asked, INVOICE)
    yield context.known("invoices.draft", drafts, doctype=doctype, rows=asked({"docstatus": 0}))
    rows = asked({"docstatus": SUBMITTED})
    yield context.known("invoices.submitted", submitted, doctype=doctype, rows=rows)
    paid = by_state.get((SUBMITTED, "Paid"), 0)
    rows = asked({"docstatus": SUBMITTED, "status": "Paid"})
    yield context.known("invoices.paid", paid, doctype=doctype, rows=rows)


def measure_today(context: Context) -> Iterable[Metric]:
    for key, record in TODAY.items():
        yield from context.part(partial(_today, key=key, record=record), key)


def _today(context: Context, *, key: str, record: str) -> Iterable[Metric]:
    doctype = context.host.needed(record, "posting_date")
    posted = {"docstatus": SUBMITTED, "posting_date": context.now.date()}
    rows = context.host.asked(record, posted)
    yield context.known(key, context.host.count(record, posted), doctype=doctype, rows=rows)


def measure_outcomes(context: Context) -> Iterable[Metric]:
    """Collections and payment requests of the last 30 days that ended one way or the other."""
    counted = [found for outcome in OUTCOMES if (found := _outcome(context, *outcome))]
    if not counted:
        raise Unavailable("neither Direct Debit Batch nor Payment Request is installed on this site")
    successful = sum(paid for _, paid, _ in counted)
    failed = sum(refused for _, _, refused in counted)
    total = successful + failed
    evidence = [
        {"counted from": doctype, "paid": paid, "failed": refused} for doctype, paid, refused in counted
    ]
    percent = round(100 * successful / total, 1) if total else None
    yield context.known_or(
        "payments.success_percent", percent, "no payment ended one way or the other in 30 days"
    )
    yield context.known("payments.successful", successful, evidence=evidence)
    yield context.known("payments.failed", failed, evidence=evidence)
    yield context.known("payments.total", total, evidence=evidence)


def _outcome(context: Context, record: str, paid: str, failed: str) -> tuple[str, int, int] | None:
    if not context.host.has_field(record, "status"):
        return None
    since = context.now - PAYMENTS_OVER
    ended = {"creation": (">=", since - LONGEST_OPEN), "modified": (">=", since)}
    wanted = {"status": ("in", (paid, failed)), **ended}
    by_status = context.host.tally(record, "status", wanted)
    return context.host.doctype(record), by_status.get(paid, 0), by_status.get(failed, 0)


def measure_orphans(context: Context) -> Iterable[Metric]:
    """Payments received in 30 days with neither a bank reference nor an invoice; cash needs no reference."""
    host, doctype = context.host, context.host.needed(PAYMENT)
    received = host.get_all(
        PAYMENT,
        ["name", "mode_of_payment", "posting_date"],
        {
            "docstatus": SUBMITTED,
            "payment_type": "Receive",
            "posting_date": (">=", (context.now - PAYMENTS_OVER).date()),
            "reference_no": ("is", "not set"),
        },
        order_by="posting_date desc",
        limit=MOST_ORPHANS,
    )
    if len(received) == MOST_ORPHANS:
        raise Unavailable("{0} or more payments without a bank reference in 30 days", MOST_ORPHANS)
    cash = _cash_modes(host)
    orphans = [row for row in received if row["mode_of_payment"] not in cash]
    allocated = _allocated(host, [row["name"] for row in orphans])
    orphans = [row for row in orphans if row["name"] not in allocated]
    evidence = [{"payment": row["name"], "date": row["posting_date"]} for row in orphans[:SHOWN]]
    rows = listed(row["name"] for row in orphans)
    yield context.known(
        "payments.without_reference", len(orphans), evidence=evidence, doctype=doctype, rows=rows
    )


def _cash_modes(host: HostRecords) -> set[str]:
    if not host.has_field(MODE_OF_PAYMENT, "type"):
        return {"Cash"}
    return {row["name"] for row in host.get_all(MODE_OF_PAYMENT, ["name"], {"type": "Cash"})}


def _allocated(host: HostRecords, payments: list[str]) -> set[Any]:
    """Those of the payments that stand against an invoice."""
    if not payments or not host.has_doctype(PAYMENT_REFERENCE):
        return set()
    return set(host.tally(PAYMENT_REFERENCE, "parent", {"parent": ("in", payments)}))


def measure_dues(context: Context) -> Iterable[Metric]:
    """Active schedules that should have made an invoice more than three days ago and did not."""
    host, doctype = context.host, context.host.needed(DUES_SCHEDULE)
    overdue = {
        "status": "Active",
        "auto_generate": 1,
        "next_invoice_date": ("<", (context.now - DUES_GRACE).date()),
    }
    stuck = host.count(DUES_SCHEDULE, overdue)
    examples = (
        host.get_all(
            DUES_SCHEDULE, ["name", "next_invoice_date"], overdue, order_by="next_invoice_date", limit=SHOWN
        )
        if stuck
        else []
    )
    evidence = [{"schedule": row["name"], "invoice due": row["next_invoice_date"]} for row in examples]
    rows = host.asked(DUES_SCHEDULE, overdue)
    yield context.known("dues.stuck", stuck, evidence=evidence, doctype=doctype, rows=rows)


SOURCES = (
    Source("business.invoices", INVOICE_PROMISES, measure_invoices, keep_seconds=600),
    Source("business.today", TODAY_PROMISES, measure_today, keep_seconds=300),
    Source("business.payments", OUTCOME_PROMISES, measure_outcomes, keep_seconds=300),
    Source("business.orphans", ORPHAN_PROMISES, measure_orphans, keep_seconds=600),
    Source("business.dues", DUES_PROMISES, measure_dues, keep_seconds=300),
)
