"""The audit trail as the SEPA code calls it: one function for each kind of event.

A document is anything with `doctype` and `name`, a mapping with both, or None. Every function returns the
name of the row, or None when the event waits in the spool; see `recording.record` for what it promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from verenigingen.audit.iban import mask_iban
from verenigingen.audit.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW, record
from verenigingen.audit.seals.rows import iban_fingerprint
from verenigingen.site.errors import SiteError
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
BANK_SUBMISSION = "Bank Submission"
PAYMENT_PROCESSING = "Payment Processing"
CENT = Decimal("0.01")
LARGEST_CENTS = 2**31 - 1


def log_sepa_event(
    site: Site,
    process_type: str,
    reference_doc: Any,
    action: str,
    details: Mapping[str, Any] | None = None,
    compliance_status: str = "",
) -> str | None:
    """Write any event about a document; its status may also stand in `details` as "compliance_status"."""
    doctype, name = _identity(reference_doc)
    rest = dict(details or {})
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
    _doctype, member_name = _identity(member, "Member")
    about = _identity(mandate, "SEPA Mandate") if mandate else ("Member", member_name)
    details = {
        "member": member_name,
        "mandate_id": _field(mandate, "mandate_id"),
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
        _given(details),
        outcome={
            "mandate": _identity(mandate)[1] if mandate else None,
            "iban_masked": iban,
            "iban_fingerprint": _fingerprint(site, iban),
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
        amount = _field(payment_request, "amount")
    if amount is None:
        amount = _field(payment_request, "grand_total")
    details = {
        "amount": _amount_text(amount),
        "currency": _field(payment_request, "currency"),
        "status": _field(payment_request, "status"),
        "error": error_msg,
    }
    return record(
        site,
        PAYMENT_PROCESSING,
        *_identity(payment_request, "Payment Request"),
        "processing_completed" if success else "processing_failed",
        COMPLIANT if success else FAILED,
        _given(details),
        outcome={"amount_cents": _cents(amount), "currency": _field(payment_request, "currency")},
    )


def log_batch_generation(
    site: Site, batch_doc: Any, success: bool = True, error_msg: str | None = None
) -> str | None:
    """Write that a direct debit batch was generated or failed, with its size from its own invoice rows."""
    invoices = _field(batch_doc, "invoices")
    details = {
        "batch_size": _field(batch_doc, "entry_count") if invoices is None else len(invoices),
        "total_amount": _amount_text(_field(batch_doc, "total_amount")),
        "currency": _field(batch_doc, "currency"),
        "batch_type": _field(batch_doc, "batch_type"),
        "batch_date": _field(batch_doc, "batch_date"),
        "error": error_msg,
    }
    return record(
        site,
        BATCH_GENERATION,
        *_identity(batch_doc, "Direct Debit Batch"),
        "batch_generated" if success else "batch_generation_failed",
        COMPLIANT if success else FAILED,
        _given(details),
        outcome={
            "batch": _identity(batch_doc)[1],
            "amount_cents": _cents(_field(batch_doc, "total_amount")),
            "currency": _field(batch_doc, "currency"),
        },
    )


def _identity(document: Any, doctype: str = "") -> tuple[str, str]:
    """DocType and name of a document, of a mapping, or of a bare name of the given DocType."""
    if isinstance(document, (str, int)):
        return doctype, str(document)
    return str(_field(document, "doctype") or doctype), str(_field(document, "name") or "")


def _field(document: Any, fieldname: str) -> Any:
    if document is None or isinstance(document, (str, int)):
        return None
    get = getattr(document, "get", None)
    return get(fieldname) if callable(get) else getattr(document, fieldname, None)


def _given(details: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value is not None}


def _amount_text(amount: Any) -> str | None:
    """An amount of money with two decimals as text, for a float would change on its way; else as it came."""
    if amount is None:
        return None
    try:
        return str(Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP))
    except InvalidOperation:
        return str(amount)


def _cents(amount: Any) -> int:
    """The amount in whole cents; 0 where there is none, or none that a direct debit could have."""
    text = _amount_text(amount)
    try:
        cents = int(Decimal(text or "0") * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return 0
    return cents if abs(cents) <= LARGEST_CENTS else 0


def _fingerprint(site: Site, iban: str | None) -> str | None:
    """The fingerprint; None while the key cannot be had, which the row itself will wait for in the spool."""
    try:
        return iban_fingerprint(site, iban)
    except SiteError:
        return None
