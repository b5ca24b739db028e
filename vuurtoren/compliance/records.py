"""The records that the SEPA rules judge: frozen, plain, and free of where they were read.

Money is in whole cents, dates are dates of the site; None means that it is not known. IBANs are in clear,
because rules compare them; they are left out of `repr` and must never be stored from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """One collection that was presented on a mandate, whatever became of it."""

    used_on: date | None
    sequence_type: str = ""
    batch: str = ""
    cents: int | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate as the association keeps it: `name` is the document, `mandate_id` what the bank knows.

    `usages` is None where usages are not kept here; an empty tuple says that there was none.
    """

    name: str
    mandate_id: str = ""
    member: str = ""
    status: str = ""
    is_active: bool | None = None
    mandate_type: str = ""
    account_holder: str = ""
    iban: str = field(default="", repr=False)
    bic: str = ""
    signed_on: date | None = None
    first_collected_on: date | None = None
    expires_on: date | None = None
    cancelled_on: date | None = None
    maximum_cents: int | None = None
    created_on: date | None = None
    usages: tuple[Usage, ...] | None = None
    member_status: str | None = None
    member_iban: str | None = field(default=None, repr=False)
    iban_changed_on: date | None = None
    amended: bool | None = None
    """Whether an amendment (SMNDA) or a new mandate followed the last change of the IBAN."""
    reactivated: bool | None = None
    """Whether it was set to another status after it had ended, by the audit trail."""
    evidence: bool | None = None
    """Whether the signature is kept: a file on the mandate, or an audit entry that names how it was given."""
    same_id: int | None = None
    """How many mandates bear this `mandate_id`, this one included."""
    members_on_iban: int | None = None
    """How many members pay from this IBAN."""
    iban_changes_in_a_day: int | None = None
    """The most changes of the IBAN of this member within one day."""

    @property
    def called(self) -> str:
        """As people know it: by its reference."""
        return self.mandate_id or self.name


@dataclass(frozen=True, slots=True)
class PreNotification:
    """That a debtor was told of a collection: when, and what was announced."""

    sent_on: date
    cents: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """One line of a batch. `mandate` is None where no mandate bears `mandate_reference`."""

    name: str
    batch: str = ""
    invoice: str = ""
    member: str = ""
    mandate_reference: str = ""
    mandate: Mandate | None = None
    cents: int | None = None
    currency: str = "EUR"
    iban: str = field(default="", repr=False)
    sequence_type: str = ""
    end_to_end_id: str = ""
    due_on: date | None = None
    status: str = ""
    result_code: str = ""
    outstanding_cents: int | None = None
    """What is still to be paid of the invoice, this collection included."""
    coverage: tuple[date, date] | None = None
    """The period that the invoice is for."""
    also_in: tuple[str, ...] | None = None
    """Live batches with the same invoice, or the same member and period, in another line than this one."""
    debtor_month_cents: int | None = None
    """All that is collected on this mandate in the calendar month of the due date, this line included."""
    pre_notification: PreNotification | None = None
    pre_notifications_kept: bool = False
    """Whether pre-notifications are recorded on this site at all."""
    in_book: bool | None = True
    """Whether the invoice is there; None where it was not looked for."""

    @property
    def settled(self) -> bool:
        """Whether the bank has answered, so that nothing is outstanding of it any more."""
        return self.status not in ("", "Pending")


@dataclass(frozen=True, slots=True)
class Batch:
    """A direct debit batch with its lines. Moments are site time; hashes are SHA-256 in hex."""

    name: str
    due_on: date | None = None
    batch_type: str = ""
    currency: str = "EUR"
    status: str = ""
    docstatus: int = 0
    total_cents: int | None = None
    entry_count: int | None = None
    collections: tuple[Collection, ...] = ()
    created_at: datetime | None = None
    file: str = ""
    file_generated_at: datetime | None = None
    file_generated_by: str = ""
    file_sha256: str = ""
    """At generation."""
    submitted_at: datetime | None = None
    submitted_by: str = ""
    submitted_sha256: str = ""
    month_cents: int | None = None
    """Everything that is collected in the calendar month of the due date, this batch included."""
    answered_on: date | None = None
    """The first return file or line of the bank statement about it."""
    answers_kept: bool = False
    """Whether return files or bank statements are kept on this site at all."""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """How an address is written in a file: how many free lines, and what stands in fields of its own."""

    lines: int = 0
    town: str = ""
    country: str = ""

    @property
    def has_place(self) -> bool:
        return bool(self.town and self.country)


