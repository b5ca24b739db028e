"""Rules about collections, their batches and the files that go to the bank: C01 to C10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TypedDict

from vuurtoren.compliance.calendar import is_target_day
from vuurtoren.compliance.facts import GUIDELINES, OUTSIDE_THE_EEA, PAIN_008_VERSIONS, RULEBOOK, at
from vuurtoren.compliance.identifiers import compact
from vuurtoren.compliance.periods import last_submission_day
from vuurtoren.compliance.records import (
    BankFile,
    Batch,
    Circumstances,
    Collection,
    FileTransaction,
    Mandate,
    Usage,
)
from vuurtoren.compliance.rule import HELD, SepaRule, Verdict, broken, not_applicable, pending
from vuurtoren.compliance.rules.mandates import ACTIVE, NOT_PRESENTED
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

BATCH, LINES = "Direct Debit Batch", "Direct Debit Batch Invoice"
AT_THE_BANK = ("Submitted", "Processed")
FAILED = "Failed"
NAMED = 5


def mandate_is_active(collection: Collection, c: Circumstances) -> Verdict:
    """Active on the due date, and signed before it; of the past only what is on record is held against it."""
    mandate, due = collection.mandate, collection.due_on
    at_stake = _at_stake(collection)
    if not collection.mandate_reference:
        return broken("A line of {0} names no mandate", collection.batch, **at_stake)
    if mandate is None:
        return broken("A line of {0} names a mandate that is not there", collection.batch, **at_stake)
    if due is None or not mandate.status:
        return pending("the due date, or the status of the mandate")
    if mandate.signed_on and mandate.signed_on >= due:
        signed = Day(mandate.signed_on)
        return broken(
            "{0} collects on {1}, signed on {2} only", collection.batch, mandate.called, signed, **at_stake
        )
    if mandate.expires_on and mandate.expires_on < due:
        ended = Day(mandate.expires_on)
        return broken(
            "{0} collects on {1}, which ended on {2}", collection.batch, mandate.called, ended, **at_stake
        )
    if mandate.status == "Cancelled" and mandate.cancelled_on and mandate.cancelled_on <= due:
        ended = Day(mandate.cancelled_on)
        return broken(
            "{0} collects on {1}, which ended on {2}", collection.batch, mandate.called, ended, **at_stake
        )
    if mandate.status != ACTIVE and not (mandate.status == "Cancelled" and mandate.cancelled_on):
        if due >= c.today:
            text = "{0} collects on {1}, which is {2}"
            return broken(text, collection.batch, mandate.called, mandate.status, **at_stake)
        return pending("since when {0} is {1}", mandate.called, mandate.status)
    if mandate.signed_on is None:
        return pending("when {0} was signed", mandate.called)
    return HELD


def account_is_that_of_the_mandate(collection: Collection, c: Circumstances) -> Verdict:
    mandate, due = collection.mandate, collection.due_on
    if mandate is None:
        return not_applicable("there is no mandate; C01 says so")
    if not collection.iban or not mandate.iban:
        return pending("the account of the line, or of the mandate")
    if compact(collection.iban) == compact(mandate.iban):
        return HELD
    if due and due < c.today and mandate.iban_changed_on and mandate.iban_changed_on > due:
        return not_applicable("the account of the mandate has changed since")
    return broken(
        "{0} collects on {1} from another account", collection.batch, mandate.called,
        deadline=due, cents=collection.cents,
    )  # fmt: skip


def amount_is_right(collection: Collection, c: Circumstances) -> Verdict:
    cents, batch, day = collection.cents, collection.batch, collection.due_on or c.today
    at_stake = _at_stake(collection)
    if cents is None:
        return pending("the amount")
    if collection.currency != "EUR":
        return broken("A line of {0} is in another currency than EUR", batch, **at_stake)
    if not at("smallest_cents", day) <= cents <= at("largest_cents", day):
        return broken("A line of {0} has an amount that the scheme does not know", batch, **at_stake)
    most = collection.mandate.maximum_cents if collection.mandate else None
    if most is not None and collection.mandate and cents > most:
        return broken("{0} collects more than {1} allows", batch, collection.mandate.called, **at_stake)
    limit = c.agreements.item_limit_cents
    if limit is not None and cents > limit:
        return broken("A line of {0} is above the limit that was agreed with the bank", batch, **at_stake)
    of_month = c.agreements.debtor_month_limit_cents
    if of_month is not None and (collection.debtor_month_cents or 0) > of_month:
        text = "With {0} more is collected from one debtor in the month than was agreed with the bank"
        return broken(text, batch, **at_stake)
    if collection.in_book is False:
        text = "A line of {0} is for an invoice that is not there"
        return broken(text, batch, **at_stake, action="" if day < c.today else TAKE_IT_OUT)
    if collection.settled:
        return HELD
    if collection.outstanding_cents is None:
        return pending("what is outstanding of the invoice")
    if collection.outstanding_cents != cents:
        return broken(
            "{0} collects another amount than {1} has outstanding", batch, collection.invoice, **at_stake
        )
    if of_month is not None and collection.debtor_month_cents is None:
        return pending("what else is collected from the debtor in that month")
    return HELD


def month_is_within_the_limit(batch: Batch, c: Circumstances) -> Verdict:
    limit = c.agreements.month_limit_cents
    if limit is None:
        return not_applicable("no limit a month is configured")
    if batch.month_cents is None:
        return pending("what is collected in that month")
    if batch.month_cents > limit:
        return broken(
            "With {0} more is collected in the month than was agreed with the bank", batch.name,
            deadline=batch.due_on, cents=batch.month_cents - limit, action=LESS_IN_THE_MONTH,
        )  # fmt: skip
    return HELD


def is_not_collected_twice(collection: Collection, _c: Circumstances) -> Verdict:
    if collection.also_in is None:
        return pending("what other batches collect")
    if collection.batch in collection.also_in:
        return broken(
            "{0} is in {1} more than once", collection.invoice or collection.name, collection.batch,
            deadline=collection.due_on, cents=collection.cents,
        )  # fmt: skip
    if collection.also_in:
        others = ", ".join(collection.also_in[:NAMED])
        return broken(
            "{0} is in {1} and in {2}", collection.invoice or collection.name, collection.batch, others,
            deadline=collection.due_on, cents=collection.cents,
        )  # fmt: skip
    return HELD


def sequence_is_sound(mandate: Mandate, _c: Circumstances) -> Verdict:
    """A one-off mandate is used once, nothing follows a last collection, and the first is so once."""
    if mandate.usages is None or any(use.used_on is None for use in mandate.usages):
        return pending("when it was collected on")
    uses = sorted(_presented(mandate.usages), key=lambda use: str(use.used_on))
    kinds = [use.sequence_type for use in uses]
    if len(uses) > 1 and (mandate.mandate_type == "OOFF" or "OOFF" in kinds):
        return broken("{0} is for one collection, and was used {1} times", mandate.called, len(uses))
    if "FNAL" in kinds[:-1]:
        return broken("{0} was used again after its last collection", mandate.called)
    if kinds.count("FRST") > 1:
        return broken("{0} had {1} first collections", mandate.called, kinds.count("FRST"), severity="M")
    return HELD


def may_follow_earlier_ones(collection: Collection, _c: Circumstances) -> Verdict:
    mandate = collection.mandate
    if mandate is None:
        return not_applicable("there is no mandate; C01 says so")
    if mandate.usages is None:
        return pending("earlier collections on the mandate")
    earlier = [use for use in _presented(mandate.usages) if use.batch != collection.batch]
    due = collection.due_on
    earlier = [use for use in earlier if not (due and use.used_on and use.used_on > due)]
    at_stake = _at_stake(collection)
    if earlier and mandate.mandate_type == "OOFF":
        return broken(
            "{0} collects again on {1}, which was for once", collection.batch, mandate.called, **at_stake
        )
    if any(use.sequence_type == "FNAL" for use in earlier):
        return broken("{0} collects on {1} after its last time", collection.batch, mandate.called, **at_stake)
    return HELD


def one_sequence_a_block(file: BankFile, _c: Circumstances) -> Verdict:
    for block in file.blocks:
        kinds = {line.sequence_type or block.sequence_type for line in block.transactions}
        if len(kinds) > 1:
            text = "{0} mixes sequence types in one block: {1}"
            return broken(text, file.name, ", ".join(sorted(kinds)), action=MAKE_ANEW)
        if not block.sequence_type and kinds <= {""}:
            return broken("{0} has a block without a sequence type", file.name, action=MAKE_ANEW)
    return HELD


def due_date_can_be_met(batch: Batch, c: Circumstances) -> Verdict:
    due = batch.due_on
    if batch.status == FAILED:
        return not_applicable("the batch failed and goes nowhere")
    if due is None:
        return pending("the due date")
    if not is_target_day(due):
        return broken("{0} is due on {1}, on which banks do not settle", batch.name, Day(due), deadline=due)
    if batch.submitted_at is None and batch.status in AT_THE_BANK:
        return pending("when it was handed to the bank")
    handed_over = batch.submitted_at.date() if batch.submitted_at else c.today
    last = last_submission_day(due, batch.batch_type, c.agreements.bank_cut_off_target_days)
    if handed_over > last:
        text = "{0} is due on {1}, and had to be at the bank on {2}"
        return broken(text, batch.name, Day(due), Day(last), deadline=last, cents=batch.total_cents)
    earliest = due - timedelta(days=at("earliest_submission_days", due))
    if batch.submitted_at and handed_over < earliest:
        text = "{0} went to the bank on {1}, more than 14 days before it is due"
        return broken(text, batch.name, Day(handed_over), severity="M")
    return HELD


def due_dates_are_days_of_settlement(file: BankFile, _c: Circumstances) -> Verdict:
    for block in file.blocks:
        if block.due_on is None:
            return broken("{0} has a block without a due date", file.name)
        if not is_target_day(block.due_on):
            text = "{0} is due on {1}, on which banks do not settle"
            return broken(text, file.name, Day(block.due_on), deadline=block.due_on)
    return HELD if file.blocks else pending("the due dates of the file")


def was_announced(collection: Collection, c: Circumstances) -> Verdict:
    told, due = collection.pre_notification, collection.due_on
    at_stake = _at_stake(collection)
    if told is None and not collection.pre_notifications_kept:
        return pending("pre-notifications, which are not recorded on this site")
    if told is None:
        return broken("The collection of {0} was not announced", collection.invoice, **at_stake)
    if due is None:
        return pending("the due date")
    if (due - told.sent_on).days < c.agreements.pre_notification_days:
        days = (due - told.sent_on).days
        text = plural(
            str,
            days,
            "The collection of {0} was announced one day before",
            "The collection of {0} was announced {1} days before",
        )
        return broken(text, collection.invoice, days, **at_stake)
    if told.cents is not None and collection.cents is not None and told.cents != collection.cents:
        return broken(
            "The collection of {0} was announced with another amount", collection.invoice, **at_stake
        )
    if told.due_on and told.due_on != due:
        return broken("The collection of {0} was announced for another day", collection.invoice, **at_stake)
    if told.cents is None or told.due_on is None or collection.cents is None:
        return pending("the amount or the day that was announced")
    return HELD


def batch_and_file_are_one(batch: Batch, _c: Circumstances) -> Verdict:
    """The lines are those that were counted, and the file at the bank is the one that was made."""
    if batch.collections and batch.entry_count is not None and batch.entry_count != len(batch.collections):
        return broken(
            "The lines of {0} are {2}, and not {1} as it says",
            batch.name,
            batch.entry_count,
            len(batch.collections),
        )
    amounts = [line.cents for line in batch.collections]
    known = [cents for cents in amounts if cents is not None]
    if amounts and len(known) == len(amounts) and batch.total_cents not in (None, sum(known)):
        return broken("The total of {0} is not that of its lines", batch.name)
    if not batch.file_generated_at and not batch.file:
        return not_applicable("there is no file yet")
    if not batch.file_sha256:
        return pending("what the file was when it was made")
    if batch.submitted_sha256 and batch.submitted_sha256 != batch.file_sha256:
        text = "The file of {0} was changed after it was made"
        return broken(text, batch.name, deadline=batch.due_on, cents=batch.total_cents)
    if batch.status in AT_THE_BANK and not batch.submitted_sha256:
        return pending("what the file was when it went to the bank")
    return HELD


def file_is_whole(file: BankFile, _c: Circumstances) -> Verdict:
    if file.generated_sha256 and file.sha256 and file.sha256 != file.generated_sha256:
        return broken("{0} is not the file that was made", file.name)
    if file.problems:
        return _first_of(file, file.problems)
    lines = [line for _, line in file.lines]
    if file.count_stated != len(lines):
        return broken(
            "The collections of {0} are {2}, and not {1} as it says", file.name, file.count_stated, len(lines)
        )
    total = _total(lines)
    if total is None:
        return broken("{0} has a collection without an amount", file.name)
    if file.cents_stated is not None and file.cents_stated != total:
        return broken("{0} states another total than that of its collections", file.name)
    for block in file.blocks:
        if block.count_stated is not None and block.count_stated != len(block.transactions):
            return broken("{0}: block {1} states another number of collections", file.name, block.payment_id)
        if block.cents_stated is not None and block.cents_stated != _total(list(block.transactions)):
            return broken("{0}: block {1} states another total", file.name, block.payment_id)
    twice = [reference for reference, count in Counter(x.end_to_end_id for x in lines).items() if count > 1]
    if twice:
        return broken("{0} has {1} end-to-end ids more than once", file.name, len(twice))
    if not file.message_id:
        return broken("{0} has no message id", file.name)
    if file.message_id_used_by:
        return broken("{0} has the message id of {1}", file.name, ", ".join(file.message_id_used_by[:NAMED]))
    if file.message_id_used_by is None or not file.generated_sha256:
        return pending("what was made, or which message ids were used before")
    return HELD


def two_people_acted(batch: Batch, c: Circumstances) -> Verdict:
    if not c.agreements.four_eyes:
        return not_applicable("switched off in the site configuration")
    if batch.status not in AT_THE_BANK and not batch.submitted_by:
        return not_applicable("it is not at the bank yet")
    if not batch.file_generated_by or not batch.submitted_by:
        return pending("who made the file, or who handed it to the bank")
    if batch.file_generated_by == batch.submitted_by:
        return broken("The file of {0} was made and handed to the bank by the same person", batch.name)
    return HELD


def file_is_of_this_year(file: BankFile, c: Circumstances) -> Verdict:
    """The version, the form, the characters, and addresses as the guidelines take them on its day."""
    if not file.version:
        return pending("the version of the file")
    if file.version not in PAIN_008_VERSIONS:
        text = "{0} is {1}, which is no direct debit that banks take"
        return broken(text, file.name, file.version, action=MAKE_ANEW)
    if file.form_problems:
        return _first_of(file, file.form_problems, MAKE_ANEW)
    if addresses := _addresses(file, c):
        return addresses
    if file.foreign_characters:
        text = "{0} has characters outside the SEPA set: {1}"  # many banks put others in their place
        found = _first(map(_visible, file.foreign_characters))
        return broken(text, file.name, found, severity="M", action=WRITE_PLAINLY)
    return HELD


def _addresses(file: BankFile, c: Circumstances) -> Verdict | None:
    """What banks do not take of the addresses, by the rules of the day on which each block is settled."""
    placeless, long, outside = [], [], []
    for block in file.blocks:
        day = block.due_on or c.today
        allowed, beside = at("address_lines", day), at("hybrid_address_lines", day)
        parties = [(line.end_to_end_id, line.address) for line in block.transactions]
        for whose, address in [(block.creditor_name, block.creditor_address), *parties]:
            if address and address.has_place and address.lines > beside:
                long.append(whose)
            elif address and not address.has_place and (address.lines > allowed or not allowed):
                placeless.append(whose)
        outside += [
            line.end_to_end_id
            for line in block.transactions
            if line.iban[:2] in OUTSIDE_THE_EEA and not (line.address and line.address.has_place)
        ]
    if placeless:
        return broken("{0} has addresses without town and country: {1}", file.name, _first(placeless))
    if long:
        text = "{0} has addresses of more than two lines beside the town: {1}"
        return broken(text, file.name, _first(long))
    if outside:
        text = "{0} collects outside the European Economic Area without an address: {1}"
        return broken(text, file.name, _first(outside), severity="M", action=ADD_THE_ADDRESS)
    return None


class AtStake(TypedDict):
    """By when a line must be mended, and what it is about."""

    deadline: date | None
    cents: int | None


def _at_stake(collection: Collection) -> AtStake:
    return AtStake(deadline=collection.due_on, cents=collection.cents)


def _first_of(file: BankFile, problems: tuple[str, ...], action: str = "") -> Verdict:
    """The first of them in full, and how many there are besides; the bank refuses the file for each."""
    text = "{0}: {1}" if len(problems) == 1 else "{0}: {1}; what else is wrong with the file: {2}"
    return broken(text, file.name, problems[0], len(problems) - 1, severity="C", action=action)


def _first(names: Iterable[str]) -> Words:
    """The first of them, each once, and how many there are besides."""
    found = list(dict.fromkeys(name or "–" for name in names))
    named, more = ", ".join(found[:NAMED]), len(found) - NAMED
    return Words("{0} and {1} more", named, more) if more > 0 else Words("{0}", named)


def _visible(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"


def _total(lines: list[FileTransaction]) -> int | None:
    amounts = [line.cents for line in lines if line.cents is not None]
    return sum(amounts) if len(amounts) == len(lines) else None


def _presented(usages: tuple[Usage, ...]) -> list[Usage]:
    return [use for use in usages if use.status not in NOT_PRESENTED]


MAKE_ANEW = (
    "Make the file anew from the batch; if it says the same again, tell whoever looks after the program that"
    " writes it."
)
TAKE_IT_OUT = Words("Take the line out of the batch.")
LESS_IN_THE_MONTH = Words("Collect less in that month, or agree on more with the bank.")
ADD_THE_ADDRESS = Words("Add town and country of these debtors; their bank may refuse it without.")
WRITE_PLAINLY = Words("Write these without accents and signs, or ask the bank what it puts in their place.")
ONCE_DUE = Words(
    "It is past its due date: decide whether to pay it back, and put it right before the next batch."
)
RULES = (
    SepaRule(
        "C01", "Every collection is on a mandate that is active on the due date and signed before it",
        "C", "collections", f"{RULEBOOK}, 4.1", {Collection: mandate_is_active},
        "Take the line out of the batch.",
        needs=(BATCH, LINES, f"{LINES}.mandate_reference", "SEPA Mandate"),
        action_once_due=ONCE_DUE,
    ),
    SepaRule(
        "C02", "Every collection is from the account of its mandate", "C", "collections",
        f"{RULEBOOK}, DS-03, AT-07", {Collection: account_is_that_of_the_mandate},
        "Take the line out of the batch and find out who changed the account.",
        needs=(BATCH, LINES, f"{LINES}.iban", "SEPA Mandate"),
        action_once_due=ONCE_DUE,
    ),
    SepaRule(
        "C03", "Every amount is that of the invoice and within the limits", "H", "collections",
        f"{GUIDELINES}; the contract with the bank",
        {Collection: amount_is_right, Batch: month_is_within_the_limit},
        "Correct the line, or the invoice, before the batch goes to the bank.",
        needs=(BATCH, LINES, f"{LINES}.amount"),
        action_once_due=ONCE_DUE,
    ),
    SepaRule(
        "C04", "Nothing is collected twice", "C", "collections",
        f"{RULEBOOK}, 4.4, AM05", {Collection: is_not_collected_twice},
        "Take the line out of one of the batches; if both are at the bank, reverse one within five days.",
        needs=(BATCH, LINES, f"{LINES}.invoice"),
    ),
    SepaRule(
        "C05", "Collections follow each other as the mandate allows", "H", "collections",
        f"{RULEBOOK}, AT-21",
        {Mandate: sequence_is_sound, Collection: may_follow_earlier_ones, BankFile: one_sequence_a_block},
        "Have a new mandate signed before anything more is collected.",
        needs=("SEPA Mandate", "SEPA Mandate Usage"),
        action_once_due=ONCE_DUE,
    ),
    SepaRule(
        "C06", "The due date is a day of settlement, and the file is there in time", "H", "collections",
        f"{RULEBOOK}, 4.3; ECB, TARGET closing days",
        {Batch: due_date_can_be_met, BankFile: due_dates_are_days_of_settlement},
        "Choose a later due date on which banks settle, and announce it again.",
        needs=(BATCH, f"{BATCH}.batch_date"),
        action_once_due="Ask the bank on which day it collected; leave more time for the next batch.",
    ),
    SepaRule(
        "C07", "Every collection was announced in time, with its amount and day", "H", "collections",
        f"{RULEBOOK}, 4.3", {Collection: was_announced},
        "Announce it, and choose a due date that leaves the debtor the time that was agreed.",
        needs=(BATCH, LINES),
        action_once_due="Announce the next ones in time, with their amount and day.",
    ),
    SepaRule(
        "C08", "The file is whole, and the bank has the one that was made", "C", "collections",
        GUIDELINES, {Batch: batch_and_file_are_one, BankFile: file_is_whole},
        "Do not send it: make the file anew; if it is at the bank, call the bank before the due date.",
        needs=(BATCH,),
    ),
    SepaRule(
        "C09", "Who makes the file does not hand it to the bank alone", "H", "collections",
        "our default: four eyes", {Batch: two_people_acted},
        "Have a second person look at the batch and say so in the trail.",
        needs=(BATCH,),
    ),
    SepaRule(
        "C10", "The file is of a version, with characters and addresses that banks take", "H", "collections",
        f"{GUIDELINES}; EPC217-08", {BankFile: file_is_of_this_year},
        "Make the file anew with town and country in fields of their own.",
        needs=(BATCH,),
    ),
)  # fmt: skip
