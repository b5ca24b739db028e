"""Event types and severities as the association's code names them, and where the trail files them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW, text_of


class AuditEventType(Enum):
    """What the association's code logs; each value is its name in lower case."""

    SEPA_BATCH_CREATED = "sepa_batch_created"
    SEPA_BATCH_VALIDATED = "sepa_batch_validated"
    SEPA_BATCH_PROCESSED = "sepa_batch_processed"
    SEPA_BATCH_CANCELLED = "sepa_batch_cancelled"
    SEPA_XML_GENERATED = "sepa_xml_generated"
    SEPA_INVOICE_LOADED = "sepa_invoice_loaded"
    SEPA_MANDATE_VALIDATED = "sepa_mandate_validated"
    MANDATE_CREATION = "mandate_creation"
    BATCH_GENERATION = "batch_generation"
    BANK_SUBMISSION = "bank_submission"
    PAYMENT_PROCESSING = "payment_processing"
    API_CALL_SUCCESS = "api_call_success"
    API_CALL_FAILED = "api_call_failed"
    CSRF_VALIDATION_SUCCESS = "csrf_validation_success"
    CSRF_VALIDATION_FAILED = "csrf_validation_failed"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    UNAUTHORIZED_ACCESS_ATTEMPT = "unauthorized_access_attempt"
    PERMISSION_DENIED = "permission_denied"
    SUSPICIOUS_ACTIVITY = "suspicious_activity"
    USER_LOGIN = "user_login"
    USER_LOGOUT = "user_logout"
    SESSION_EXPIRED = "session_expired"
    FAILED_LOGIN_ATTEMPT = "failed_login_attempt"
    SENSITIVE_DATA_ACCESS = "sensitive_data_access"
    DATA_EXPORT = "data_export"
    DATA_IMPORT = "data_import"
    DATA_MODIFICATION = "data_modification"
    CONFIGURATION_CHANGE = "configuration_change"
    SYSTEM_ERROR = "system_error"
    PERFORMANCE_ALERT = "performance_alert"


class AuditSeverity(Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


PROCESS_TYPES = {
    "sepa_batch_created": "Batch Generation",
    "sepa_batch_validated": "Batch Generation",
    "sepa_batch_cancelled": "Batch Generation",
    "batch_generation": "Batch Generation",
    "sepa_xml_generated": "Bank Submission",
    "bank_submission": "Bank Submission",
    "sepa_batch_processed": "Payment Processing",
    "sepa_invoice_loaded": "Payment Processing",
    "payment_processing": "Payment Processing",
    "sepa_mandate_validated": "Mandate Creation",
    "mandate_creation": "Mandate Creation",
    "configuration_change": "Configuration Change",
}
SEPA_EVENT_TYPES = tuple(each for each in AuditEventType if each.value in PROCESS_TYPES)
OTHER = "Reconciliation"
"""Where an event of any other type is filed; its action keeps the type."""
STATUS_OF_SEVERITY = {"info": PENDING_REVIEW, "warning": EXCEPTION, "error": FAILED, "critical": FAILED}
"""A severity says how bad something is, never that a rule was checked and held: none of them is Compliant."""
REFERENCES = (
    ("batch_name", "Direct Debit Batch"),
    ("batch", "Direct Debit Batch"),
    ("mandate", "SEPA Mandate"),
    ("invoice", "Sales Invoice"),
    ("invoice_name", "Sales Invoice"),
    ("member", "Member"),
)


def value_of(given: Any) -> str:
    """The text of an event type or a severity, whether it came as an enum or as text."""
    try:
        return str(getattr(given, "value", given) or "")
    except Exception:  # an object of other code may do anything when it is asked
        return text_of(given)


def no_better_than(severity: str, status: str) -> str:
    """An error is not Compliant, whatever the same call states."""
    bad = STATUS_OF_SEVERITY.get(severity)
    return bad if status == COMPLIANT and bad in (FAILED, EXCEPTION) else status


def reference_in(details: Mapping[str, Any]) -> tuple[str, str]:
    """DocType and name of the document that details name; empty texts for none."""
    if details.get("reference_doctype"):
        return str(details["reference_doctype"]), str(details.get("reference_name") or "")
    for key, doctype in REFERENCES:
        if details.get(key):
            return doctype, str(details[key])
    return "", ""
