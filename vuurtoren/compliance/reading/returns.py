"""Returns with what became of their mandates, retries, files of the bank, and the shares that come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from vuurtoren.compliance.reading.values import among, cents, chunks, day, moment, pages, text, whole
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import NextCollection, Rates, Retry, Return, ReturnFile
from vuurtoren.compliance.return_codes import WRONG_ACCOUNT
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.rules.mandates import ACTIVE
from vuurtoren.host_records.names import BATCH, BATCH_LINE, MANDATE, MEMBER, PAYMENT_RETRY, RETURN_FILE
from vuurtoren.site.values import Row

PAGE = 1_000
ROLLING = timedelta(days=30)
LIVE_FOR = timedelta(days=70)
PROVISIONAL_FOR = timedelta(days=56)
NOT_SENT = ("Draft", "Generated")
AT_THE_BANK = ("Submitted", "Processed")
RETRY_FIELDS = ("invoice", "member", "original_amount", "status", "retry_count", "last_retry_date")


def returns(world: World, *, only_open: bool = False) -> Iterator[list[Return]]:
    """Those that somebody has to follow up, and all of ten weeks, with their mandates as they are."""
    if not world.site.has_doctype(stored.DOCTYPE):
        return
    recent = {"arrived_on": (">=", world.today - LIVE_FOR), "state": ("!=", "To Do")}
    for asked in ({"state": "To Do"},) if only_open else ({"state": "To Do"}, recent):
        for rows in _pages(world, asked):
            yield with_mandates(world, [stored.as_record(row) for row in rows])


def _pages(world: World, asked: dict[str, Any]) -> Iterator[list[Row]]:
    after: list[tuple[str, Any]] = []
    while True:
        named = {"name": after} if after else {}
        rows = world.site.get_all(
            stored.DOCTYPE, list(stored.FIELDS), asked | named, order_by="name", limit=PAGE
        )
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = [(">", rows[-1]["name"])]


def with_mandates(world: World, found: Sequence[Return]) -> list[Return]:
    """The same, with the status of mandate and member, and the next batch that the mandate is in."""
    names = sorted({back.mandate for back in found} - {""})
    fields = ("status", "cancelled_date", "mandate_id")
    held = {str(row["name"]): row for row in among(world.host, MANDATE, fields, "name", names)}
    bearing = _bearing(world, {back.mandate_reference for back in found if back.mandate not in held} - {""})
    people = sorted({back.member for back in found} - {""})
    members = {str(row["name"]): row for row in among(world.host, MEMBER, ("status",), "name", people)}
    coming = next_collections(world)
    return [
        _with_mandate(
            back,
            held.get(back.mandate) or bearing.get(back.mandate_reference),
            members.get(back.member),
            coming,
        )
        for back in found
    ]


def _bearing(world: World, references: set[str]) -> dict[str, Row]:
    """Mandates by their reference: those that were renamed since, or that the bank alone has named."""
    fields = ("status", "cancelled_date", "mandate_id")
    rows = list(among(world.host, MANDATE, fields, "mandate_id", sorted(references)))
    rows.sort(key=lambda row: text(row.get("status")) == ACTIVE)
    return {text(row.get("mandate_id")): row for row in rows}


def _with_mandate(
    back: Return, mandate: Row | None, member: Row | None, coming: dict[str, NextCollection]
) -> Return:
    reference = text(mandate.get("mandate_id")) if mandate else back.mandate_reference
    again = coming.get(reference) or coming.get(back.mandate)
    return replace(
        back,
        mandate=str(mandate["name"]) if mandate else back.mandate,
        mandate_status=text(mandate.get("status")) if mandate else None,
        mandate_ended_on=day(mandate.get("cancelled_date")) if mandate else None,
        member_status=text(member.get("status")) if member else None,
        next_collection=again if again and again.batch != back.batch else None,
    )


def next_collections(world: World) -> dict[str, NextCollection]:
    """By mandate reference, the first batch that is not at the bank yet; read once a scan."""
    if world.coming is None:
        world.coming = dict(_next_collections(world))
    return world.coming


def _next_collections(world: World) -> Iterator[tuple[str, NextCollection]]:
    host = world.host
    if not host.has_field(BATCH, "status") or not host.has_field(BATCH_LINE, "mandate_reference"):
        return
    waiting = {"status": ("in", NOT_SENT), "docstatus": ("!=", 2), "batch_date": (">=", world.today)}
    seen: set[str] = set()
    for batch in host.get_all(BATCH, ["name", "batch_date"], waiting, order_by="batch_date, name"):
        for lines in pages(host, BATCH_LINE, ("mandate_reference", "amount"), {"parent": batch["name"]}):
            for line in lines:
                reference = text(line.get("mandate_reference"))
                if reference and reference not in seen:
                    seen.add(reference)
                    due = day(batch["batch_date"])
                    yield reference, NextCollection(str(batch["name"]), due, cents(line.get("amount")))


def retries(world: World) -> Iterator[list[Retry]]:
    """Retries of the last ten weeks, with the code that their invoice came back with."""
    if not world.host.has_field(PAYMENT_RETRY, "invoice"):
        return
    recent = {"modified": (">=", world.today - LIVE_FOR)}
    for rows in pages(world.host, PAYMENT_RETRY, RETRY_FIELDS, recent):
        invoices = sorted({text(row.get("invoice")) for row in rows} - {""})
        backs = _newest_return(world, invoices)
        again = _collected_again(world, backs)
        yield [
            _retry(row, backs.get(text(row.get("invoice"))), again.get(text(row.get("invoice"))))
            for row in rows
        ]


def _newest_return(world: World, invoices: Sequence[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    if not world.site.has_doctype(stored.DOCTYPE):
        return found
    for some in chunks(invoices):
        asked = {"invoice": ("in", tuple(some))}
        for row in world.site.get_all(stored.DOCTYPE, list(stored.FIELDS), asked, order_by="arrived_on"):
            found[str(row["invoice"])] = row
    return found


def _collected_again(world: World, backs: Mapping[str, Row]) -> dict[str, int]:
    """By invoice what a batch collects of it that is due after the one that it came back from."""
    lines = list(among(world.host, BATCH_LINE, ("parent", "invoice", "amount"), "invoice", sorted(backs)))
    parents = sorted({str(line["parent"]) for line in lines})
    due = {
        str(row["name"]): day(row.get("batch_date"))
        for row in among(world.host, BATCH, ("batch_date",), "name", parents)
    }
    found: dict[str, tuple[date, int]] = {}
    for line in lines:
        invoice, when, amount = str(line["invoice"]), due.get(str(line["parent"])), cents(line.get("amount"))
        before = backs[invoice]["due_on"]
        if when and before and when > before and amount is not None:
            found[invoice] = max(found.get(invoice, (when, amount)), (when, amount))
    return {invoice: amount for invoice, (_when, amount) in found.items()}


def _retry(row: Row, back: Row | None, again: int | None) -> Retry:
    return Retry(
        str(row["name"]),
        invoice=text(row.get("invoice")),
        member=text(row.get("member")),
        status=text(row.get("status")),
        original_cents=cents(row.get("original_amount")),
        retried_cents=again,
        count=whole(row.get("retry_count")),
        returned_on=back["arrived_on"] if back else None,
        retried_on=day(row.get("last_retry_date")),
        code=str(back["reason_code"] or "") if back else "",
    )


def return_files(world: World) -> Iterator[list[ReturnFile]]:
    """Files that the bank sent within ten weeks, and how often each hash was processed."""
    fields = ("file_hash", "status", "processing_date", "return_count", "failed_reversals")
    if not world.host.has_doctype(RETURN_FILE):
        return
    hashes = world.host.has_field(RETURN_FILE, "file_hash")
    twice = (
        world.host.tally(RETURN_FILE, "file_hash", {"file_hash": ("is", "set")}, limit=5_000)
        if hashes
        else None
    )
    for rows in pages(world.host, RETURN_FILE, fields, {"modified": (">=", world.today - LIVE_FOR)}):
        yield [
            ReturnFile(
                str(row["name"]),
                file_hash=text(row.get("file_hash")),
                status=text(row.get("status")),
                processed_at=moment(row.get("processing_date")),
                returns=whole(row.get("return_count")),
                failed_reversals=whole(row.get("failed_reversals")),
                same_hash=None if twice is None else twice.get(row.get("file_hash"), 1),
            )
            for row in rows
        ]


@dataclass(frozen=True)
class Cohort:
    """The collections of one due date, and what came back of them; provisional while more may come."""

    due_on: date
    presented: int
    presented_cents: int
    returned: int
    returned_cents: int
    provisional: bool


def cohorts(world: World, since: date, until: date) -> list[Cohort]:
    """By due date, of batches that went to the bank; the oldest first."""
    host, site = world.host, world.site
    if not host.has_field(BATCH, "batch_date") or not site.has_doctype(stored.DOCTYPE):
        return []
    window = {
        "batch_date": [(">=", since), ("<=", until)],
        "docstatus": ("!=", 2),
        "status": ("in", AT_THE_BANK),
    }
    sums: dict[date, list[int]] = {}
    wanted = ["name", "batch_date", "entry_count", "total_amount"]
    for row in host.get_all(BATCH, wanted, window, order_by="batch_date"):
        due = day(row["batch_date"])
        if due:
            kept = sums.setdefault(due, [0, 0])
            kept[0] += whole(row["entry_count"]) or host.count(BATCH_LINE, {"parent": row["name"]})
            kept[1] += cents(row["total_amount"]) or 0
    came = {"due_on": [(">=", since), ("<=", until)]}
    numbers = site.tally(stored.DOCTYPE, "due_on", came)
    return [
        Cohort(
            due,
            presented,
            presented_cents,
            min(numbers.get(due, 0), presented),
            int(site.total(stored.DOCTYPE, "amount_cents", {"due_on": due, "currency": stored.EUROS})),
            (world.today - due) < PROVISIONAL_FOR,
        )
        for due, (presented, presented_cents) in sorted(sums.items())
    ]


def rates(world: World) -> Rates:
    """The last thirty days by due date."""
    since = world.today - ROLLING
    found = cohorts(world, since + timedelta(days=1), world.today)
    if not world.host.has_field(BATCH, "batch_date") or not world.site.has_doctype(stored.DOCTYPE):
        return Rates(since, world.today, None)
    window = {"due_on": [(">", since), ("<=", world.today)]}
    codes = world.site.tally(stored.DOCTYPE, "reason_code", window)
    return Rates(
        since,
        world.today,
        sum(each.presented for each in found),
        sum(each.returned for each in found),
        codes.get("MD06", 0),
        codes.get("MD01", 0),
        sum(codes.get(code, 0) for code in WRONG_ACCOUNT),
        sum(each.returned_cents for each in found),
    )
