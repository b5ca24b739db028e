"""Frappe's events of the SEPA documents, and of users, handed on to the audit trail under our names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import frappe

from vuurtoren.audit.recording import bank_matches, document_events
from vuurtoren.audit.recording.bank_matches import BANK_TRANSACTION
from vuurtoren.audit.recording.document_events import WATCHED
from vuurtoren.audit.recording.fail_closed import NotRecorded
from vuurtoren.audit.recording.user_renames import note_rename
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.check import MustNotBeSent
from vuurtoren.compliance.bank_files.preflight import MAY
from vuurtoren.endpoints.whitelist import refuse
from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter.endpoints import tell_visitor
from vuurtoren.frappe_adapter.jobs import after_commit_enqueue
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.host_records import records
from vuurtoren.host_records.mapping import CONFIG_KEY
from vuurtoren.host_records.names import BATCH, MANDATE, RETURN_FILE
from vuurtoren.rounds.judging import JUDGE_SOON
from vuurtoren.site.errors import TransactionLost
from vuurtoren.site.protocol import Site

SEEN = "verenigingen_audited"
CREATED = {
    MANDATE: document_events.mandate_created,
    BATCH: document_events.batch_created,
    RETURN_FILE: document_events.return_file_created,
    BANK_TRANSACTION: bank_matches.created,
}
CHANGED = {
    MANDATE: document_events.mandate_changed,
    BATCH: document_events.batch_changed,
    RETURN_FILE: document_events.return_file_changed,
    BANK_TRANSACTION: bank_matches.changed,
}
SUBMITTED = {BATCH: document_events.batch_submitted}
CANCELLED = {
    BATCH: document_events.batch_cancelled,
    BANK_TRANSACTION: bank_matches.cancelled,
}
DELETED = {MANDATE: document_events.mandate_deleted}
Event = Callable[[Site, Any], None]


def created(document: Any, _event: str | None = None) -> None:
    for record, read in _records(document):
        _see(document, record, read)
        _write(record, CREATED, read)


def changed(document: Any, _event: str | None = None) -> None:
    """After a save and after `db_set`; after an insert there is nothing to compare with."""
    for record, read in _records(document):
        before = _before(document, record)
        _see(document, record, read)
        if before is None:
            continue
        if record == BATCH and document_events.goes_to_the_bank(read, before):
            _let_through(document)
        _write(record, CHANGED, read, before)
        if record == BATCH and document_events.file_was_made(read, before):
            _check_file(document)


def deleted(document: Any, _event: str | None = None) -> None:
    for record, read in _records(document):
        _write(record, DELETED, read)


def submitted(document: Any, _event: str | None = None) -> None:
    for record, read in _records(document):
        _write(record, SUBMITTED, read)


def cancelled(document: Any, _event: str | None = None) -> None:
    for record, read in _records(document):
        _write(record, CANCELLED, read)


def _let_through(batch: Any) -> None:
    """Before it goes to the bank: it does not where the site asks for the check and the check says no."""
    site = FrappeSite()
    try:
        with error_boundary(
            site, "the check before the bank", let_through=(MustNotBeSent, NotRecorded, TransactionLost)
        ) as caught:
            check.refuse_unless_it_may(site, str(batch.name))
        if caught.reason and check.is_asked_for(site):
            refuse(caught.reason)
    except (MustNotBeSent, NotRecorded) as refused:
        refuse(str(refused))


def _check_file(batch: Any) -> None:
    """Its file was made: the check runs by itself, and whoever made it reads what stands against it."""
    site = FrappeSite()
    with error_boundary(site, "the check before the bank", let_through=(TransactionLost,)):
        checked = check.check_batch(site, str(batch.name))
        if checked.said.answer != MAY:
            tell_visitor(check.as_text(site, checked))


EVENTS = {
    "after_insert": created,
    "on_change": changed,
    "on_trash": deleted,
    "on_submit": submitted,
    "on_cancel": cancelled,
}


def elsewhere(document: Any, event: str | None = None) -> None:
    """The same for documents of any name, where the site says that it keeps SEPA documents under others."""
    if frappe.conf.get(CONFIG_KEY) and document.doctype not in CREATED:
        EVENTS[str(event)](document)


def _records(document: Any) -> Iterator[tuple[str, Any]]:
    """What the document is on this site, and how it is read."""
    if document.doctype == BANK_TRANSACTION:
        yield BANK_TRANSACTION, document
        return
    host = records.at_best(FrappeSite())
    for record in host.kept_in(document):
        if record in CREATED:
            yield record, host.document(record, document)


def _before(document: Any, record: str) -> Mapping[str, Any] | None:
    """What was last written down of this very object, because Frappe keeps only the state before a save."""
    seen: Mapping[str, Any] = document.flags.get(SEEN) or {}
    if record in seen:
        return seen[record]  # type: ignore[no-any-return]
    saved = document.get_doc_before_save()
    if saved is None or record == BANK_TRANSACTION:
        return saved  # type: ignore[no-any-return]
    return records.at_best(FrappeSite()).document(record, saved)  # type: ignore[no-any-return]


def _see(document: Any, record: str, read: Any) -> None:
    seen = (
        bank_matches.seen(document)
        if record == BANK_TRANSACTION
        else {field: read.get(field) for field in WATCHED[record]}
    )
    document.flags[SEEN] = {**(document.flags.get(SEEN) or {}), record: seen}


def _write(record: str, events: Mapping[str, Callable[..., None]], *given: Any) -> None:
    """The boundary between the trail and the business, which goes on whatever happens in here."""
    if record not in events:
        return
    site = FrappeSite()
    try:
        with error_boundary(
            site, "the audit trail of a SEPA document", let_through=(NotRecorded, TransactionLost)
        ):
            events[record](site, *given)
            after_commit_enqueue(JUDGE_SOON)
    except NotRecorded as refused:
        refuse(str(refused))


def user_renamed(_document: Any, _event: str | None, before: str, after: str, _merge: bool = False) -> None:
    """Frappe writes the new name into the entries of the trail; that it was so, is an entry itself."""
    site = FrappeSite()
    with error_boundary(site, "the audit entry about a renamed user", let_through=(TransactionLost,)):
        note_rename(site, before, after)
