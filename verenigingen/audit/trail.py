"""The audit trail as the SEPA code calls it: one function for each kind of event.

A document is anything with `doctype` and `name`, a mapping with both, or None. Every function returns the
name of the row, or None when the event waits in the spool; see `recording.record` for what it promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verenigingen.audit.document_values import amount_text, cents, field_of, fingerprint, given, identity
from verenigingen.audit.iban import mask_iban
from verenigingen.audit.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW, as_mapping, record
from verenigingen.site.protocol import Site

__all__ = [
    "COMPLIANT",
    "EXCEPTION",
    "FAILED",
    "PENDING_REVIEW",
    "log_batch_generation",
    "log_mandate_creation",
    "log_payment_processing",
    "log_sepa_event",
    "record",
]

MANDATE_CREATION = "Mandate Creation"
BATCH_GENERATION = "Batch Generation"
PAYMENT_PROCESSING = "Payment Processing"


def log_sepa_event(
    site: Site,
    process_type: str,
    reference_doc: Any,
    action: str,
    details: Mapping[str, Any] | None = None,
    compliance_status: str = "",
) -> str | None:
    """Write any event about a document; its status may also stand in `details` as "compliance_status"."""
    doctype, name = identity(reference_doc)
    rest = dict(as_mapping(details))
    stated = str(rest.pop("compliance_status", None) or "")
    sensitive = bool(rest.pop("sensitive_data", False))
    return record(
        site, process_type, doctype, name, action, compliance_status or stated, rest, sensitive=sensitive
    )


def log_mandate_creation(
    site: Site,
    member: Any,
    mandate: Any,
    iban: str | None,
    bic: str | None,
    success: bool = True,
    error_msg: str | None = None,
) -> str | None:
    """Write that a mandate was created for a member, or that this failed, perhaps before there was one."""
    _doctype, member_name = identity(member, "Member")
    about = identity(mandate, "SEPA Mandate") if mandate else ("Member", member_name)
    details = {
        "member": member_name,
        "mandate_id": field_of(mandate, "mandate_id"),
        "iban": mask_iban(iban) if iban else None,
        "bic": bic,
        "error": error_msg,
    }
    return record(
        site,
        MANDATE_CREATION,
        *about,
        "mandate_created" if success else "mandate_creation_failed",
        COMPLIANT if success else FAILED,
        given(details),
        outcome={
            "mandate": identity(mandate)[1] if mandate else None,
            "iban_masked": iban,
            "iban_fingerprint": fingerprint(site, iban),
        },
    )


def log_payment_processing(
    site: Site,
    payment_request: Any,
    success: bool = True,
    error_msg: str | None = None,
    amount: Any = None,
) -> str | None:
    """Write that a payment was processed or failed; the amount is the given one, else the document's own."""
    if amount is None:
        amount = field_of(payment_request, "amount")
    if amount is None:
        amount = field_of(payment_request, "grand_total")
    details = {
        "amount": amount_text(amount),
        "currency": field_of(payment_request, "currency"),
        "status": field_of(payment_request, "status"),
        "error": error_msg,
    }
    return record(
        site,
        PAYMENT_PROCESSING,
        *identity(payment_request, "Payment Request"),
        "processing_completed" if success else "processing_failed",
        COMPLIANT if success else FAILED,
        given(details),
        outcome={"amount_cents": cents(amount), "currency": field_of(payment_request, "currency")},
    )


def log_batch_generation(
    site: Site, batch_doc: Any, success: bool = True, error_msg: str | None = None
) -> str | None:
    """Write that a direct debit batch was generated or failed, with its size from its own invoice rows."""
    invoices = field_of(batch_doc, "invoices")
    details = {
        "batch_size": field_of(batch_doc, "entry_count") if invoices is None else len(invoices),
        "total_amount": amount_text(field_of(batch_doc, "total_amount")),
        "currency": field_of(batch_doc, "currency"),
        "batch_type": field_of(batch_doc, "batch_type"),
        "batch_date": field_of(batch_doc, "batch_date"),
        "error": error_msg,
    }
    return record(
        site,
        BATCH_GENERATION,
        *identity(batch_doc, "Direct Debit Batch"),
        "batch_generated" if success else "batch_generation_failed",
        COMPLIANT if success else FAILED,
        given(details),
        outcome={
            "batch": identity(batch_doc)[1],
            "amount_cents": cents(field_of(batch_doc, "total_amount")),
            "currency": field_of(batch_doc, "currency"),
        },
    )
