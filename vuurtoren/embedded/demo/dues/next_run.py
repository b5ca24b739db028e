"""The next dues run, which nobody may send as it is: what came back hard, a double, a mandate that slept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from vuurtoren.compliance.calendar import next_target_day
from vuurtoren.embedded.demo.dues.accounts import shown_iban
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears
from vuurtoren.embedded.demo.people import Person

if TYPE_CHECKING:
    from vuurtoren.embedded.demo.money import Money

NAME = "BATCH-26-11-0020"
MADE_HOURS_AGO = 2
DUE_IN_DAYS = 14
SOUND = 8
HARD = ("MD01", "AC04")
SLEPT_MONTHS, ENDS_SOON_MONTHS = 50, 34


def next_run(told: StoryMoment, money: Money) -> Iterator[Happening]:
    """A draft of this morning with the collections of two weeks from now."""
    newest = max(line.invoiced_at for line in money.collections)
    this_week = [line for line in money.collections if line.invoiced_at == newest]
    hard = [line.person for line in this_week if line.returned_as in HARD]
    paid = [line for line in this_week if not line.returned_as]
    sound = [line.person for line in paid[:SOUND]]
    sleeper, soon = paid[-1].person, paid[-2].person
    yield from _second_mandate(told, sleeper, SLEPT_MONTHS)
    yield from _second_mandate(told, soon, ENDS_SOON_MONTHS)
    lines = [(person, f"MAND-{person.number:05d}", "") for person in (*hard, *sound)]
    lines.append((paid[SOUND].person, f"MAND-{paid[SOUND].person.number:05d}", paid[SOUND].invoice))
    lines.append((sleeper, f"MAND-OLD-{sleeper.number:05d}", ""))
    made = told.ago(hours=MADE_HOURS_AGO)
    yield appears(
        made,
        "Direct Debit Batch",
        NAME,
        batch_date=next_target_day((told.now + timedelta(days=DUE_IN_DAYS)).date()),
        batch_type="RCUR",
        currency="EUR",
        entry_count=len(lines),
        total_amount=sum(money.dues[person.name] for person, _reference, _invoice in lines),
        status="Draft",
    )
    for number, (person, reference, invoice) in enumerate(lines):
        yield from _line(told, money, number, person, reference, invoice)


def _line(
    told: StoryMoment, money: Money, number: int, person: Person, reference: str, invoice: str
) -> Iterator[Happening]:
    made, amount = told.ago(hours=MADE_HOURS_AGO), money.dues[person.name]
    if not invoice:
        invoice = f"SINV-NEXT-{number:03d}"
        yield appears(
            made,
            "Sales Invoice",
            invoice,
            customer=person.customer,
            posting_date=made.date(),
            due_date=(made + timedelta(days=14)).date(),
            status="Unpaid",
            docstatus=1,
            currency="EUR",
            grand_total=amount,
            outstanding_amount=amount,
        )
    yield appears(
        made,
        "Direct Debit Batch Invoice",
        told.token(),
        parent=NAME,
        parenttype="Direct Debit Batch",
        parentfield="invoices",
        invoice=invoice,
        member=person.name,
        amount=amount,
        currency="EUR",
        iban=shown_iban(person.number),
        mandate_reference=reference,
        status="Pending",
    )


def _second_mandate(told: StoryMoment, person: Person, months_ago: int) -> Iterator[Happening]:
    """An older mandate that nobody cancelled, last used so long ago."""
    used = told.ago(days=30.5 * months_ago)
    signed, name = used - timedelta(days=400), told.token()
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
