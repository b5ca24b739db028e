"""Frappe's events of the SEPA documents, handed on to the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verenigingen.alerts.own_errors import boundary
from verenigingen.audit import bank_matches, document_events
from verenigingen.audit.bank_matches import BANK_TRANSACTION
from verenigingen.audit.document_events import BATCH, MANDATE, RETURN_FILE, WATCHED
from verenigingen.audit.fail_closed import NotRecorded
from verenigingen.site.errors import TransactionLost
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.site.protocol import Site
from verenigingen.site.whitelist import refuse

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
CANCELLED = {
    BATCH: document_events.batch_cancelled,
    BANK_TRANSACTION: bank_matches.cancelled,
}


def created(document: Any, _event: str | None = None) -> None:
    _seen(document)
    _write(lambda site: CREATED[document.doctype](site, document))


def changed(document: Any, _event: str | None = None) -> None:
    """After a save and after `db_set`; after an insert there is nothing to compare with."""
    before = _before(document)
    _seen(document)
    if before is not None:
        _write(lambda site: CHANGED[document.doctype](site, document, before))


def deleted(document: Any, _event: str | None = None) -> None:
    _write(lambda site: document_events.mandate_deleted(site, document))


def submitted(document: Any, _event: str | None = None) -> None:
    _write(lambda site: document_events.batch_submitted(site, document))


def cancelled(document: Any, _event: str | None = None) -> None:
    _write(lambda site: CANCELLED[document.doctype](site, document))


def _before(document: Any) -> Mapping[str, Any] | None:
    """What was last written down of this very object, because Frappe keeps only the state before a save."""
    seen: Mapping[str, Any] | None = document.flags.get(SEEN)
    return seen if seen is not None else document.get_doc_before_save()


def _seen(document: Any) -> None:
    if document.doctype == BANK_TRANSACTION:
        document.flags[SEEN] = bank_matches.seen(document)
    else:
        document.flags[SEEN] = {field: document.get(field) for field in WATCHED[document.doctype]}


def _write(write: Callable[[Site], None]) -> None:
    """The boundary between the trail and the business, which goes on whatever happens in here."""
    site = FrappeSite()
    try:
        with boundary(site, "the audit trail of a SEPA document", let_through=(NotRecorded, TransactionLost)):
            write(site)
    except NotRecorded as refused:
        refuse(str(refused))
