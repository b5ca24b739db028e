"""Direct debit batches with their lines, and what the books, the other batches and the trail say of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection as Collection_
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from vuurtoren.audit.details.details_box import FIELDS as BOX_FIELDS
from vuurtoren.audit.details.details_box import opened
from vuurtoren.compliance.reading import answers, mandates
from vuurtoren.compliance.reading.doubles import OVER, Booked, booked, doubles
from vuurtoren.compliance.reading.values import among, cents, chunks, day, moment, pages, text, whole
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Batch, Collection, Mandate, PreNotification
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import BATCH, BATCH_LINE, INVOICE
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.values import Row

FIELDS = (
    *("batch_date", "batch_type", "total_amount", "currency", "entry_count", "status", "docstatus"),
    *("sepa_file_generated", "sepa_file", "sepa_generation_date", "creation"),
)
LINE_FIELDS = (
    *("parent", "invoice", "member", "membership", "amount", "currency", "iban", "mandate_reference"),
    *("status", "result_code", "sequence_type"),
)
LIVE_FOR = timedelta(days=70)
"""So long after its due date a batch is judged: the refund without questions takes 56 days."""
CANCELLED = 2
LINES_AT_ONCE = 20_000
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
        answered_on=answers.answered_on(world, name, status, due, cents(row.get("total_amount"))),
        answers_kept=answers.are_kept(world),
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
    return cents(world.host.total(BATCH, "total_amount", _in_the_month(due)))


def _in_the_month(due: date) -> dict[str, Any]:
    """The filter of the batches that are due in the calendar month of a day."""
    first, last = due.replace(day=1), due.replace(day=monthrange(due.year, due.month)[1])
    return {
        "batch_date": [(">=", first), ("<=", last)],
        "docstatus": ("!=", CANCELLED),
        "status": ("!=", OVER),
    }


@dataclass(frozen=True)
class _Beside:
    """What is known beside the lines of one batch."""

    mandates: Mapping[str, Mandate]
    books: Mapping[str, Booked] | None
    doubles: Mapping[str, tuple[str, ...]] | None
    of_the_month: Mapping[str, int] | None
    told: Mapping[str, PreNotification]
    told_at_all: bool


def lines_on(world: World, batch: str, references: Collection_[str]) -> list[Collection]:
    """The lines of a batch that collect on these mandates, by their references."""
    row = world.host.get(BATCH, batch)
    return list(_lines(world, batch, day(row.get("batch_date")), references)) if row else []


def _lines(
    world: World, batch: str, due: date | None, only: Collection_[str] | None = None
) -> Iterator[Collection]:
    for rows in pages(world.host, BATCH_LINE, LINE_FIELDS, {"parent": batch}, size=LINES_AT_ONCE):
        asked = rows if only is None else [row for row in rows if text(row.get("mandate_reference")) in only]
        beside = _beside(world, batch, rows, asked, due)
        for row in asked:
            yield _line(row, batch, due, beside)


def _beside(world: World, batch: str, rows: Sequence[Row], asked: Sequence[Row], due: date | None) -> _Beside:
    """`rows` are all lines, since one is a double of another; `asked` are those that are judged."""
    invoices = sorted({text(row.get("invoice")) for row in rows} - {""})
    references = sorted({text(row.get("mandate_reference")) for row in asked} - {""})
    books = booked(world, invoices)
    return _Beside(
        mandates.by_reference(world, references) if references else {},
        books,
        doubles(world, batch, rows, books or {}),
        _of_the_debtors(world, due),
        _announced(world, invoices),
        world.pre_notifications_kept,
    )


def _line(row: Row, batch: str, due: date | None, beside: _Beside) -> Collection:
    invoice, reference = text(row.get("invoice")), text(row.get("mandate_reference"))
    status = text(row.get("status"))
    name, known = str(row["name"]), (beside.books or {}).get(invoice)
    return Collection(
        name,
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
        outstanding_cents=known.outstanding_cents if known else None,
        coverage=known.coverage if known else None,
        also_in=None if beside.doubles is None else beside.doubles.get(name, ()),
        debtor_month_cents=None if beside.of_the_month is None else beside.of_the_month.get(reference),
        pre_notification=beside.told.get(invoice),
        pre_notifications_kept=beside.told_at_all,
        in_book=None if beside.books is None else known is not None,
    )


def _of_the_debtors(world: World, due: date | None) -> Mapping[str, int] | None:
    """By mandate what is collected in the calendar month; None where no limit asks for it."""
    if due is None or world.circumstances.agreements.debtor_month_limit_cents is None:
        return None
    month = due.replace(day=1)
    if month not in world.collected_in:
        batches_ = [str(row["name"]) for row in world.host.scan(BATCH, ["name"], _in_the_month(due))]
        sums: dict[str, int] = {}
        for row in among(world.host, BATCH_LINE, ("mandate_reference", "amount"), "parent", batches_):
            reference = text(row.get("mandate_reference"))
            sums[reference] = sums.get(reference, 0) + (cents(row.get("amount")) or 0)
        world.collected_in[month] = sums
    return world.collected_in[month]


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
