"""Invoices, payments and dues, where ERPNext's or the host app's DocTypes exist."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source
from verenigingen.metrics.windows import written_since
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
JOURNAL = "Journal Entry"
DUES = "Membership Dues Schedule"
SUBMITTED = 1
PAYMENTS_OVER = timedelta(days=30)
DUES_GRACE = timedelta(days=3)
MOST_ORPHANS = 1000
SHOWN = 5
OUTCOMES = (
    # DocType, what counts as paid, what counts as failed
    ("Direct Debit Batch Invoice", "Successful", "Failed"),
    ("Payment Request", "Paid", "Failed"),
)
INVOICE_PROMISES = dict.fromkeys(("invoices.draft", "invoices.submitted", "invoices.paid"), "invoices")
TODAY = {"invoices.today": INVOICE, "payments.today": PAYMENT, "journal_entries.today": JOURNAL}
TODAY_PROMISES = {
    "invoices.today": "invoices",
    "payments.today": "payments",
    "journal_entries.today": "entries",
}
OUTCOME_PROMISES = {
    "payments.success_percent": "%",
    "payments.successful": "payments",
    "payments.failed": "payments",
    "payments.total": "payments",
}


def measure_invoices(context: Context) -> Iterable[Metric]:
    needed(context.site, INVOICE, "status")
    by_state = context.site.tally(INVOICE, ["docstatus", "status"])
    drafts = sum(invoices for (docstatus, _), invoices in by_state.items() if docstatus == 0)
    submitted = sum(invoices for (docstatus, _), invoices in by_state.items() if docstatus == SUBMITTED)
    yield context.known("invoices.draft", drafts, doctype=INVOICE)
    yield context.known("invoices.submitted", submitted, doctype=INVOICE)
    yield context.known("invoices.paid", by_state.get((SUBMITTED, "Paid"), 0), doctype=INVOICE)


def measure_today(context: Context) -> Iterable[Metric]:
    for key, doctype in TODAY.items():
        yield from context.part(partial(_today, key=key, doctype=doctype), key)


def _today(context: Context, *, key: str, doctype: str) -> Iterable[Metric]:
    needed(context.site, doctype, "posting_date")
    posted = {"docstatus": SUBMITTED, "posting_date": context.now.date()}
    yield context.known(key, context.site.count(doctype, posted), doctype=doctype)


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


def _outcome(context: Context, doctype: str, paid: str, failed: str) -> tuple[str, int, int] | None:
    if not context.site.has_field(doctype, "status"):
        return None
    wanted = {"status": ("in", (paid, failed))} | written_since(context.now - PAYMENTS_OVER)
    by_status = context.site.tally(doctype, "status", wanted)
    return doctype, by_status.get(paid, 0), by_status.get(failed, 0)


def measure_orphans(context: Context) -> Iterable[Metric]:
    """Payments received in 30 days with neither a bank reference nor an invoice; cash needs no reference."""
    site = context.site
    needed(site, PAYMENT, "payment_type", "posting_date", "mode_of_payment", "reference_no")
    received = site.get_all(
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
        raise Unavailable(f"{MOST_ORPHANS} or more payments without a bank reference in 30 days")
    cash = _cash_modes(site)
    orphans = [row for row in received if row["mode_of_payment"] not in cash]
    allocated = _allocated(site, [row["name"] for row in orphans])
    orphans = [row for row in orphans if row["name"] not in allocated]
    evidence = [{"payment": row["name"], "date": row["posting_date"]} for row in orphans[:SHOWN]]
    yield context.known("payments.without_reference", len(orphans), evidence=evidence, doctype=PAYMENT)


def _cash_modes(site: Site) -> set[str]:
    if not site.has_field("Mode of Payment", "type"):
        return {"Cash"}
    return {row["name"] for row in site.get_all("Mode of Payment", ["name"], {"type": "Cash"})}


def _allocated(site: Site, payments: list[str]) -> set[Any]:
    """Those of the payments that stand against an invoice."""
    if not payments or not site.has_doctype("Payment Entry Reference"):
        return set()
    return set(site.tally("Payment Entry Reference", "parent", {"parent": ("in", payments)}))


def measure_dues(context: Context) -> Iterable[Metric]:
    """Active schedules that should have made an invoice more than three days ago and did not."""
    needed(context.site, DUES, "status", "auto_generate", "next_invoice_date")
    overdue = {
        "status": "Active",
        "auto_generate": 1,
        "next_invoice_date": ("<", (context.now - DUES_GRACE).date()),
    }
    stuck = context.site.count(DUES, overdue)
    examples = (
        context.site.get_all(
            DUES, ["name", "next_invoice_date"], overdue, order_by="next_invoice_date", limit=SHOWN
        )
        if stuck
        else []
    )
    evidence = [{"schedule": row["name"], "invoice due": row["next_invoice_date"]} for row in examples]
    yield context.known("dues.stuck", stuck, evidence=evidence, doctype=DUES)


SOURCES = (
    Source("business.invoices", INVOICE_PROMISES, measure_invoices, keep_seconds=600),
    Source("business.today", TODAY_PROMISES, measure_today, keep_seconds=300),
    Source("business.payments", OUTCOME_PROMISES, measure_outcomes, keep_seconds=300),
    Source("business.orphans", {"payments.without_reference": "payments"}, measure_orphans, keep_seconds=600),
    Source("business.dues", {"dues.stuck": "schedules"}, measure_dues, keep_seconds=300),
)
