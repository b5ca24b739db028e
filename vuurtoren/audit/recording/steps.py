"""The steps of a collection as one table: what the entry of each is called, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.audit.recording.document_values import (
    amount_text,
    cents,
    field_of,
    given,
    identity,
    unless_doubtful,
)
from vuurtoren.audit.recording.recording import COMPLIANT, FAILED, record
from vuurtoren.host_records import records
from vuurtoren.host_records.names import BATCH, INVOICE, MANDATE, PAYMENT_REQUEST
from vuurtoren.site.protocol import Site

MANDATE_CREATION = "Mandate Creation"
MANDATE_CHANGE = "Mandate Change"
MANDATE_CANCELLATION = "Mandate Cancellation"
BATCH_GENERATION = "Batch Generation"
BANK_SUBMISSION = "Bank Submission"
PRE_NOTIFICATION = "Pre-Notification"
PAYMENT_PROCESSING = "Payment Processing"
RETURN_PROCESSING = "Return Processing"
RECONCILIATION = "Reconciliation"


@dataclass(frozen=True)
class Step:
    """One kind of step: its process type, which record it is about, and its action when done and when failed.

    `told` maps a key of the details to a field of the document. `amount` are the fields of which the first
    that holds something is the amount, told as `amount_as`. `named` is the column for the document's name.
    """

    process_type: str
    about: str
    done: str
    failed: str
    told: Mapping[str, str] = field(default_factory=dict)
    amount: tuple[str, ...] = ()
    amount_as: str = "amount"
    named: str = ""


MANDATE_CREATED = Step(
    MANDATE_CREATION,
    MANDATE,
    "mandate_created",
    "mandate_creation_failed",
    {"mandate_id": "mandate_id"},
    named="mandate",
)
BATCH_GENERATED = Step(
    BATCH_GENERATION,
    BATCH,
    "batch_generated",
    "batch_generation_failed",
    {"currency": "currency", "batch_type": "batch_type", "batch_date": "batch_date"},
    amount=("total_amount",),
    amount_as="total_amount",
    named="batch",
)
SENT_TO_BANK = Step(
    BANK_SUBMISSION,
    BATCH,
    "batch_sent_to_bank",
    "sending_to_bank_failed",
    {"collections": "entry_count", "batch_date": "batch_date"},
    amount=("total_amount",),
    amount_as="total_amount",
    named="batch",
)
ANNOUNCED = Step(PRE_NOTIFICATION, INVOICE, "prenotification_sent", "prenotification_failed")
PAYMENT_PROCESSED = Step(
    PAYMENT_PROCESSING,
    PAYMENT_REQUEST,
    "processing_completed",
    "processing_failed",
    {"currency": "currency", "status": "status"},
    amount=("amount", "grand_total"),
)
RETURNED = Step(RETURN_PROCESSING, INVOICE, "collection_returned", "collection_returned")


def write(
    site: Site,
    step: Step,
    document: Any,
    success: bool = True,
    error: str | None = None,
    *,
    status: str = "",
    amount: Any = None,
    details: Mapping[str, Any] | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> str | None:
    """Write the entry of a step: Failed, or where it was done Compliant unless another status is given.

    An amount in doubt is never Compliant. The amount is the given one, else the document's; what stands in
    `details` and `outcome` is told as well.
    """
    read = under_our_names(site, step.about, document)
    if amount is None:
        amount = next((held for name in step.amount if (held := field_of(read, name)) is not None), None)
    doctype, name = about(site, step.about, read)
    told = {key: field_of(read, fieldname) for key, fieldname in step.told.items()}
    return record(
        site,
        step.process_type,
        doctype,
        name,
        step.done if success else step.failed,
        unless_doubtful(status or COMPLIANT, amount) if success else FAILED,
        given({**told, step.amount_as: amount_text(amount), "error": error, **(details or {})}),
        outcome={
            "amount_cents": cents(amount),
            "currency": field_of(read, "currency"),
            **({step.named: name or None} if step.named else {}),
            **(outcome or {}),
        },
    )


def under_our_names(site: Site, record: str, document: Any) -> Any:
    """The document as this site keeps the record."""
    return records.at_best(site).document(record, document)


def about(site: Site, record: str, document: Any) -> tuple[str, str]:
    """DocType and name of a document, or of a bare name of what this site calls the record."""
    return identity(document, records.at_best(site).doctype(record) or record)