@dataclass(frozen=True, slots=True)
class FileTransaction:
    """One collection in a payment file (`DrctDbtTxInf`), as it stands there."""

    end_to_end_id: str = ""
    cents: int | None = None
    currency: str = ""
    mandate_id: str = ""
    signed_on: date | None = None
    debtor_name: str = ""
    iban: str = field(default="", repr=False)
    bic: str = ""
    address: PostalAddress | None = None
    amended: bool = False
    """Whether it tells the bank that the mandate was on another account before."""
    original_mandate_id: str = ""
    original_iban: str = field(default="", repr=False)
    remittance: str = ""
    sequence_type: str = ""
    """Of this line alone; that of its block is in `PaymentBlock`."""
    creditor_id: str = ""
    """Of this line alone, where its block has none for all."""
    problem: str = ""
    """What could not be read of it."""


@dataclass(frozen=True, slots=True)
class PaymentBlock:
    """One `PmtInf`: collections of one due date and one sequence type."""

    payment_id: str = ""
    due_on: date | None = None
    sequence_type: str = ""
    local_instrument: str = ""
    count_stated: int | None = None
    cents_stated: int | None = None
    creditor_name: str = ""
    creditor_id: str = ""
    creditor_iban: str = field(default="", repr=False)
    creditor_address: PostalAddress | None = None
    transactions: tuple[FileTransaction, ...] = ()

    @property
    def creditor_ids(self) -> set[str]:
        """The creditor ids under which its lines are collected: each its own, else that of the block."""
        return {line.creditor_id or self.creditor_id for line in self.transactions} or {self.creditor_id}


@dataclass(frozen=True, slots=True)
class BankFile:
    """A pain.008 as it was read; `problems` are what is wrong with it as a file, a sentence each.

    `form_problems` are those of its form: what no bank's schema takes, whatever the batch is.
    """

    name: str
    sha256: str = ""
    size_bytes: int = 0
    encoding: str = ""
    version: str = ""
    """Such as "pain.008.001.08"; empty where it is none."""
    message_id: str = ""
    created_at: datetime | None = None
    count_stated: int | None = None
    cents_stated: int | None = None
    initiating_party: str = ""
    blocks: tuple[PaymentBlock, ...] = ()
    batch: str = ""
    """The batch that it was generated for, where that is known."""
    generated_sha256: str = ""
    """What the trail says the file was at generation."""
    message_id_used_by: tuple[str, ...] | None = None
    """Other files or batches with this `message_id`; None where that is not known."""
    foreign_characters: tuple[str, ...] = ()
    """Characters outside the SEPA set that stand in the values of the file, each once."""
    problems: tuple[str, ...] = ()
    form_problems: tuple[str, ...] = ()

    @property
    def lines(self) -> Iterator[tuple[PaymentBlock, FileTransaction]]:
        """Every collection in the order of the file, with the block that it stands in."""
        return ((block, line) for block in self.blocks for line in block.transactions)

    @property
    def due_on(self) -> date | None:
        """The first day on which something is collected."""
        return min((block.due_on for block in self.blocks if block.due_on), default=None)

    @property
    def total_cents(self) -> int | None:
        """All that is collected; None where an amount could not be read."""
        amounts = [line.cents for _, line in self.lines]
        known = [cents for cents in amounts if cents is not None]
        return sum(known) if known and len(known) == len(amounts) else None


