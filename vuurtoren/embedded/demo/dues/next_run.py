"""The next dues run, which nobody may send: hard returns, a double, a mandate that slept, a changed file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from vuurtoren.compliance.calendar import next_target_day
from vuurtoren.embedded.demo.dues.accounts import shown_iban
from vuurtoren.embedded.demo.dues.bank_file import RunLine, changed, file_of
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears
from vuurtoren.embedded.demo.people import Person

if TYPE_CHECKING:
    from vuurtoren.embedded.demo.money import Collection, Money

NAME = "BATCH-26-11-0020"
FILE = f"/private/files/{NAME}.xml"
MADE_HOURS_AGO = 2
DUE_IN_DAYS = 14
SOUND = 8
HARD = ("MD01", "AC04")
SLEPT_MONTHS, ENDS_SOON_MONTHS = 50, 34


def next_run(told: StoryMoment, money: Money) -> Iterator[Happening]:
    """The batch of this morning with the collections of two weeks from now, and the file made of it."""
    paid = _paid(money)
    yield from _second_mandate(told, paid[-1].person, SLEPT_MONTHS)
    yield from _second_mandate(told, paid[-2].person, ENDS_SOON_MONTHS)
    lines = _lines(told, money)
    made = told.ago(hours=MADE_HOURS_AGO)
    yield appears(
        made,
        "Direct Debit Batch",
        NAME,
        batch_date=_due(told),
        batch_type="RCUR",
        currency="EUR",
        entry_count=len(lines),
        total_amount=sum(line.amount for line in lines),
        status="Generated",
        sepa_file_generated=1,
        sepa_file=FILE,
        sepa_generation_date=made,
    )
    for line in lines:
        yield from _line(told, line)


def file_as_made(told: StoryMoment, money: Money) -> bytes:
    """What the file was when it was made of the batch."""
    return file_of(NAME, told.ago(hours=MADE_HOURS_AGO), _due(told), _lines(told, money))


def file_as_it_lies_there(told: StoryMoment, money: Money) -> bytes:
    """What it is now: somebody changed an amount afterwards."""
    return file_of(NAME, told.ago(hours=MADE_HOURS_AGO), _due(told), changed(_lines(told, money)))


def _due(told: StoryMoment) -> date:
    return next_target_day((told.now + timedelta(days=DUE_IN_DAYS)).date())


def _this_week(money: Money) -> list[Collection]:
    newest = max(line.invoiced_at for line in money.collections)
    return [line for line in money.collections if line.invoiced_at == newest]


def _paid(money: Money) -> list[Collection]:
    return [line for line in _this_week(money) if not line.returned_as]


def _lines(told: StoryMoment, money: Money) -> list[RunLine]:
    """What came back hard, what is sound, an invoice that was collected already, and a mandate that slept."""
    paid = _paid(money)
    hard = [line.person for line in _this_week(money) if line.returned_as in HARD]
    people = [*hard, *(line.person for line in paid[:SOUND])]
    double, sleeper = paid[SOUND], paid[-1].person
    lines = [_of(money, person, f"SINV-NEXT-{number:03d}") for number, person in enumerate(people)]
    lines.append(replace(_of(money, double.person, double.invoice), of_before=True))
    asleep = _of(money, sleeper, f"SINV-NEXT-{len(lines):03d}")
    reference, signed = f"MAND-OLD-{sleeper.number:05d}", _signed_before(told, SLEPT_MONTHS).date()
    return [*lines, replace(asleep, reference=reference, signed_on=signed)]


def _of(money: Money, person: Person, invoice: str) -> RunLine:
    reference = f"MAND-{person.number:05d}"
    return RunLine(person, reference, money.signed_on(person), invoice, money.dues[person.name])


def _line(told: StoryMoment, line: RunLine) -> Iterator[Happening]:
    made, person = told.ago(hours=MADE_HOURS_AGO), line.person
    if not line.of_before:
        yield appears(
            made,
            "Sales Invoice",
            line.invoice,
            customer=person.customer,
            posting_date=made.date(),
            due_date=(made + timedelta(days=14)).date(),
            status="Unpaid",
            docstatus=1,
            currency="EUR",
            grand_total=line.amount,
            outstanding_amount=line.amount,
        )
    yield appears(
        made,
        "Direct Debit Batch Invoice",
        told.token(),
        parent=NAME,
        parenttype="Direct Debit Batch",
        parentfield="invoices",
        invoice=line.invoice,
        member=person.name,
        amount=line.amount,
        currency="EUR",
        iban=shown_iban(person.number),
        mandate_reference=line.reference,
        status="Pending",
    )


def _signed_before(told: StoryMoment, months_ago: int) -> datetime:
    return told.ago(days=30.5 * months_ago) - timedelta(days=400)


def _second_mandate(told: StoryMoment, person: Person, months_ago: int) -> Iterator[Happening]:
    """An older mandate that nobody cancelled, last used so long ago."""
    used = told.ago(days=30.5 * months_ago)
    signed, name = _signed_before(told, months_ago), told.token()
    yield appears(
        signed,
        "SEPA Mandate",
        name,
        mandate_id=f"MAND-OLD-{person.number:05d}",
        member=person.name,
        member_name=person.full_name,
        account_holder_name=person.full_name,
        status="Active",
        mandate_type="RCUR",
        iban=shown_iban(person.number),
        sign_date=signed.date(),
        is_active=1,
    )
    yield appears(
        used,
        "SEPA Mandate Usage",
        told.token(),
        parent=name,
        parenttype="SEPA Mandate",
        parentfield="usage_history",
        usage_date=used.date(),
        sequence_type="RCUR",
        amount=10.0,
        status="Collected",
    )
