"""Where the site itself tells of returns: lines of batches, retries, bank statements, logs of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from vuurtoren.compliance.reading import mandates
from vuurtoren.compliance.reading.values import cents, chunks, day, known_fields, pages, text
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.returned.codes import found_code
from vuurtoren.compliance.returned.file_logs import from_file_logs
from vuurtoren.compliance.returned.placing import placed
from vuurtoren.compliance.returned.stored import News
from vuurtoren.host_records.names import BATCH, BATCH_LINE, PAYMENT_RETRY
from vuurtoren.site.values import Row

LOOKED_BACK = timedelta(days=400)
"""The refund of what was never authorised takes 13 months."""
LINE_FIELDS = (
    *("parent", "invoice", "member", "amount", "currency", "mandate_reference", "status", "result_code"),
    *("result_message", "modified"),
)
RETRY_FIELDS = ("invoice", "member", "original_amount", "last_failure_reason", "creation", "modified")
STATEMENT = "Bank Transaction"
STATEMENT_FIELDS = ("name", "date", "withdrawal", "currency", "description", "reference_number")
CAME_BACK = "Failed"
NOT_RETURNED = ("", "ACCP", "ACSC", "ACTC", "PDNG")
"""Codes of a status report that say that a collection was taken."""
BATCHES_AT_ONCE = 50
Filters = Mapping[str, Any]


def capture(world: World, *, since: date | None = None, written: datetime | None = None) -> int:
    """Store every return that is told and not stored yet; how many were new. Commits, page by page.

    Of batches due since a day, 13 months ago unless told otherwise; only what was `written` since a moment.
    """
    since = since or world.today - LOOKED_BACK
    new = 0
    for news in _told(world, since, {"modified": (">=", written)} if written else {}):
        new += stored.keep(world.site, news, world.circumstances.agreements)
        world.site.commit()
    return new


def _told(world: World, since: date, written: Filters) -> Iterator[list[News]]:
    if not world.site.has_doctype(stored.DOCTYPE):
        return
    yield from _from_batches(world, since, written)
    yield from _from_retries(world, since, written)
    yield from _from_statements(world, since, written)
    for told in from_file_logs(world, since, written):
        known = _with_return(world, sorted({each.invoice for each in told} - {""}))
        yield [each for each in told if not each.invoice or each.invoice not in known]


def _from_batches(world: World, since: date, written: Filters) -> Iterator[list[News]]:
    """Lines that failed, of batches that went to the bank."""
    host = world.host
    if not host.has_field(BATCH_LINE, "status") or not host.has_field(BATCH, "batch_date"):
        return
    due = {"batch_date": (">=", since), "docstatus": ("!=", 2), "status": ("in", ("Submitted", "Processed"))}
    rows = host.get_all(BATCH, known_fields(host, BATCH, ["batch_date"]), due, order_by="batch_date, name")
    days = {str(row["name"]): day(row["batch_date"]) for row in rows}
    for some in chunks(list(days), BATCHES_AT_ONCE):
        failed = {"parent": ("in", tuple(some)), "status": CAME_BACK, **written}
        for lines in pages(host, BATCH_LINE, LINE_FIELDS, failed):
            references = sorted({text(line.get("mandate_reference")) for line in lines} - {""})
            known = mandates.by_reference(world, references) if references else {}
            yield [
                _of_line(line, days, known) for line in lines if _of(line) not in NOT_RETURNED or _said(line)
            ]


def _of(line: Row) -> str:
    return text(line.get("result_code")).upper() or found_code(text(line.get("result_message")))


def _said(line: Row) -> bool:
    """Whether the line failed without a code; that it came back is known, and why is not."""
    return not text(line.get("result_code"))


def _of_line(line: Row, days: dict[str, date | None], known: dict[str, Any]) -> News:
    batch, reference = str(line["parent"]), text(line.get("mandate_reference"))
    mandate = known.get(reference)
    return News(
        _of(line),
        "Batch",
        source_name=batch,
        batch=batch,
        invoice=text(line.get("invoice")) or str(line["name"]),
        mandate=mandate.name if mandate else "",
        mandate_reference=reference,
        member=text(line.get("member")),
        cents=cents(line.get("amount")),
        currency=text(line.get("currency")) or "EUR",
        arrived_on=day(line.get("modified")),
        due_on=days.get(batch),
    )


def _from_retries(world: World, since: date, written: Filters) -> Iterator[list[News]]:
    """Retries of invoices of which no return is known: something came back, or nobody would try again."""
    if not world.host.has_field(PAYMENT_RETRY, "invoice"):
        return
    for rows in pages(world.host, PAYMENT_RETRY, RETRY_FIELDS, {"creation": (">=", since), **written}):
        invoices = sorted({text(row.get("invoice")) for row in rows} - {""})
        known = _with_return(world, invoices)
        lines = placed(
            world,
            [
                News(
                    found_code(text(row.get("last_failure_reason"))),
                    "Payment Retry",
                    source_name=str(row["name"]),
                    end_to_end_id=text(row.get("invoice")),
                    invoice=text(row.get("invoice")),
                    member=text(row.get("member")),
                    cents=cents(row.get("original_amount")),
                    arrived_on=day(row.get("creation")),
                )
                for row in rows
                if text(row.get("invoice")) and text(row.get("invoice")) not in known
            ],
        )
        yield lines


def _with_return(world: World, invoices: list[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(invoices):
        rows = world.site.get_all(stored.DOCTYPE, ["invoice"], {"invoice": ("in", tuple(some))})
        found |= {str(row["invoice"]) for row in rows}
    return found


def _from_statements(world: World, since: date, written: Filters) -> Iterator[list[News]]:
    """Money that left with a reason code in its description, about a collection that is ours."""
    site = world.site
    if not all(site.has_field(STATEMENT, name) for name in STATEMENT_FIELDS if name != "name"):
        return
    asked = {"date": (">=", since), "withdrawal": (">", 0), "docstatus": ("!=", 2), **written}
    after: list[tuple[str, Any]] = []
    while True:
        rows = site.get_all(
            STATEMENT,
            list(STATEMENT_FIELDS),
            asked | ({"name": after} if after else {}),
            order_by="name",
            limit=500,
        )
        told = [(found_code(text(row["description"])), row) for row in rows]
        news = [_of_statement(code, row) for code, row in told if code and text(row["reference_number"])]
        ours = [each for each in placed(world, news) if each.batch]
        known = _with_return(world, sorted({each.invoice for each in ours}))
        yield [each for each in ours if each.invoice not in known]
        if len(rows) < 500:
            return
        after = [(">", rows[-1]["name"])]


def _of_statement(code: str, row: Row) -> News:
    return News(
        code,
        "Bank Transaction",
        source_name=str(row["name"]),
        end_to_end_id=text(row["reference_number"]),
        cents=cents(row["withdrawal"]),
        currency=text(row["currency"]) or "EUR",
        arrived_on=day(row["date"]),
    )
