"""Further steps of a collection in the audit trail: changes of mandates, announcements, files, returns.

Documents are given as in `trail`; every function returns the name of the row, or None when it waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.recording import steps
from vuurtoren.audit.recording.document_values import fingerprint, given
from vuurtoren.audit.recording.recording import record, text_of, unfailing
from vuurtoren.audit.recording.return_codes import status_of
from vuurtoren.audit.recording.steps import BANK_SUBMISSION as BANK_SUBMISSION
from vuurtoren.audit.recording.steps import MANDATE_CANCELLATION, MANDATE_CHANGE
from vuurtoren.audit.recording.steps import RETURN_PROCESSING as RETURN_PROCESSING
from vuurtoren.host_records.names import BATCH, MANDATE
from vuurtoren.privacy.iban import mask_iban
from vuurtoren.site.protocol import Site

ENDED = ("Cancelled", "Expired")
IBAN_FIELDS = ("iban", "company_iban")


@unfailing
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
    doctype, name = steps.about(site, MANDATE, mandate)
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


@unfailing
def log_prenotification(
    site: Site, reference_doc: Any, *, sent: bool = True, amount: Any = None, due_date: Any = None,
    channel: str = "", error_msg: str | None = None,
) -> str | None:  # fmt: skip
    """Write that a collection was announced to the debtor, or that this failed; no address is kept."""
    details = {"due_date": due_date, "channel": channel or None}
    return steps.write(
        site, steps.ANNOUNCED, reference_doc, sent, error_msg, amount=amount, details=given(details)
    )


@unfailing
def log_bank_submission(
    site: Site, batch_doc: Any, success: bool = True, error_msg: str | None = None, file_sha256: str = ""
) -> str | None:
    """Write that a batch was handed to the bank, or that this failed; `file_sha256` is of the file."""
    details = given({"file_sha256": file_sha256 or None})
    return steps.write(site, steps.SENT_TO_BANK, batch_doc, success, error_msg, details=details)


@unfailing
def log_return(
    site: Site, reference_doc: Any, reason_code: Any, *, amount: Any = None, mandate: Any = None,
    batch: Any = None, returned_on: Any = None,
) -> str | None:  # fmt: skip
    """Write that the bank returned or refused one collection; the reason code decides the status.

    A code that is none, or that nobody knows, is kept as it was given, and is to be reviewed.
    """
    code = "" if reason_code is None else text_of(reason_code).strip().upper()
    return steps.write(
        site,
        steps.RETURNED,
        reference_doc,
        status=status_of(code),
        amount=amount,
        details={"reason_code": code or None, "returned_on": returned_on},
        outcome={
            "outcome_code": code or None,
            "mandate": steps.about(site, MANDATE, mandate)[1] if mandate else None,
            "batch": steps.about(site, BATCH, batch)[1] if batch else None,
        },
    )


def _shown(field: str, value: Any) -> Any:
    return mask_iban(str(value)) if field in IBAN_FIELDS and value else value
