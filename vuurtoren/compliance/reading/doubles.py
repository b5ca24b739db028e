"""Which lines of a batch collect a second time: the same invoice, or the same membership and period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vuurtoren.compliance.reading.values import among, cents, day, text
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.rules.collections import AT_THE_BANK
from vuurtoren.host_records.names import BATCH_LINE, INVOICE
from vuurtoren.site.values import Row

OVER = "Failed"
INVOICES_AT_ONCE = 10_000
STARTS, ENDS = "custom_coverage_start_date", "custom_coverage_end_date"
Period = tuple[date, date]
Key = tuple[str, ...] | tuple[str, str, Period]


@dataclass(frozen=True, slots=True)
class Booked:
    """An invoice in the books: what is to be paid of it, and the period that it is for."""

    outstanding_cents: int | None
    coverage: Period | None


def booked(world: World, invoices: Sequence[str]) -> dict[str, Booked] | None:
    """The invoices that are there, by name; None where the site keeps none."""
    if not world.host.has_field(INVOICE, "outstanding_amount"):
        return None
    rows = among(world.host, INVOICE, ("outstanding_amount", STARTS, ENDS), "name", invoices)
    return {str(row["name"]): Booked(cents(row["outstanding_amount"]), _period(row)) for row in rows}


def doubles(
    world: World, batch: str, lines: Sequence[Row], books: Mapping[str, Booked]
) -> dict[str, tuple[str, ...]] | None:
    """By the name of a line the live batches that collect the same in another line, the batch itself too.

    What came back is no collection. For a batch that is at the bank those count that are there as well: what
    waits is mended where it waits.
    """
    if not world.host.has_field(BATCH_LINE, "invoice"):
        return None
    alive = [line for line in lines if line.get("status") != OVER]
    keys = {str(line["name"]): tuple(_keys(line, books)) for line in alive}
    here = Counter(key for own in keys.values() for key in own)
    found: dict[Key, set[str]] = defaultdict(set)
    for key, number in here.items():
        if number > 1:
            found[key].add(batch)
    for key, other in _elsewhere(world, batch, alive, books):
        found[key].add(other)
    return {
        name: tuple(sorted(set[str]().union(*(found.get(key, set()) for key in own))))
        for name, own in keys.items()
    }


def _keys(line: Row, books: Mapping[str, Booked]) -> Iterator[Key]:
    invoice, member = text(line.get("invoice")), text(line.get("member"))
    if invoice:
        yield ("invoice", invoice)
    known = books.get(invoice)
    if known and known.coverage and member:
        yield (member, text(line.get("membership")), known.coverage)


def _elsewhere(
    world: World, batch: str, lines: Sequence[Row], books: Mapping[str, Booked]
) -> Iterator[tuple[Key, str]]:
    sent = world.live_batches.get(batch) in AT_THE_BANK
    live = world.live_batches
    others = tuple(name for name in live if name != batch and (not sent or live[name] in AT_THE_BANK))
    if not others:
        return
    invoices = {text(line.get("invoice")) for line in lines} - {""}
    same_period = _of_the_same_periods(world, invoices, books)
    wanted = sorted(invoices | set(same_period))
    known = {**books, **same_period}
    fields = ("parent", "invoice", "member", "membership", "status")
    for row in among(
        world.host, BATCH_LINE, fields, "invoice", wanted, size=INVOICES_AT_ONCE, parent=("in", others)
    ):
        if row.get("status") != OVER:
            for key in _keys(row, known):
                yield key, str(row["parent"])


def _of_the_same_periods(world: World, invoices: set[str], books: Mapping[str, Booked]) -> dict[str, Booked]:
    """Other invoices that are for one of the periods of these."""
    periods = {known.coverage for name in invoices if (known := books.get(name)) and known.coverage}
    starts = sorted({start.isoformat() for start, _end in periods})
    if not starts:
        return {}
    found = {}
    for row in among(world.host, INVOICE, (STARTS, ENDS), STARTS, starts):
        period = _period(row)
        if period in periods and row["name"] not in invoices:
            found[str(row["name"])] = Booked(None, period)
    return found


def _period(row: Row) -> Period | None:
    starts, ends = day(row.get(STARTS)), day(row.get(ENDS))
    return (starts, ends) if starts and ends else None
