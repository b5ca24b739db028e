"""The audit trail under the name that other code of the association calls it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verenigingen.audit.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW, STATUSES, record
from verenigingen.site import current_site

PROCESS_TYPES = {
    "sepa_batch_created": "Batch Generation",
    "sepa_batch_validated": "Batch Generation",
    "sepa_xml_generated": "Bank Submission",
    "sepa_batch_processed": "Payment Processing",
    "sepa_invoice_loaded": "Payment Processing",
    "sepa_mandate_validated": "Mandate Creation",
}
OTHER = "Reconciliation"
"""Where an event of any other type is filed; its action keeps the type."""
STATUS_OF_SEVERITY = {"info": PENDING_REVIEW, "warning": EXCEPTION, "error": FAILED, "critical": FAILED}
"""A severity says how bad something is, never that a rule was checked and held: none of them is Compliant."""
REFERENCES = (
    ("batch_name", "Direct Debit Batch"),
    ("batch", "Direct Debit Batch"),
    ("mandate", "SEPA Mandate"),
    ("invoice", "Sales Invoice"),
)


def log_sepa_event(
    event_type: str, details: Mapping[str, Any] | None = None, severity: str = "info"
) -> str | None:
    """Write one event and return the name of its entry, or None when it waits in the spool.

    `details` may name the document, as reference_doctype and reference_name, batch, mandate or invoice, and
    may state compliance_status; else the severity decides, and never for Compliant. An unknown severity is
    to be reviewed. Never commits; an event of severity error or critical survives a rollback.
    """
    given = dict(details or {})
    stated, sensitive = str(given.pop("compliance_status", None) or ""), given.pop("sensitive_data", False)
    status = stated if stated in STATUSES else STATUS_OF_SEVERITY.get(severity.lower(), PENDING_REVIEW)
    return record(
        current_site(),
        PROCESS_TYPES.get(event_type, OTHER),
        *_reference(given),
        event_type,
        _no_better_than(severity, status),
        given,
        sensitive=bool(sensitive),
        outcome={"severity": severity.lower()},
    )


def _no_better_than(severity: str, status: str) -> str:
    """An error is not Compliant, whatever the same call states."""
    bad = STATUS_OF_SEVERITY.get(severity.lower())
    return bad if status == COMPLIANT and bad in (FAILED, EXCEPTION) else status


def _reference(details: Mapping[str, Any]) -> tuple[str, str]:
    if details.get("reference_doctype"):
        return str(details["reference_doctype"]), str(details.get("reference_name") or "")
    for key, doctype in REFERENCES:
        if details.get(key):
            return doctype, str(details[key])
    return "", ""
