"""Which document a record is, and what it belongs to, so that a finding can name it."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.compliance.records import (
    BankFile,
    Batch,
    Collection,
    Creditor,
    Mandate,
    Rates,
    Record,
    Retention,
    Retry,
    Return,
    ReturnFile,
    TrailCoverage,
)
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import (
    ASSOCIATION,
    BATCH,
    BATCH_LINE,
    MANDATE,
    PAYMENT_RETRY,
    RETURN_FILE,
)
from vuurtoren.site.values import Row

RETURN = "SEPA Return"
Key = tuple[str, str, str]
"""Rule, DocType and document: what a finding is known by."""
FIELDS = ("subject_doctype", "subject_name", "member", "mandate", "batch", "invoice")


@dataclass(frozen=True, slots=True)
class Subject:
    """A document by DocType and name, with the member, mandate, batch and invoice that it is about."""

    doctype: str
    name: str
    member: str = ""
    mandate: str = ""
    batch: str = ""
    invoice: str = ""


def of_row(row: Row) -> Subject:
    """What the row of a finding is about."""
    doctype, name, member, mandate, batch, invoice = (str(row[field] or "") for field in FIELDS)
    return Subject(doctype, name, member, mandate, batch, invoice)


def subject_of(record: Record) -> Subject:
    """What a finding about this record names; a return that is in the next batch belongs to that one."""
    match record:
        case Mandate():
            return Subject(MANDATE, record.name, record.member, record.name)
        case Collection():
            mandate = record.mandate.name if record.mandate else ""
            return Subject(BATCH_LINE, record.name, record.member, mandate, record.batch, record.invoice)
        case Batch():
            return Subject(BATCH, record.name, batch=record.name)
        case BankFile():
            return Subject(BATCH, record.batch or record.name, batch=record.batch)
        case Return():
            batch = record.next_collection.batch if record.next_collection else record.batch
            return Subject(RETURN, record.name, record.member, record.mandate, batch, record.invoice)
        case Retry():
            return Subject(PAYMENT_RETRY, record.name, record.member, invoice=record.invoice)
        case ReturnFile():
            return Subject(RETURN_FILE, record.name)
        case TrailCoverage():
            mandate = record.name if record.doctype == MANDATE else ""
            return Subject(record.doctype, record.name, mandate=mandate, batch=record.batch)
        case Creditor():
            return Subject(ASSOCIATION, ASSOCIATION)
        case Rates():
            return Subject(BATCH, "30 days")
        case Retention():
            return Subject(LOG, "retention")
        case _:
            return Subject(LOG, "health")
