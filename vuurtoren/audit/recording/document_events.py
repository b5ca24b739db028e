"""Which changes of the SEPA documents enter the audit trail, so that no code has to remember to say so.

A document is anything with `get`, read under our names (`host_records`); `before` holds its fields as they
were. Where a DocType or a field is not there, nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.checks.mandates import account_problem
from vuurtoren.audit.recording import failed_collections
from vuurtoren.audit.recording.attached_files import attached_file
from vuurtoren.audit.recording.document_values import field_of, identity
from vuurtoren.audit.recording.process_events import (
    ENDED,
    log_bank_submission,
    log_mandate_change,
)
from vuurtoren.audit.recording.recording import (
    COMPLIANT,
    EXCEPTION,
    FAILED,
    PENDING_REVIEW,
    record,
    unfailing,
)
from vuurtoren.audit.recording.steps import (
    BATCH_GENERATION,
    MANDATE_CANCELLATION,
    PAYMENT_PROCESSING,
    RETURN_PROCESSING,
)
from vuurtoren.audit.recording.trail import log_batch_generation, log_mandate_creation
from vuurtoren.host_records.names import BATCH, MANDATE, RETURN_FILE
from vuurtoren.site.protocol import Site

WATCHED = {
    MANDATE: ("status", "iban"),
    BATCH: ("status", "sepa_file_generated", "sepa_file"),
    RETURN_FILE: ("status",),
}
"""The fields whose change is an event."""
LARGEST_FILE_BYTES = 64 * 1024 * 1024


@unfailing
def mandate_created(site: Site, mandate: Any) -> None:
    log_mandate_creation(site, mandate.get("member"), mandate, mandate.get("iban"), mandate.get("bic"))


@unfailing
def mandate_changed(site: Site, mandate: Any, before: Mapping[str, Any]) -> None:
    """One event for the status and one for the IBAN, each judged by its own rule."""
    changes = _changes(MANDATE, mandate, before)
    if "status" in changes:
        status = _status_change(*changes["status"])
        log_mandate_change(site, mandate, {"status": changes["status"]}, status, "M05")
    if "iban" in changes:
        status = _iban_change(before.get("status"), changes["iban"][1])
        log_mandate_change(site, mandate, {"iban": changes["iban"]}, status, "M06")


@unfailing
def mandate_deleted(site: Site, mandate: Any) -> None:
    """A mandate is evidence; one that is deleted is looked at by a person."""
    name = str(mandate.get("name"))
    details = {"member": mandate.get("member"), "status": mandate.get("status")}
    outcome = {"mandate": name, "iban_masked": mandate.get("iban")}
    about = identity(mandate, MANDATE)
    record(site, MANDATE_CANCELLATION, *about, "mandate_deleted", EXCEPTION, details, outcome=outcome)


@unfailing
def batch_created(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_created", _validation(batch))


@unfailing
def batch_submitted(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_submitted", _validation(batch))


@unfailing
def batch_cancelled(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_cancelled", EXCEPTION)


@unfailing
def batch_changed(site: Site, batch: Any, before: Mapping[str, Any]) -> None:
    """The file was made, the batch went to the bank, was processed, or failed; or some of its lines did."""
    if file_was_made(batch, before):
        log_batch_generation(site, batch, file_sha256=_file_digest(site, batch.get("sepa_file")))
    match _changes(BATCH, batch, before).get("status", (None, None))[1]:
        case "Submitted":
            log_bank_submission(site, batch, file_sha256=_file_digest(site, batch.get("sepa_file")))
        case "Processed":
            _batch_event(site, batch, "batch_processed", PENDING_REVIEW, PAYMENT_PROCESSING)
        case "Failed":
            log_batch_generation(site, batch, success=False, error_msg="the batch was set to Failed")
    failed_collections.note_in(site, batch)


def file_was_made(batch: Any, before: Mapping[str, Any]) -> bool:
    """Whether this change says that the file of a batch was made, or that another one was made anew."""
    changes = _changes(BATCH, batch, before)
    made_anew = field_of(batch, "sepa_file_generated") and changes.get("sepa_file", (None, None))[1]
    return bool(changes.get("sepa_file_generated", (0, 0))[1] or made_anew)


def goes_to_the_bank(batch: Any, before: Mapping[str, Any]) -> bool:
    """Whether this change says that a batch was handed to the bank."""
    return bool(_changes(BATCH, batch, before).get("status", (None, None))[1] == "Submitted")


@unfailing
def return_file_created(site: Site, log: Any) -> None:
    _return_file(site, log)


@unfailing
def return_file_changed(site: Site, log: Any, before: Mapping[str, Any]) -> None:
    if _changes(RETURN_FILE, log, before):
        _return_file(site, log)


def _changes(doctype: str, document: Any, before: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    fields = {name: (before.get(name), field_of(document, name)) for name in WATCHED[doctype]}
    return {name: pair for name, pair in fields.items() if (pair[0] or None) != (pair[1] or None)}


def _status_change(old: Any, new: Any) -> str:
    """A mandate that has ended stays ended (EPC SDD Core: a new one must be signed)."""
    return EXCEPTION if old in ENDED and new not in ENDED else COMPLIANT


def _iban_change(status: Any, iban: Any) -> str:
    """Before its first use a mandate may be corrected; later the bank must be told of the amendment."""
    if account_problem(iban, None):
        return EXCEPTION
    return COMPLIANT if status == "Draft" else PENDING_REVIEW


def _validation(batch: Any) -> str:
    known = {
        "Passed": COMPLIANT,
        "Warnings": EXCEPTION,
        "Critical Errors": FAILED,
        "Validation Failed": FAILED,
    }
    return known.get(str(batch.get("validation_status") or ""), PENDING_REVIEW)


def _batch_event(
    site: Site, batch: Any, action: str, status: str, process_type: str = BATCH_GENERATION
) -> None:
    about = identity(batch, BATCH)
    details = {"status": batch.get("status"), "validation_status": batch.get("validation_status")}
    record(site, process_type, *about, action, status, details, outcome={"batch": about[1]})


def _return_file(site: Site, log: Any) -> None:
    """What the bank sent back was read; a reversal that failed is our failure (rule R06)."""
    state, failed = str(log.get("status") or ""), log.get("failed_reversals") or 0
    known = {"Completed": FAILED if failed else COMPLIANT, "Failed": FAILED, "Partially Processed": EXCEPTION}
    record(
        site,
        RETURN_PROCESSING,
        *identity(log, RETURN_FILE),
        f"return_file_{state.lower().replace(' ', '_') or 'received'}",
        known.get(state, PENDING_REVIEW),
        {"returns": log.get("return_count"), "failed_reversals": failed, "file_hash": log.get("file_hash")},
        outcome={"rule_id": "R06"},
    )


def _file_digest(site: Site, url: Any) -> str:
    """SHA-256 of a file of this site by its address; empty where it cannot be read."""
    path = attached_file(site, url)
    try:
        if path is None or path.stat().st_size > LARGEST_FILE_BYTES:
            return ""
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
