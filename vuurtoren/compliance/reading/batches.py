"""Direct debit batches with their lines, and what the books, the other batches and the trail say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from vuurtoren.audit.details.details_box import FIELDS as BOX_FIELDS
from vuurtoren.audit.details.details_box import opened
from vuurtoren.compliance.reading import mandates
from vuurtoren.compliance.reading.values import among, cents, chunks, day, moment, pages, text, whole
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Batch, Collection, Mandate, PreNotification
from vuurtoren.compliance.rules.collections import AT_THE_BANK
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import BATCH, BATCH_LINE, INVOICE, RETURN_FILE
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.values import Row

FIELDS = (
    *("batch_date", "batch_type", "total_amount", "currency", "entry_count", "status", "docstatus"),
    *("sepa_file_generated", "sepa_file", "sepa_generation_date", "creation"),
)
LINE_FIELDS = (
    *("parent", "invoice", "member", "amount", "currency", "iban", "mandate_reference", "status"),
    *("result_code", "sequence_type"),
)
LIVE_FOR = timedelta(days=70)
"""So long after its due date a batch is judged: the refund without questions takes 56 days."""
CANCELLED = 2
OVER = "Failed"
LINES_AT_ONCE = 20_000
INVOICES_AT_ONCE = 10_000
BANK_TRANSACTION = "Bank Transaction"
PRE_NOTIFICATION = "Pre-Notification"


def live(world: World) -> dict[str, Any]:
    """The filter of the batches that can still be mended or come back."""
    return {"batch_date": (">=", world.today - LIVE_FOR), "docstatus": ("!=", CANCELLED)}


def batches(world: World, filters: dict[str, Any] | None = None) -> Iterator[Batch]:
    """The batches that the filters leave, each with all of its lines."""
    host = world.host
    if not host.has_doctype(BATCH):
        return
    for rows in pages(host, BATCH, FIELDS, filters, size=200):
        told = _told(world, [str(row["name"]) for row in rows])
        for row in rows:
            yield _batch(world, row, told.get(str(row["name"]), {}))


def _batch(world: World, row: Row, told: Mapping[str, Row]) -> Batch:
    name, due = str(row["name"]), day(row.get("batch_date"))
    made, sent = told.get("batch_generated", {}), told.get("batch_sent_to_bank", {})
    generated = moment(row.get("sepa_generation_date")) if row.get("sepa_file_generated") else None
    status = text(row.get("status"))
    return Batch(
        name,
        due_on=due,
        batch_type=text(row.get("batch_type")),
        currency=text(row.get("currency")) or "EUR",
        status=status,
        docstatus=whole(row.get("docstatus")) or 0,
        total_cents=cents(row.get("total_amount")),
        entry_count=whole(row.get("entry_count")),
        collections=() if status == OVER else tuple(_lines(world, name, due)),
        created_at=moment(row.get("creation")),
        file=text(row.get("sepa_file")),
        file_generated_at=generated or moment(made.get("timestamp")),
        file_generated_by=text(made.get("actor")),
        file_sha256=text(made.get("file_sha256")),
        submitted_at=moment(sent.get("timestamp")),
        submitted_by=text(sent.get("actor")),
        submitted_sha256=text(sent.get("file_sha256")),
        month_cents=_of_the_month(world, due),
        answered_on=_answered(world, status, due),
        answers_kept=world.host.has_doctype(RETURN_FILE) or world.site.has_doctype(BANK_TRANSACTION),
    )


def _told(world: World, names: Sequence[str]) -> dict[str, dict[str, Row]]:
    """What the trail says of each batch, the newest entry of each kind."""
    found: dict[str, dict[str, Row]] = {}
    if not world.site.has_doctype(LOG) or not names:
        return found
    asked = {
        "reference_doctype": world.host.doctype(BATCH),
        "reference_name": ("in", tuple(names)),
        "action": ("in", ("batch_generated", "batch_sent_to_bank")),
    }
    wanted = list(dict.fromkeys([*BOX_FIELDS, "reference_name", "action", "actor", "timestamp"]))
    for row in opened(world.site, world.site.get_all(LOG, wanted, asked, order_by="timestamp")):
        told = row | {"file_sha256": _details(row).get("file_sha256")}
        found.setdefault(str(row["reference_name"]), {})[str(row["action"])] = told
    return found


def _details(row: Row) -> dict[str, Any]:
    try:
        return json_object(row["details"])
    except NotReadable:
        return {}


def _of_the_month(world: World, due: date | None) -> int | None:
    """Everything that is due in a calendar month."""
    if due is None or not world.host.has_field(BATCH, "total_amount"):
        return None
    first = due.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    window = {
        "batch_date": [(">=", first), ("<=", last)],
        "docstatus": ("!=", CANCELLED),
        "status": ("!=", OVER),
    }
    return cents(world.host.total(BATCH, "total_amount", window))


def _answered(world: World, status: str, due: date | None) -> date | None:
    """The first sign of the bank after the due date: the batch is processed, or a return file came."""
    if status == "Processed":
        return due
    if due is None or not world.host.has_field(RETURN_FILE, "processing_date"):
        return None
    since = {"processing_date": (">=", datetime.combine(due, datetime.min.time()))}
    rows = world.host.get_all(RETURN_FILE, ["processing_date"], since, order_by="processing_date", limit=1)
    return day(rows[0]["processing_date"]) if rows else None


@dataclass(frozen=True)
class _Beside:
    """What is known beside the lines of one batch."""

    mandates: Mapping[str, Mandate]
    outstanding: Mapping[str, int | None] | None
    elsewhere: Mapping[str, tuple[str, ...]] | None
    told: Mapping[str, PreNotification]
    told_at_all: bool


def _lines(world: World, batch: str, due: date | None) -> Iterator[Collection]:
    for rows in pages(world.host, BATCH_LINE, LINE_FIELDS, {"parent": batch}, size=LINES_AT_ONCE):
        beside = _beside(world, batch, rows)
        for row in rows:
            yield _line(row, batch, due, beside)


def _beside(world: World, batch: str, rows: Sequence[Row]) -> _Beside:
    invoices = sorted({text(row.get("invoice")) for row in rows} - {""})
    references = sorted({text(row.get("mandate_reference")) for row in rows} - {""})
    return _Beside(
        mandates.by_reference(world, references) if references else {},
        _outstanding(world, invoices),
        _elsewhere(world, batch, invoices),
        _announced(world, invoices),
        world.pre_notifications_kept,
    )


def _line(row: Row, batch: str, due: date | None, beside: _Beside) -> Collection:
    invoice, reference = text(row.get("invoice")), text(row.get("mandate_reference"))
    status = text(row.get("status"))
    elsewhere = beside.elsewhere
    return Collection(
        str(row["name"]),
        batch=batch,
        invoice=invoice,
        member=text(row.get("member")),
        mandate_reference=reference,
        mandate=beside.mandates.get(reference),
        cents=cents(row.get("amount")),
        currency=text(row.get("currency")) or "EUR",
        iban=text(row.get("iban")),
        sequence_type=text(row.get("sequence_type")),
        due_on=due,
        status=status,
        result_code=text(row.get("result_code")),
        outstanding_cents=None if beside.outstanding is None else beside.outstanding.get(invoice),
        also_in=() if status == OVER else None if elsewhere is None else elsewhere.get(invoice, ()),
        pre_notification=beside.told.get(invoice),
        pre_notifications_kept=beside.told_at_all,
        in_book=None if beside.outstanding is None else invoice in beside.outstanding,
    )


def _outstanding(world: World, invoices: Sequence[str]) -> dict[str, int | None] | None:
    if not world.host.has_field(INVOICE, "outstanding_amount"):
        return None
    rows = among(world.host, INVOICE, ("outstanding_amount",), "name", invoices)
    return {str(row["name"]): cents(row["outstanding_amount"]) for row in rows}


def _elsewhere(world: World, batch: str, invoices: Sequence[str]) -> dict[str, tuple[str, ...]] | None:
    """Other live batches in which the same invoices stand and have not come back.

    For a batch that is at the bank those count that are there too: what waits is mended where it waits.
    """
    if not world.host.has_field(BATCH_LINE, "invoice"):
        return None
    sent = world.live_batches.get(batch) in AT_THE_BANK
    live = world.live_batches
    others = [name for name in live if name != batch and (not sent or live[name] in AT_THE_BANK)]
    found: dict[str, set[str]] = {}
    if not others:
        return {}
    within, fields = ("in", tuple(others)), ("parent", "invoice", "status")
    for row in among(
        world.host, BATCH_LINE, fields, "invoice", invoices, size=INVOICES_AT_ONCE, parent=within
    ):
        if row.get("status") != OVER:
            found.setdefault(str(row["invoice"]), set()).add(str(row["parent"]))
    return {invoice: tuple(sorted(names)) for invoice, names in found.items()}


def _announced(world: World, invoices: Sequence[str]) -> dict[str, PreNotification]:
    """The newest pre-notification of each invoice, by the trail."""
    found: dict[str, PreNotification] = {}
    if not world.pre_notifications_kept:
        return found
    wanted = list(dict.fromkeys([*BOX_FIELDS, "reference_name", "timestamp", "amount_cents"]))
    for some in chunks(invoices):
        asked = {
            "process_type": PRE_NOTIFICATION,
            "action": "prenotification_sent",
            "reference_doctype": world.host.doctype(INVOICE),
            "reference_name": ("in", tuple(some)),
        }
        for row in opened(world.site, world.site.get_all(LOG, wanted, asked, order_by="timestamp")):
            sent = day(row["timestamp"])
            if sent:
                amount = whole(row["amount_cents"]) or None
                due = day(_details(row).get("due_date"))
                found[str(row["reference_name"])] = PreNotification(sent, amount, due)
    return found
