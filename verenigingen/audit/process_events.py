"""Further steps of a collection in the audit trail: changes of mandates, announcements, files, returns.

Documents are given as in `trail`; every function returns the name of the row, or None when it waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verenigingen.audit.document_values import amount_text, cents, field_of, fingerprint, given, identity
from verenigingen.audit.iban import mask_iban
from verenigingen.audit.recording import COMPLIANT, FAILED, record
from verenigingen.audit.return_codes import status_of
from verenigingen.site.protocol import Site

MANDATE_CHANGE = "Mandate Change"
MANDATE_CANCELLATION = "Mandate Cancellation"
PRE_NOTIFICATION = "Pre-Notification"
BANK_SUBMISSION = "Bank Submission"
RETURN_PROCESSING = "Return Processing"
RECONCILIATION = "Reconciliation"
ENDED = ("Cancelled", "Expired")
IBAN_FIELDS = ("iban", "company_iban")


def log_mandate_change(
    site: Site,
    mandate: Any,
    changes: Mapping[str, tuple[Any, Any]],
    compliance_status: str = "",
    rule_id: str = "",
) -> str | None:
    """Write what changed on a mandate: field to (before, after); IBANs are masked here.

    A change of its status to Cancelled or Expired is a Mandate Cancellation, all else a Mandate Change.
    """
    doctype, name = identity(mandate, "SEPA Mandate")
    ended = changes.get("status", ("", ""))[1] in ENDED
    iban = str(changes["iban"][1] or "") if "iban" in changes else ""
    return record(
        site,
        MANDATE_CANCELLATION if ended else MANDATE_CHANGE,
        doctype,
        name,
        f"mandate_{'ended' if ended else '_and_'.join(sorted(changes)) + '_changed'}",
        compliance_status,
        {
            "before": {field: _shown(field, pair[0]) for field, pair in changes.items()},
            "after": {field: _shown(field, pair[1]) for field, pair in changes.items()},
        },
        outcome={
            "mandate": name,
            "rule_id": rule_id,
            "iban_masked": iban or None,
            "iban_fingerprint": fingerprint(site, iban),
        },
    )


def log_prenotification(
    site: Site, reference_doc: Any, *, sent: bool = True, amount: Any = None, due_date: Any = None,
    channel: str = "", error_msg: str | None = None,
) -> str | None:  # fmt: skip
    """Write that a collection was announced to the debtor, or that this failed; no address is kept."""
    details = {
        "amount": amount_text(amount),
        "due_date": due_date,
        "channel": channel or None,
        "error": error_msg,
    }
    return record(
        site,
        PRE_NOTIFICATION,
        *identity(reference_doc, "Sales Invoice"),
        "prenotification_sent" if sent else "prenotification_failed",
        COMPLIANT if sent else FAILED,
        given(details),
        outcome={"amount_cents": cents(amount), "currency": field_of(reference_doc, "currency")},
    )


def log_bank_submission(
    site: Site, batch_doc: Any, success: bool = True, error_msg: str | None = None, file_sha256: str = ""
) -> str | None:
    """Write that a batch was handed to the bank, or that this failed; `file_sha256` is of the file."""
    amount = field_of(batch_doc, "total_amount")
    details = {
        "file_sha256": file_sha256 or None,
        "collections": field_of(batch_doc, "entry_count"),
        "total_amount": amount_text(amount),
        "batch_date": field_of(batch_doc, "batch_date"),
        "error": error_msg,
    }
    return record(
        site,
        BANK_SUBMISSION,
        *identity(batch_doc, "Direct Debit Batch"),
        "batch_sent_to_bank" if success else "sending_to_bank_failed",
        COMPLIANT if success else FAILED,
        given(details),
        outcome={
            "batch": identity(batch_doc)[1],
            "amount_cents": cents(amount),
            "currency": field_of(batch_doc, "currency"),
        },
    )


def log_return(
    site: Site, reference_doc: Any, reason_code: str, *, amount: Any = None, mandate: Any = None,
    batch: Any = None, returned_on: Any = None,
) -> str | None:  # fmt: skip
    """Write that the bank returned or refused one collection; the reason code decides the status."""
    code = reason_code.strip().upper()
    return record(
        site,
        RETURN_PROCESSING,
        *identity(reference_doc, "Sales Invoice"),
        "collection_returned",
        status_of(code),
        given({"reason_code": code, "amount": amount_text(amount), "returned_on": returned_on}),
        outcome={
            "outcome_code": code,
            "mandate": identity(mandate)[1] if mandate else None,
            "batch": identity(batch)[1] if batch else None,
            "amount_cents": cents(amount),
            "currency": field_of(reference_doc, "currency"),
        },
    )


def _shown(field: str, value: Any) -> Any:
    return mask_iban(str(value)) if field in IBAN_FIELDS and value else value
