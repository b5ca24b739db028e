"""What the SEPA Audit Log holds of the week: mandates, a batch, its collections and their returns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.embedded.demo.dues import next_run
from vuurtoren.embedded.demo.dues.accounts import shown_iban
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, audited
from vuurtoren.embedded.demo.money import RUNS_DAYS_AGO, Collection, Money, batch_name

OPERATOR = "penningmeester@vuurtorenwacht.example"
SENDER = "secretaris@vuurtorenwacht.example"
FILE_SHA256 = hashlib.sha256(b"the file of this week").hexdigest()


def audit_trail(told: StoryMoment, money: Money) -> Iterator[Happening]:
    """Entries as the app writes them: masked, each with its user and trace."""
    yield from _mandates(told, money)
    yield from _batches(told, money)
    week = [line for line in money.collections if line.invoiced_at == told.ago(days=RUNS_DAYS_AGO[-1])]
    for line in week:
        yield _collected(told, line)


def _mandates(told: StoryMoment, money: Money) -> Iterator[Happening]:
    for number, person in enumerate(money.payers[-6:]):
        details = {"member": person.name, "iban": shown_iban(person.number)}
        reference = ("SEPA Mandate", money.mandate_names[person.name])
        yield _entry(
            told,
            told.ago(days=6.5 - number),
            "Mandate Creation",
            "mandate_created",
            "Compliant",
            reference,
            details,
        )
    failed = {"member": money.payers[-7].name, "error": "BIC does not belong to the IBAN"}
    yield _entry(
        told,
        told.ago(hours=20),
        "Mandate Creation",
        "mandate_creation_failed",
        "Failed",
        ("Member", money.payers[-7].name),
        failed,
    )


def _batches(told: StoryMoment, money: Money) -> Iterator[Happening]:
    """This week's file was made by one and sent by another; that of the next run was only made."""
    made = told.ago(days=RUNS_DAYS_AGO[-1]) + timedelta(hours=1)
    total = round(sum(money.dues.values()), 2)
    details = {"entries": len(money.payers), "total_eur": total, "file_sha256": FILE_SHA256}
    batch = batch_name(told.ago(days=RUNS_DAYS_AGO[-1]))
    name = ("Direct Debit Batch", batch)
    yield _entry(told, made, "Batch Generation", "batch_generated", "Compliant", name, details, batch=batch)
    sent = ("Bank Submission", "batch_sent_to_bank", "Compliant", name, {"file_sha256": FILE_SHA256})
    yield _entry(told, made + timedelta(minutes=50), *sent, batch=batch, user=SENDER)
    drafted, batch = told.ago(hours=next_run.MADE_HOURS_AGO), next_run.NAME
    draft: tuple[Any, ...] = (
        "Batch Generation",
        "batch_created",
        "Pending Review",
        ("Direct Debit Batch", batch),
        {},
    )
    yield _entry(told, drafted, *draft, batch=batch)
    failed = told.ago(hours=6)
    why = {
        "entries": 6,
        "error": "The collection date is no TARGET day",
        "success": False,
    }
    name = ("Direct Debit Batch", batch_name(failed))
    yield _entry(told, failed, "Batch Generation", "batch_generation_failed", "Failed", name, why)


def next_file(told: StoryMoment, money: Money) -> Iterator[Happening]:
    """That the file of the next run was made, and what it was then."""
    made = told.ago(hours=next_run.MADE_HOURS_AGO)
    details = {"file_sha256": hashlib.sha256(next_run.file_as_made(told, money)).hexdigest()}
    name = ("Direct Debit Batch", next_run.NAME)
    step = ("Batch Generation", "batch_generated", "Compliant", name, details)
    yield _entry(told, made, *step, batch=next_run.NAME)


def _collected(told: StoryMoment, line: Collection) -> Happening:
    details: dict[str, Any] = {
        "amount_eur": line.amount,
        "batch": line.batch,
        "success": not line.returned_as,
    }
    if line.returned_as:
        details |= {"error": f"{line.returned_as} {line.returned_because}"}
    action, status = (
        ("processing_failed", "Failed") if line.returned_as else ("processing_completed", "Compliant")
    )
    reference = ("Sales Invoice", line.invoice)
    process = ("Payment Processing", action, status)
    return _entry(told, line.ended_at, *process, reference, details, batch=line.batch)


def _entry(
    told: StoryMoment,
    at: datetime,
    process_type: str,
    action: str,
    status: str,
    reference: tuple[str, str],
    details: dict[str, Any],
    *,
    batch: str = "",
    user: str = OPERATOR,
) -> Happening:
    doctype, name = reference
    return audited(
        at,
        told.token(),
        event_id=told.token() + told.token(),
        process_type=process_type,
        action=action,
        compliance_status=status,
        reference_doctype=doctype,
        reference_name=name,
        user=user,
        batch=batch or None,
        trace_id=told.token(),
        details=details,
    )
