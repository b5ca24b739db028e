"""Which collection of ours a return is of, by what the bank says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from vuurtoren.compliance.identifiers import invoices_in
from vuurtoren.compliance.reading import mandates
from vuurtoren.compliance.reading.values import among, cents, day, text
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Mandate
from vuurtoren.compliance.returned.stored import News
from vuurtoren.host_records.names import BATCH, BATCH_LINE
from vuurtoren.site.values import Row

LINE_FIELDS = ("parent", "invoice", "member", "amount", "currency", "mandate_reference")


def placed(world: World, news: Sequence[News]) -> list[News]:
    """The same, with batch, invoice, member and mandate where a line of ours is meant.

    A line is known by an end-to-end id that is, or ends with, its invoice or its own name. Of several batches
    the newest counts that was due before the return arrived.
    """
    wanted = {part for each in news if not each.batch for part in invoices_in(each.end_to_end_id) if part}
    lines: dict[str, list[Row]] = {}
    for field in ("invoice", "name"):
        for row in among(world.host, BATCH_LINE, LINE_FIELDS, field, sorted(wanted)):
            lines.setdefault(str(row[field]), []).append(row)
    parents = sorted({str(row["parent"]) for rows in lines.values() for row in rows})
    due = {
        str(row["name"]): day(row.get("batch_date"))
        for row in among(world.host, BATCH, ("batch_date",), "name", parents)
    }
    references = {text(row.get("mandate_reference")) for rows in lines.values() for row in rows} - {""}
    known = mandates.by_reference(world, sorted(references)) if references else {}
    found: list[News] = []
    for each in news:
        line = None if each.batch else _line_of(each, lines, due)
        found.append(each if line is None else _with_line(each, line, due, known))
    return found


def _line_of(news: News, lines: dict[str, list[Row]], due: dict[str, date | None]) -> Row | None:
    rows = next((lines[part] for part in invoices_in(news.end_to_end_id) if part in lines), [])

    def fits(row: Row) -> tuple[bool, date]:
        when = due.get(str(row["parent"])) or date.min
        before = news.due_on == when if news.due_on else not news.arrived_on or when <= news.arrived_on
        return before, when

    return max(rows, key=fits, default=None)


def _with_line(news: News, line: Row, due: dict[str, date | None], known: dict[str, Mandate]) -> News:
    reference = text(line.get("mandate_reference"))
    mandate = known.get(reference)
    return replace(
        news,
        batch=str(line["parent"]),
        invoice=text(line.get("invoice")) or str(line["name"]),
        member=text(line.get("member")),
        mandate=mandate.name if mandate else "",
        mandate_reference=news.mandate_reference or reference,
        cents=news.cents if news.cents is not None else cents(line.get("amount")),
        due_on=news.due_on or due.get(str(line["parent"])),
    )
