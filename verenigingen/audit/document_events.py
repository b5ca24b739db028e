"""Which changes of the SEPA documents enter the audit trail, so that no code has to remember to say so.

A document is anything with `get`; `before` holds its fields as they were. Where a DocType or a field is not
there, nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from verenigingen.audit.document_values import field_of
from verenigingen.audit.iban import has_valid_checksum
from verenigingen.audit.process_events import (
    ENDED,
    MANDATE_CANCELLATION,
    RETURN_PROCESSING,
    log_bank_submission,
    log_mandate_change,
)
from verenigingen.audit.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW, record
from verenigingen.audit.trail import (
    BATCH_GENERATION,
    PAYMENT_PROCESSING,
    log_batch_generation,
    log_mandate_creation,
)
from verenigingen.site.protocol import Site

MANDATE = "SEPA Mandate"
BATCH = "Direct Debit Batch"
RETURN_FILE = "SEPA Return File Log"
WATCHED = {
    MANDATE: ("status", "iban"),
    BATCH: ("status", "sepa_file_generated"),
    RETURN_FILE: ("status",),
}
"""The fields whose change is an event."""
LARGEST_FILE_BYTES = 64 * 1024 * 1024


def mandate_created(site: Site, mandate: Any) -> None:
    log_mandate_creation(site, mandate.get("member"), mandate, mandate.get("iban"), mandate.get("bic"))


def mandate_changed(site: Site, mandate: Any, before: Mapping[str, Any]) -> None:
    """One event for the status and one for the IBAN, each judged by its own rule."""
    changes = _changes(MANDATE, mandate, before)
    if "status" in changes:
        status = _status_change(*changes["status"])
        log_mandate_change(site, mandate, {"status": changes["status"]}, status, "M05")
    if "iban" in changes:
        status = _iban_change(before.get("status"), changes["iban"][1])
        log_mandate_change(site, mandate, {"iban": changes["iban"]}, status, "M06")


def mandate_deleted(site: Site, mandate: Any) -> None:
    """A mandate is evidence; one that is deleted is looked at by a person."""
    name = str(mandate.get("name"))
    details = {"member": mandate.get("member"), "status": mandate.get("status")}
    outcome = {"mandate": name, "iban_masked": mandate.get("iban")}
    record(site, MANDATE_CANCELLATION, MANDATE, name, "mandate_deleted", EXCEPTION, details, outcome=outcome)


def batch_created(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_created", _validation(batch))


def batch_submitted(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_submitted", _validation(batch))


def batch_cancelled(site: Site, batch: Any) -> None:
    _batch_event(site, batch, "batch_cancelled", EXCEPTION)


def batch_changed(site: Site, batch: Any, before: Mapping[str, Any]) -> None:
    """The file was made, the batch went to the bank, it was processed, or it failed."""
    changes = _changes(BATCH, batch, before)
    if changes.get("sepa_file_generated", (0, 0))[1]:
        log_batch_generation(site, batch)
    match changes.get("status", (None, None))[1]:
        case "Submitted":
            log_bank_submission(site, batch, file_sha256=_file_digest(site, batch.get("sepa_file")))
        case "Processed":
            _batch_event(site, batch, "batch_processed", PENDING_REVIEW, PAYMENT_PROCESSING)
        case "Failed":
            log_batch_generation(site, batch, success=False, error_msg="the batch was set to Failed")


def return_file_created(site: Site, log: Any) -> None:
    _return_file(site, log)


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
    if not _is_iban(iban):
        return EXCEPTION
    return COMPLIANT if status == "Draft" else PENDING_REVIEW


def _is_iban(value: Any) -> bool:
    compact = "".join(str(value or "").upper().split())
    return compact.isascii() and compact.isalnum() and len(compact) > 14 and has_valid_checksum(compact)


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
    name = str(batch.get("name"))
    details = {"status": batch.get("status"), "validation_status": batch.get("validation_status")}
    record(site, process_type, BATCH, name, action, status, details, outcome={"batch": name})


def _return_file(site: Site, log: Any) -> None:
    """What the bank sent back was read; a reversal that failed is our failure (rule R06)."""
    state, failed = str(log.get("status") or ""), log.get("failed_reversals") or 0
    known = {"Completed": FAILED if failed else COMPLIANT, "Failed": FAILED, "Partially Processed": EXCEPTION}
    record(
        site,
        RETURN_PROCESSING,
        RETURN_FILE,
        str(log.get("name")),
        f"return_file_{state.lower().replace(' ', '_') or 'received'}",
        known.get(state, PENDING_REVIEW),
        {"returns": log.get("return_count"), "failed_reversals": failed, "file_hash": log.get("file_hash")},
        outcome={"rule_id": "R06"},
    )


def _file_digest(site: Site, url: Any) -> str:
    """SHA-256 of a file of this site by its address; empty where it cannot be read."""
    relative = str(url or "").lstrip("/")
    if not relative.startswith(("files/", "private/files/")) or ".." in relative:
        return ""
    path = site.site_path() / (relative if relative.startswith("private/") else f"public/{relative}")
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return ""
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
