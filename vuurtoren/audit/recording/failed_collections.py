"""Lines of batches that are set to Failed enter the audit trail once, whoever set them and however.

What is written is the event `collection_failed`, with the name of the line as its id: so two who write it at
once, or one who is killed and comes again, write one. A failure that `log_return` has told is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from vuurtoren.audit.recording.document_values import amount_text, cents, given
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.recording.return_codes import status_of
from vuurtoren.audit.recording.spool import DOCTYPE
from vuurtoren.audit.recording.steps import RETURN_PROCESSING
from vuurtoren.health import runs
from vuurtoren.host_records import records
from vuurtoren.host_records.names import BATCH_LINE, INVOICE
from vuurtoren.host_records.records import HostRecords
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

ACTION = "collection_failed"
FAILED = "Failed"
NEEDED = ("name", "status", "parent", "creation")
TOLD = ("invoice", "amount", "currency", "mandate_reference", "result_code", "result_message")
"""What is told of a line, as far as the site keeps it."""
LOOKED_BACK = timedelta(days=400)
"""A debtor may refuse a collection that nobody authorised for thirteen months (EPC SDD Core, 4.3.2)."""
MOST_READ = 2000
MOST_AT_ONCE = 200


def note_in(site: Site, batch: Any) -> None:
    """Write the failures among the lines of a batch that was just saved; of many the tick writes the rest."""
    host = records.at_best(site)
    lines = [host.document(BATCH_LINE, line) for line in _rows(batch.get("invoices"))]
    failed = [line for line in lines if line.get("status") == FAILED and line.get("name")]
    if not failed or not host.has_field(BATCH_LINE, "status"):
        return
    names = [str(line.get("name")) for line in failed]
    known = site.get_all(DOCTYPE, ["event_id"], {"event_id": ("in", names)})
    told = {row["event_id"] for row in known}
    rows = [{name: line.get(name) for name in (*NEEDED, *TOLD)} for line in failed]
    new = [row | {"parent": batch.get("name")} for row in rows if str(row["name"]) not in told]
    _write(host, _not_told(host, new)[:MOST_AT_ONCE])


def note_missed(site: Site) -> int:
    """Write failures that no event told of, such as those of `db_set` and of SQL; how many.

    Looks at lines since the monitor runs on this site, the newest first, and writes a bounded number; the
    next run goes on. In the caller's transaction.
    """
    host = records.of(site)
    first_tick = site.get(runs.DOCTYPE, "tick") or site.get(runs.DOCTYPE, "audit tick")
    if first_tick is None or not all(host.has_field(BATCH_LINE, name) for name in NEEDED):
        return 0
    since = max(site.now() - LOOKED_BACK, first_tick["creation"])
    fields = [*NEEDED, *(name for name in TOLD if host.has_field(BATCH_LINE, name))]
    wanted = {"status": FAILED, "creation": (">=", since), "modified": (">=", since)}
    rows = host.get_unmatched(
        BATCH_LINE, fields, "name", (DOCTYPE, "event_id"), wanted, order_by="creation desc", limit=MOST_READ
    )
    missed = _not_told(host, rows)[:MOST_AT_ONCE]
    _write(host, missed)
    return len(missed)


def _rows(lines: Any) -> Iterable[Any]:
    return [line for line in lines if hasattr(line, "get")] if isinstance(lines, list | tuple) else []


def _not_told(host: HostRecords, lines: list[Row]) -> list[Row]:
    """Those of which no entry since they were made says that the bank sent them back."""
    invoices = sorted({str(line["invoice"]) for line in lines if line.get("invoice")})
    if not invoices:
        return lines
    told = host.site.get_all(
        DOCTYPE,
        ["reference_name", "batch", "timestamp"],
        {
            "reference_doctype": host.doctype(INVOICE),
            "reference_name": ("in", invoices),
            "process_type": RETURN_PROCESSING,
            "action": ("!=", ACTION),
        },
    )
    return [line for line in lines if not any(_is_about(entry, line) for entry in told)]


def _is_about(entry: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    if entry["reference_name"] != line.get("invoice"):
        return False
    if entry["batch"]:
        return bool(entry["batch"] == line["parent"])
    made = line.get("creation")
    return made is None or bool(entry["timestamp"] >= made)


def _write(host: HostRecords, lines: Iterable[Mapping[str, Any]]) -> None:
    """The reason code, where the line has one, decides the status, as it does for a return."""
    for line in lines:
        code = str(line.get("result_code") or "").strip().upper()
        invoice = str(line.get("invoice") or "")
        about = (host.doctype(INVOICE), invoice) if invoice else (host.doctype(BATCH_LINE), str(line["name"]))
        record(
            host.site,
            RETURN_PROCESSING,
            *about,
            ACTION,
            status_of(code),
            given(
                {
                    "line": line["name"],
                    "reason_code": code or None,
                    "reason": line.get("result_message") or None,
                    "amount": amount_text(line.get("amount")),
                }
            ),
            event_id=str(line["name"]),
            outcome={
                "outcome_code": code or None,
                "batch": line["parent"],
                "mandate": line.get("mandate_reference"),
                "amount_cents": cents(line.get("amount")),
                "currency": line.get("currency"),
            },
        )
