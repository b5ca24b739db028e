"""Whether the bank was heard of a batch: by a file, a line of its statement, or something that came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from vuurtoren.compliance.periods import add_days
from vuurtoren.compliance.reading.values import day
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.returned.stored import DOCTYPE as RETURN
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import RETURN_FILE

BANK_TRANSACTION = "Bank Transaction"
BOOKED_WITHIN = timedelta(days=14)
"""So long after its due date the statement may book a batch."""
TAKEN_IN = "bank_file_taken_in"


def are_kept(world: World) -> bool:
    """Whether anything that a bank answers with is kept on this site."""
    return (
        world.host.has_doctype(RETURN_FILE)
        or world.site.has_doctype(BANK_TRANSACTION)
        or world.bank_files_are_read
    )


def answered_on(
    world: World, batch: str, status: str, due: date | None, total_cents: int | None
) -> date | None:
    """The first sign of the bank from the due date on; None where none is known."""
    if status == "Processed":
        return due
    if due is None:
        return None
    return min(_signs(world, batch, due, total_cents), default=None)


def _signs(world: World, batch: str, due: date, total_cents: int | None) -> Iterator[date]:
    site, host, since = world.site, world.host, datetime.combine(due, datetime.min.time())
    if host.has_field(RETURN_FILE, "processing_date"):
        asked = {"processing_date": (">=", since)}
        rows = host.get_all(RETURN_FILE, ["processing_date"], asked, order_by="processing_date", limit=1)
        yield from _days(rows[0]["processing_date"] if rows else None)
    if world.bank_files_are_read:
        read = {"action": TAKEN_IN, "timestamp": (">=", since)}
        rows = site.get_all(LOG, ["timestamp"], read, order_by="timestamp", limit=1)
        yield from _days(rows[0]["timestamp"] if rows else None)
    if site.has_doctype(RETURN):
        rows = site.get_all(RETURN, ["arrived_on"], {"batch": batch}, order_by="arrived_on", limit=1)
        yield from _days(rows[0]["arrived_on"] if rows else None)
    if total_cents and all(site.has_field(BANK_TRANSACTION, name) for name in ("date", "deposit")):
        booked = {"date": [(">=", due), ("<=", add_days(due, BOOKED_WITHIN.days))], "docstatus": ("!=", 2)}
        for told in ({"deposit": total_cents / 100}, {"reference_number": batch}):
            if all(site.has_field(BANK_TRANSACTION, name) for name in told):
                rows = site.get_all(BANK_TRANSACTION, ["date"], booked | told, order_by="date", limit=1)
                yield from _days(rows[0]["date"] if rows else None)


def _days(value: object) -> Iterator[date]:
    if found := day(value):
        yield found
