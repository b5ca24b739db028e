"""The audit trail as the SEPA code calls it: one function for each kind of event.

A document is anything with `doctype` and `name`, a mapping with both, or None. Every function returns the
name of the row, or None when the event waits in the spool; see `recording.record` for what it promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from vuurtoren.audit.checks.mandates import ACCOUNT_RULE, account_problem
from vuurtoren.audit.recording import steps
from vuurtoren.audit.recording.document_values import field_of, fingerprint, given, identity
from vuurtoren.audit.recording.recording import COMPLIANT, PENDING_REVIEW, as_mapping, record, unfailing
from vuurtoren.audit.recording.steps import BATCH_GENERATION
from vuurtoren.host_records.names import BATCH, MEMBER
from vuurtoren.privacy.iban import mask_iban
from vuurtoren.site.protocol import Site

__all__ = [
    "BATCH_GENERATION",
    "log_batch_generation",
    "log_mandate_creation",
    "log_payment_processing",
    "log_sepa_event",
    "record",
]


@unfailing
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
        site, process_type, doctype, name, action, str(compliance_status or stated), rest, sensitive=sensitive
    )


@unfailing
def log_mandate_creation(
    site: Site,
    member: Any,
    mandate: Any,
    iban: str | None,
    bic: str | None,
    success: bool = True,
    error_msg: str | None = None,
) -> str | None:
    """Write that a mandate was created for a member, or that this failed, perhaps before there was one.

    Compliant means that its account was checked and is one that SEPA reaches; else it is to be reviewed.
    """
    problem = account_problem(iban, bic) if success else ""
    member_doctype, member_name = steps.about(site, MEMBER, member)
    return steps.write(
        site,
        steps.MANDATE_CREATED,
        mandate or {"doctype": member_doctype, "name": member_name},
        success,
        error_msg,
        status=PENDING_REVIEW if problem else COMPLIANT,
        details={
            "member": member_name,
            "iban": mask_iban(iban) if iban else None,
            "bic": bic,
            "not_held": problem or None if iban or bic else None,
        },
        outcome={
            "rule_id": ACCOUNT_RULE if success else None,
            "iban_masked": iban,
            "iban_fingerprint": fingerprint(site, iban),
            **({} if mandate else {"mandate": None}),
        },
    )


@unfailing
def log_payment_processing(
    site: Site,
    payment_request: Any,
    success: bool = True,
    error_msg: str | None = None,
    amount: Any = None,
) -> str | None:
    """Write that a payment was processed or failed; the amount is the given one, else the document's own."""
    return steps.write(site, steps.PAYMENT_PROCESSED, payment_request, success, error_msg, amount=amount)


@unfailing
def log_batch_generation(
    site: Site, batch_doc: Any, success: bool = True, error_msg: str | None = None, file_sha256: str = ""
) -> str | None:
    """Write that a direct debit batch was generated or failed, with its size from its own invoice rows.

    `file_sha256` is of its file, against which the one that goes to the bank is held.
    """
    batch = steps.under_our_names(site, BATCH, batch_doc)
    lines = field_of(batch, "invoices")
    size = len(lines) if isinstance(lines, Sized) else field_of(batch, "entry_count")
    details = given({"batch_size": size, "file_sha256": file_sha256 or None})
    return steps.write(site, steps.BATCH_GENERATED, batch, success, error_msg, details=details)
