"""Mandates, dues, invoices, direct debits and payments of the association, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from vuurtoren.compliance.calendar import next_target_day
from vuurtoren.embedded.demo.dues.accounts import shown_iban
from vuurtoren.embedded.demo.dues.next_run import next_run
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears
from vuurtoren.embedded.demo.people import Person

DUES_EUR = (7.5, 10.0, 12.5, 15.0, 25.0)
RUNS_DAYS_AGO = (64, 34, 4)
"""When the dues were invoiced and collected; the last run is the one of this week."""
RETURNS = (
    ("AM04", "Insufficient funds", 6),
    ("AC04", "Account closed", 3),
    ("MD01", "No mandate", 2),
    ("AC01", "Account identifier incorrect", 2),
)
RETURNED_THIS_MORNING = 7
STUCK_SCHEDULES_WITH_CUSTOMER = 2
BANK_TRANSFERS = 3


@dataclass(frozen=True)
class Collection:
    """One invoice line of a direct debit batch; `returned_as` is the bank's code, empty when it was paid."""

    person: Person
    invoice: str
    amount: float
    batch: str
    invoiced_at: datetime
    returned_as: str
    returned_because: str
    ended_at: datetime


class Money:
    """The books: built once, read by the rows below and by the audit trail."""

    def __init__(self, told: StoryMoment, people: list[Person]) -> None:
        self.told = told
        self.people = people
        self.payers = [person for person in people if person.pays]
        self.dues = {person.name: told.dice.choice(DUES_EUR) for person in self.payers}
        self.mandate_names = {person.name: told.token() for person in self.payers}

    @cached_property
    def collections(self) -> list[Collection]:
        """Every line of the three dues runs."""
        return [line for days in RUNS_DAYS_AGO for line in self._run(days)]

    def _run(self, days_ago: int) -> Iterator[Collection]:
        this_week = days_ago == RUNS_DAYS_AGO[-1]
        codes = [(code, text) for code, text, count in RETURNS for _ in range(count)]
        codes = codes if this_week else codes[:4]
        returned = dict(zip(self.told.dice.sample(range(len(self.payers)), len(codes)), codes, strict=True))
        began = self.told.ago(days=days_ago)
        order = {index: position for position, index in enumerate(sorted(returned))}
        for index, person in enumerate(self.payers):
            code, text = returned.get(index, ("", ""))
            ended = began + timedelta(hours=25, seconds=20 * index)
            if code and this_week:
                ended = self._returned_at(order[index])
            invoice = f"SINV-{began:%y%m%d}-{person.number:05d}"
            yield Collection(
                person, invoice, self.dues[person.name], batch_name(began), began, code, text, ended
            )

    def _returned_at(self, position: int) -> datetime:
        """Seven returns came within the last hour, six the day before."""
        if position < RETURNED_THIS_MORNING:
            return self.told.ago(minutes=44 - 5 * position)
        return self.told.ago(hours=36 - 2 * position)

    def rows(self) -> Iterator[Happening]:
        yield from self._mandates()
        yield from self._usages_before()
        yield from self._schedules()
        yield from self._batches()
        for line in self.collections:
            yield from self._line(line)
        yield from self._loose_ends()
        yield from next_run(self.told, self)

    def _mandates(self) -> Iterator[Happening]:
        for person in self.payers:
            signed = datetime.combine(self.signed_on(person), self.told.now.time())
            yield appears(
                signed,
                "SEPA Mandate",
                self.mandate_names[person.name],
                mandate_id=mandate_reference(person),
                member=person.name,
                member_name=person.full_name,
                account_holder_name=person.full_name,
                status="Active",
                mandate_type="RCUR",
                iban=shown_iban(person.number),
                sign_date=signed.date(),
                is_active=1,
            )

    def signed_on(self, person: Person) -> date:
        """Before the first run that is told."""
        return min(person.since, self.told.ago(days=RUNS_DAYS_AGO[0] + 40).date())

    def _usages_before(self) -> Iterator[Happening]:
        """The dues run of the month before the first one that is told."""
        at = self.told.ago(days=RUNS_DAYS_AGO[0] + 30)
        for person in self.payers:
            if person.since < at.date():
                yield self._usage(person, at, "", "Collected")

    def _schedules(self) -> Iterator[Happening]:
        active = [person for person in self.people if person.status == "Active"]
        stuck = [person for person in active if not person.customer]
        stuck += self.told.dice.sample(self.payers, STUCK_SCHEDULES_WITH_CUSTOMER)
        for person in active:
            due = self.told.ago(days=9 + person.number % 12) if person in stuck else self.told.ago(days=-26)
            yield appears(
                datetime.combine(person.since, self.told.now.time()),
                "Membership Dues Schedule",
                f"Dues {person.name}",
                schedule_name=f"Dues {person.name}",
                member=person.name,
                status="Active",
                billing_frequency="Monthly",
                auto_generate=1,
                next_invoice_date=due.date(),
            )

    def _batches(self) -> Iterator[Happening]:
        for days_ago in RUNS_DAYS_AGO:
            began = self.told.ago(days=days_ago)
            yield appears(
                began + timedelta(hours=1),
                "Direct Debit Batch",
                batch_name(began),
                batch_date=due_date(began),
                batch_type="RCUR",
                currency="EUR",
                entry_count=len(self.payers),
                total_amount=sum(self.dues.values()),
                status="Processed",
                docstatus=1,
                sepa_file_generated=1,
                sepa_generation_date=began + timedelta(hours=1),
            )
        failed = self.told.ago(hours=6)
        yield appears(
            failed,
            "Direct Debit Batch",
            batch_name(failed),
            batch_date=failed.date(),
            batch_type="RCUR",
            currency="EUR",
            entry_count=6,
            status="Failed",
            validation_status="Validation Failed",
        )

    def _line(self, line: Collection) -> Iterator[Happening]:
        invoiced = line.invoiced_at
        yield appears(
            invoiced,
            "Sales Invoice",
            line.invoice,
            customer=line.person.customer,
            posting_date=invoiced.date(),
            due_date=(invoiced + timedelta(days=14)).date(),
            status="Unpaid",
            docstatus=1,
            currency="EUR",
            grand_total=line.amount,
            outstanding_amount=line.amount,
        )
        entry = self.told.token()
        yield appears(
            invoiced + timedelta(hours=1),
            "Direct Debit Batch Invoice",
            entry,
            parent=line.batch,
            parenttype="Direct Debit Batch",
            parentfield="invoices",
            invoice=line.invoice,
            member=line.person.name,
            amount=line.amount,
            currency="EUR",
            iban=shown_iban(line.person.number),
            mandate_reference=mandate_reference(line.person),
            status="Pending",
            docstatus=1,
        )
        came = "Returned" if line.returned_as else "Collected"
        yield self._usage(line.person, invoiced + timedelta(hours=1), line.batch, came)
        outcome = {
            "status": "Failed" if line.returned_as else "Successful",
            "result_code": line.returned_as,
            "modified": line.ended_at,
        }
        yield Happening(line.ended_at, "Direct Debit Batch Invoice", outcome, changes=entry)
        if line.returned_as:
            yield Happening(line.ended_at, "Sales Invoice", {"status": "Overdue"}, changes=line.invoice)
        else:
            yield from self._paid(line)

    def _usage(self, person: Person, at: datetime, batch: str, status: str) -> Happening:
        return appears(
            at,
            "SEPA Mandate Usage",
            self.told.token(),
            parent=self.mandate_names[person.name],
            parenttype="SEPA Mandate",
            parentfield="usage_history",
            usage_date=due_date(at),
            sequence_type="RCUR",
            batch_reference=batch,
            amount=self.dues[person.name],
            status=status,
        )

    def _paid(self, line: Collection) -> Iterator[Happening]:
        settled = {"status": "Paid", "outstanding_amount": 0}
        yield Happening(line.ended_at, "Sales Invoice", settled, changes=line.invoice)
        yield _payment(line.ended_at, f"ACC-PAY-{line.invoice[5:]}", line.amount, reference_no=line.batch)

    def _loose_ends(self) -> Iterator[Happening]:
        """Drafts, and payments in cash and by bank transfer that are in order."""
        modes = (("Cash", "Cash"), ("SEPA Direct Debit", "Bank"), ("Bank Transfer", "Bank"))
        for mode, kind in modes:
            yield appears(
                self.told.ago(days=900), "Mode of Payment", mode, mode_of_payment=mode, enabled=1, type=kind
            )
        for number in range(7):
            draft = self.told.ago(days=2, hours=number)
            yield appears(
                draft, "Sales Invoice", f"SINV-DRAFT-{number:02d}", status="Draft", posting_date=draft.date()
            )
        for number in range(2):
            yield _payment(
                self.told.ago(days=3 + number), f"ACC-PAY-CASH-{number}", 15.0, mode_of_payment="Cash"
            )
        for number in range(BANK_TRANSFERS):
            at = self.told.ago(days=1 + 2 * number)
            named = {"mode_of_payment": "Bank Transfer", "reference_no": f"OB-{at:%y%m%d}"}
            yield _payment(at, f"ACC-PAY-BANK-{number}", 37.5 + number, **named)


def mandate_reference(person: Person) -> str:
    return f"MAND-{person.number:05d}"


def due_date(made: datetime) -> date:
    """The first day of settlement after a batch was made."""
    return next_target_day(made.date() + timedelta(days=1))


def batch_name(made: datetime) -> str:
    return f"BATCH-{made:%y-%m}-{made.day:04d}"


def _payment(at: datetime, name: str, amount: float, **values: str) -> Happening:
    return appears(
        at,
        "Payment Entry",
        name,
        payment_type="Receive",
        posting_date=at.date(),
        party_type="Customer",
        paid_amount=amount,
        received_amount=amount,
        status="Submitted",
        docstatus=1,
        **{"mode_of_payment": "SEPA Direct Debit", **values},
    )