@dataclass(frozen=True, slots=True)
class NextCollection:
    """That a mandate stands in a batch that is not at the bank yet."""

    batch: str
    due_on: date | None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """An R-transaction: a collection that was rejected, returned, refunded or reversed."""

    name: str
    end_to_end_id: str = ""
    mandate: str = ""
    mandate_reference: str = ""
    invoice: str = ""
    member: str = ""
    batch: str = ""
    cents: int | None = None
    currency: str = "EUR"
    code: str = ""
    kind: str = ""
    """Reject, Return, Refund, Reversal; empty where nobody said."""
    arrived_on: date | None = None
    due_on: date | None = None
    state: str = "To Do"
    """To Do, Done, Not Needed."""
    done_on: date | None = None
    mandate_status: str | None = None
    member_status: str | None = None
    mandate_ended_on: date | None = None
    next_collection: NextCollection | None = None
    known_collection: bool = True
    """Whether a collection of ours belongs to it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """That a collection that came back is presented again (SEPA Payment Retry)."""

    name: str
    invoice: str = ""
    member: str = ""
    status: str = ""
    original_cents: int | None = None
    retried_cents: int | None = None
    count: int | None = None
    returned_on: date | None = None
    retried_on: date | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A file of the bank that was read (SEPA Return File Log)."""

    name: str
    file_hash: str = ""
    status: str = ""
    processed_at: datetime | None = None
    returns: int | None = None
    failed_reversals: int | None = None
    same_hash: int | None = None
    """How many times a file of this hash was processed, this one included."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The collections of a period by due date, and those of them that came back, by group of codes."""

    since: date
    until: date
    presented: int | None
    returned: int = 0
    refunded: int = 0
    """MD06: taken back by the debtor, no questions asked."""
    unauthorised: int = 0
    """MD01."""
    wrong_account: int = 0
    """AC01, AC04, AC06, AC13."""
    cents_returned: int = 0


@dataclass(frozen=True, slots=True)
class TrailCoverage:
    """One document that should be in the audit trail, and how many entries there are about it."""

    doctype: str
    name: str
    step: str
    happened_on: date | None
    entries: int | None
    exists: bool = True
    """False for an entry whose document is neither there nor among the deleted ones."""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept: the trail within its period, mandates of the last 14 months, old personal data."""

    trail_rows_missing: int | None = None
    mandates_missing: int | None = None
    """Mandates that were used within 14 months and are no longer there."""
    members_past_retention: int | None = None


@dataclass(frozen=True, slots=True)
class TrailHealth:
    """Whether the trail can be believed now."""

    seal_lag_seconds: float | None = None
    guard_missing: str | None = None
    """What of the database's refusal is not there, in words; empty where all is."""
    verified_at: datetime | None = None
    verified_ok: bool | None = None
    anchor_at: datetime | None = None
    anchors_expected: bool | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Creditor:
    """The association itself, as the bank knows it."""

    creditor_id: str | None = None
    iban: str | None = field(default=None, repr=False)
    name: str = ""
    iban_changed_on: date | None = None


Record = (
    Creditor | Mandate | Collection | Batch | BankFile | Return | Retry | ReturnFile | Rates | TrailCoverage
    | Retention | TrailHealth
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreements:
    """What was agreed with debtors and the bank; the defaults are those of the scheme.

    See `docs/monitoring/SEPA_RULES.md` for the keys of the site configuration.
    """

    pre_notification_days: int = 14
    bank_cut_off_target_days: int = 0
    """Days before the scheme's own day by which the bank wants the file."""
    item_limit_cents: int | None = None
    month_limit_cents: int | None = None
    debtor_month_limit_cents: int | None = None
    """For one debtor in a calendar month."""
    four_eyes: bool = True
    members_on_one_iban: int = 3
    iban_changes_in_a_day: int = 3
    former_members_years: int = 7
    """So long after their leaving the association keeps the personal data of members."""
    new_iban_watched_days: int = 7
    """So long a change of the creditor's own IBAN is looked at."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The day on which is judged, and what holds for all records.

    `absent` names DocTypes, or fields as "DocType.field", that this site does not have.
    """

    today: date
    creditor: Creditor = Creditor()
    agreements: Agreements = Agreements()
    absent: frozenset[str] = frozenset()
