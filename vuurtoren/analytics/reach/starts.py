"""Where the following of a fault begins: the errors of a kind, or what an alert is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from vuurtoren.alerts.alerts import details_of
from vuurtoren.alerts.incidents.grouping import subjects_of
from vuurtoren.analytics.reach.reach import Document, Start
from vuurtoren.error_kinds import occurrences
from vuurtoren.error_kinds.occurrences import Occurrence
from vuurtoren.failures import OWN_TITLE
from vuurtoren.host_records import records
from vuurtoren.host_records.names import BATCH, INVOICE, MANDATE, MEMBER
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.windows import written_since
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

MOST_ERRORS = 500
ERROR_LOG, TRAIL = "Error Log", "SEPA Audit Log"
WINDOWS = {"errors.last_hour": timedelta(hours=1), "errors.last_day": timedelta(days=1)}
"""How far before its alert the errors of a rate count."""
NAMED = {"invoice": INVOICE, "member": MEMBER, "mandate": MANDATE, "batch": BATCH, "customer": "Customer"}
"""What a column of evidence names."""
NOBODY = frozenset({"", "Guest", "Administrator"})


def of_kind(site: Site, kind: str, since: datetime | None = None, until: datetime | None = None) -> Start:
    """The newest 500 errors of one kind, within a stretch of time where one is given."""
    before = until or site.now() + timedelta(hours=1)
    found = occurrences.occurrences(site, kind, before, MOST_ERRORS)
    some = [each for each in found.found if since is None or each.when >= since]
    complete = found.older is None or (since is not None and found.older <= since)
    return _start(site, some, complete)


def of_alert(site: Site, row: Row) -> Start | None:
    """What an alert is about; None where it names no errors and no documents."""
    details = details_of(row)
    metric, subjects = str(details.get("metric") or ""), list(subjects_of(details))
    began = row["first_seen"] or row["timestamp"] or site.now()
    until = row["resolved_at"] or site.now() + timedelta(minutes=1)
    since = began - WINDOWS.get(metric, timedelta(hours=1))
    starts = [of_kind(site, each.name, since, until) for each in subjects if each.sort == "error kind"]
    if not starts and metric in WINDOWS:
        starts = [_all_errors(site, since, until)]
    documents = {(BATCH, each.name) for each in subjects if each.sort == "batch"}
    documents |= set(_of_evidence(details.get("evidence")))
    if documents:
        starts.append(Start(documents=frozenset(documents)))
    return _together(starts) if starts else None


def _together(starts: Iterable[Start]) -> Start:
    starts = list(starts)
    return Start(
        sum(each.errors for each in starts),
        frozenset[Document]().union(*(each.documents for each in starts)),
        frozenset[str]().union(*(each.users for each in starts)),
        all(each.complete for each in starts),
    )


def _all_errors(site: Site, since: datetime, until: datetime) -> Start:
    """Every error of the log in that time, whatever its kind, without the monitor's own."""
    fields = ["name", "owner", "creation", "reference_doctype", "reference_name"]
    wanted = {"method": ("!=", OWN_TITLE), **written_since(since, until)}
    rows = site.get_all(ERROR_LOG, fields, wanted, order_by="creation desc", limit=MOST_ERRORS)
    some = [
        Occurrence(
            row["creation"],
            ERROR_LOG,
            str(row["name"]),
            str(row["owner"] or ""),
            str(row["reference_doctype"] or ERROR_LOG),
            str(row["reference_name"] or row["name"]),
        )
        for row in rows
    ]
    return _start(site, some, len(rows) < MOST_ERRORS)


def _start(site: Site, found: list[Occurrence], complete: bool) -> Start:
    host = records.at_best(site)
    named = {
        document
        for each in found
        if each.document != each.name
        for document in _as_records(host, each.doctype, each.document)
    }
    traced = set(_of_traces(site, host, [each.name for each in found if each.log == ERROR_LOG]))
    users = frozenset(each.user for each in found) - NOBODY
    return Start(len(found), frozenset(named | traced), users, complete)


def _of_traces(site: Site, host: HostRecords, logs: list[str]) -> Iterator[Document]:
    """What the same requests and jobs did, as the audit trail has it."""
    if not logs or not site.has_field(ERROR_LOG, "trace_id") or not site.has_doctype(TRAIL):
        return
    rows = site.get_all(ERROR_LOG, ["trace_id"], {"name": ("in", logs)})
    traces = sorted({str(row["trace_id"]) for row in rows if row["trace_id"]})
    fields = ["reference_doctype", "reference_name", "batch", "mandate"]
    events = site.get_all(TRAIL, fields, {"trace_id": ("in", traces)}, limit=MOST_ERRORS) if traces else []
    for row in events:
        yield from _as_records(host, str(row["reference_doctype"] or ""), str(row["reference_name"] or ""))
        yield from ((BATCH, str(row["batch"])) for _ in range(bool(row["batch"])))


def _as_records(host: HostRecords, doctype: str, name: str) -> Iterator[Document]:
    """The document under our names, or as the site calls it."""
    if doctype and name:
        yield from ((record, name) for record in host.stands_for(doctype) or [doctype])


def _of_evidence(rows: object) -> Iterator[Document]:
    for row in rows if isinstance(rows, list) else ():
        for column, value in row.items() if isinstance(row, dict) else ():
            if column in NAMED and isinstance(value, str) and value:
                yield NAMED[column], value
