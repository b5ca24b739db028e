"""What the rules are asked in tests: a sound example of every record, and what is changed about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from vuurtoren.compliance.records import (
    Agreements,
    BankFile,
    Batch,
    Circumstances,
    Collection,
    Creditor,
    FileTransaction,
    Mandate,
    PaymentBlock,
    PreNotification,
    Rates,
    Record,
    Retention,
    Retry,
    Return,
    ReturnFile,
    TrailCoverage,
    TrailHealth,
    Usage,
)
from vuurtoren.compliance.rule import Answer

Kind = Literal["compliant", "breaching", "boundary", "missing", "not applicable"]
KINDS: tuple[Kind, ...] = ("compliant", "breaching", "boundary", "missing", "not applicable")
TODAY = date(2026, 11, 28)
DUE = date(2026, 12, 8)
NOW = datetime(2026, 11, 28, 12, 0)
NL, DE = "NL91ABNA0417164300", "DE89370400440532013000"
CREDITOR_ID = "NL69ZZZ123456780000"

MANDATE = Mandate(
    "M-1",
    mandate_id="LIGHT-0001",
    member="Assoc-Member-1",
    status="Active",
    is_active=True,
    mandate_type="RCUR",
    account_holder="A. Licht",
    iban=NL,
    signed_on=date(2024, 1, 2),
    created_on=date(2024, 1, 2),
    usages=(Usage(date(2026, 11, 9), "RCUR", "B-0", 1500, "Collected"),),
    member_status="Active",
    member_iban=NL,
    amended=False,
    reactivated=False,
    evidence=True,
    same_id=1,
    members_on_iban=1,
    iban_changes_in_a_day=0,
)
COLLECTION = Collection(
    "L-1",
    batch="B-1",
    invoice="INV-1",
    member="Assoc-Member-1",
    mandate_reference="LIGHT-0001",
    mandate=MANDATE,
    cents=1500,
    iban=NL,
    due_on=DUE,
    outstanding_cents=1500,
    also_in=(),
    pre_notification=PreNotification(date(2026, 11, 20), 1500, DUE),
    pre_notifications_kept=True,
)
BATCH = Batch(
    "B-1",
    due_on=DUE,
    batch_type="CORE",
    status="Generated",
    total_cents=1500,
    entry_count=1,
    collections=(COLLECTION,),
    file="/private/files/b-1.xml",
    file_generated_at=datetime(2026, 11, 27, 9, 0),
    file_generated_by="maker@lighthouse.example",
    file_sha256="aa",
    month_cents=1500,
    answers_kept=True,
)
SENT = replace(
    BATCH,
    status="Submitted",
    submitted_at=datetime(2026, 11, 28, 9, 0),
    submitted_by="sender@lighthouse.example",
    submitted_sha256="aa",
)
LINE = FileTransaction("E-1", 1500, "EUR", "LIGHT-0001", date(2024, 1, 2), "A. Licht", NL)
FILE = BankFile(
    "b-1.xml",
    sha256="aa",
    size_bytes=2000,
    encoding="UTF-8",
    version="pain.008.001.08",
    message_id="MSG-1",
    created_at=datetime(2026, 11, 27, 9, 0),
    count_stated=1,
    cents_stated=1500,
    blocks=(PaymentBlock("P-1", DUE, "RCUR", "CORE", 1, 1500, "Vuurtoren", CREDITOR_ID, NL, 0, (LINE,)),),
    generated_sha256="aa",
    message_id_used_by=(),
)
RETURN = Return(
    "R-1",
    end_to_end_id="E-1",
    mandate="M-1",
    invoice="INV-0",
    member="Assoc-Member-1",
    batch="B-0",
    cents=1500,
    code="MD01",
    kind="Return",
    arrived_on=date(2026, 11, 12),
    due_on=date(2026, 11, 9),
    mandate_status="Active",
)
RETRY = Retry(
    "RT-1",
    "INV-0",
    "Assoc-Member-1",
    "Retried",
    1500,
    1500,
    1,
    date(2026, 11, 10),
    date(2026, 11, 20),
    "AM04",
)
RETURN_FILE = ReturnFile("RF-1", "ff", "Completed", NOW, 3, 0, 1)
RATES = Rates(date(2026, 10, 29), TODAY, 400, 4, 1, 0, 2, 6000)
COVERAGE = TrailCoverage("SEPA Mandate", "M-1", "mandate created", date(2026, 11, 1), 1)
RETENTION = Retention(0, 0, 0)
HEALTH = TrailHealth(2.0, "", NOW, True, NOW, True, NOW)
CREDITOR = Creditor(CREDITOR_ID, NL, "Vuurtoren")


def on(day: date = TODAY, **agreed: Any) -> Circumstances:
    """The circumstances of a day, with what was agreed otherwise than by default."""
    return Circumstances(day, CREDITOR, Agreements(**agreed))


def without(*absent: str) -> Circumstances:
    return Circumstances(TODAY, CREDITOR, absent=frozenset(absent))


def mandate(**changed: Any) -> Mandate:
    return replace(MANDATE, **changed)


def line(**changed: Any) -> Collection:
    return replace(COLLECTION, **changed)


def on_mandate(**changed: Any) -> Collection:
    """A line whose mandate differs."""
    return line(mandate=mandate(**changed))


def batch(**changed: Any) -> Batch:
    return replace(BATCH, **changed)


def sent(**changed: Any) -> Batch:
    return replace(SENT, **changed)


def file(**changed: Any) -> BankFile:
    return replace(FILE, **changed)


def file_with(*lines: FileTransaction, **block: Any) -> BankFile:
    """A file of one block that counts right, unless told otherwise."""
    total = sum(each.cents or 0 for each in lines)
    values = {"count_stated": len(lines), "cents_stated": total, "transactions": lines} | block
    return replace(
        FILE, blocks=(replace(FILE.blocks[0], **values),), count_stated=len(lines), cents_stated=total
    )


def back(**changed: Any) -> Return:
    return replace(RETURN, **changed)


def retry(**changed: Any) -> Retry:
    return replace(RETRY, **changed)


def used(*days: date | None, **changed: Any) -> tuple[Usage, ...]:
    return tuple(replace(Usage(day, "RCUR", f"B-{number}"), **changed) for number, day in enumerate(days))


SOUND = on()


@dataclass(frozen=True)
class Case:
    """One question to a rule and its answer; `severity` where it is not that of the rule."""

    rule: str
    kind: Kind
    name: str
    record: Record
    answer: Answer
    circumstances: Circumstances = SOUND
    severity: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.kind}: {self.name}"
