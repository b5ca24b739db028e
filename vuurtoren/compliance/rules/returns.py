"""Rules about collections that came back: R01 to R07."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.compliance.facts import RATE_LIMITS, RULEBOOK, RateLimit, at
from vuurtoren.compliance.follow_up import (
    FIND_THE_COLLECTION,
    TO_DO,
    advice_today,
    deadline,
    is_open,
    window_end,
)
from vuurtoren.compliance.periods import target_days_after
from vuurtoren.compliance.records import Batch, Circumstances, Rates, Retry, Return, ReturnFile
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.rule import (
    HELD,
    SepaRule,
    Severity,
    Verdict,
    broken,
    not_applicable,
    pending,
)
from vuurtoren.compliance.rules.collections import AT_THE_BANK, BATCH, LINES
from vuurtoren.metrics.shares import wilson
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words, as_words

REASONS = "EPC173-14"
LONGEST_BEFORE = timedelta(days=14)
OURS_AND_GRAVE = ("AM05", "BE05")
STOP_AND_FIND_OUT = Words("Stop presenting it, and find out whose collection it is.")


def is_on_record(back: Return, c: Circumstances) -> Verdict:
    about = back.end_to_end_id or back.invoice or back.mandate_reference or back.name
    ends = deadline(back, c.agreements) if back.state == TO_DO else None
    if not back.known_collection:
        text = "{0} is about a collection that we do not know"
        return broken(text, about, cents=back.cents, deadline=ends, action=FIND_THE_COLLECTION)
    if not back.code:
        return broken("{0} came back, and nobody wrote why", about, cents=back.cents, deadline=ends)
    if not back.end_to_end_id and not (back.batch and back.invoice):
        text = "{0} does not say which collection came back"
        return broken(text, about, cents=back.cents, deadline=ends)
    if return_code(back.code) is None:
        return pending("what the code {0} means", back.code)
    if back.arrived_on is None or not back.kind:
        return pending("when it came back, or whether it was rejected, returned or refunded")
    return HELD


def is_in_its_window(back: Return, _c: Circumstances) -> Verdict:
    if back.due_on is None or back.arrived_on is None:
        return pending("the due date, or when it came back")
    if back.arrived_on < back.due_on - LONGEST_BEFORE:
        return pending("which collection it belongs to: it came back before that was presented")
    ends = window_end(back)
    if ends and back.arrived_on > ends and return_code(back.code) is None:
        return pending("which window it has, because nobody knows why it came back")
    if ends and back.arrived_on > ends:
        text = "{0} came back on {1}, after its window closed on {2}"
        return broken(text, back.name, Day(back.arrived_on), Day(ends), cents=back.cents)
    return HELD


def is_followed_up(back: Return, c: Circumstances) -> Verdict:
    """Before the next batch; a mandate on which nothing may be collected is critical once it is in one."""
    known = return_code(back.code)
    if back.state != TO_DO:
        return HELD
    if known is None:
        return pending("what the code {0} means", back.code or "–")
    if known.follow_up in ("retry", "none"):
        return not_applicable("{0} asks for nothing by hand", back.code)
    if not is_open(back):
        return HELD
    coming, ends = back.next_collection, deadline(back, c.agreements)
    cents = coming.cents if coming and coming.cents is not None else back.cents
    about = back.mandate_reference or back.mandate or back.invoice or back.name
    to_do = advice_today(back)
    if coming and known.hard:
        return broken(
            "{0} is in {1} again, and came back with {2}", about, coming.batch, back.code, severity="C",
            deadline=ends, cents=cents, action=Words("Take the line out of the batch. {0}", as_words(to_do)),
        )  # fmt: skip
    if back.code in OURS_AND_GRAVE:
        severity: Severity = "C"
    elif known.hard or known.fault == "ours" or coming:
        severity = "H"
    else:
        severity = "M"
    text = "{0} came back with {1}, and nothing has followed"
    return broken(
        text, about, back.code, severity=severity, deadline=ends, cents=back.cents, action=to_do
    )  # fmt: skip


def is_retried_with_measure(retry: Retry, c: Circumstances) -> Verdict:
    """What came back is presented again rarely, later, and for the same amount."""
    if retry.count == 0:
        return not_applicable("it was not presented again")
    about, action = retry.invoice or retry.name, "" if retry.member else STOP_AND_FIND_OUT
    known = return_code(retry.code)
    allowed = min(known.retries, at("retries", c.today)) if known else at("retries", c.today)
    if retry.count is not None and retry.count > allowed:
        text = plural(
            str,
            retry.count,
            "{0} was presented again; after {2}, the right number of times is {3}",
            "{0} was presented again {1} times; after {2}, the right number is {3}",
        )
        return broken(
            text, about, retry.count, retry.code or "–", allowed, cents=retry.original_cents, action=action
        )
    if retry.returned_on and retry.retried_on:
        days = (retry.retried_on - retry.returned_on).days
        if days < at("retry_after_days", c.today):
            text = plural(
                str,
                days,
                "{0} was presented again after one day",
                "{0} was presented again after {1} days",
            )
            return broken(text, about, days, action=action)
    if (
        None not in (retry.retried_cents, retry.original_cents)
        and retry.retried_cents != retry.original_cents
    ):
        text = "{0} was presented again with another amount"
        return broken(text, about, cents=retry.retried_cents, action=action)
    if retry.count is None or known is None or not (retry.returned_on and retry.retried_on):
        return pending("how often, when or why it was presented again")
    if retry.retried_cents is None or retry.original_cents is None:
        return pending("for which amount it was presented again")
    return HELD


def bank_has_answered(batch: Batch, c: Circumstances) -> Verdict:
    if batch.status not in AT_THE_BANK:
        return not_applicable("it is not at the bank")
    if not batch.answers_kept:
        return pending("what the bank answers, which is not kept on this site")
    if batch.due_on is None:
        return pending("the due date")
    ends = target_days_after(batch.due_on, at("unanswered_target_days", c.today))
    if batch.answered_on or c.today <= ends:
        return HELD
    text = "Nothing was heard of {0}, which was due on {1}"
    return broken(text, batch.name, Day(batch.due_on), cents=batch.total_cents)


def file_is_processed_once(file: ReturnFile, _c: Circumstances) -> Verdict:
    if file.failed_reversals:
        number = file.failed_reversals
        text = plural(str, number, "One reversal of {1} failed", "{0} reversals of {1} failed")
        return broken(text, number, file.name)
    if file.same_hash is not None and file.same_hash > 1:
        return broken("{0} was processed {1} times", file.name, file.same_hash)
    if file.status == "Failed":
        return broken("{0} could not be processed", file.name)
    if file.same_hash is None or file.failed_reversals is None:
        return pending("whether it was processed before, or what failed")
    return HELD


def shares_are_usual(rates: Rates, c: Circumstances) -> Verdict:
    """The worst limit that is passed; few collections prove little, so of them the lower bound counts."""
    if rates.presented is None:
        return pending("how many collections were presented")
    if not rates.presented:
        return not_applicable("nothing was collected in {0} days", (rates.until - rates.since).days)
    passed = [
        (limit, number)
        for key, limits in RATE_LIMITS.items()
        for limit in limits
        if passes(limit, number := getattr(rates, key), rates.presented, c)
    ]
    if not passed:
        return HELD
    limit, number = max(passed, key=lambda each: "MHC".index(each[0].level))
    text = "{0}: {1} of {2} in {3} days"
    days = (rates.until - rates.since).days
    return broken(
        text, limit.title, number, rates.presented, days, severity=limit.level, cents=rates.cents_returned
    )  # fmt: skip


def passes(limit: RateLimit, number: int, presented: int, c: Circumstances) -> bool:
    """Whether a number, or a share in which one may believe, is beyond a limit."""
    if limit.number:
        return number >= limit.number
    number = min(number, presented)
    share = wilson(number, presented)
    believed = share.share if presented >= at("enough_collections", c.today) else share.low
    return believed * 1000 > limit.per_mille


RULES = (
    SepaRule(
        "R01", "Whatever comes back is on record with its code, its day and its collection", "H", "returns",
        f"{RULEBOOK}, DS-05; {REASONS}", {Return: is_on_record},
        "Look it up in the file of the bank and complete it.",
        needs=(BATCH, LINES),
    ),
    SepaRule(
        "R02", "It comes back within its window", "M", "returns",
        f"{RULEBOOK}, 4.4", {Return: is_in_its_window},
        "Ask the bank why it still took it, before the money is gone.",
        needs=(BATCH, LINES),
    ),
    SepaRule(
        "R03", "What its code asks for is done before the next batch", "H", "returns",
        REASONS, {Return: is_followed_up},
        "Do what the code asks for, and say so.",
        needs=(BATCH, LINES),
    ),
    SepaRule(
        "R04", "It is presented again rarely, later, and for the same amount", "H", "returns",
        f"{REASONS}; our default", {Retry: is_retried_with_measure},
        "Stop presenting it and talk to the member.",
        needs=("SEPA Payment Retry",),
    ),
    SepaRule(
        "R05", "The bank answers on every batch", "H", "returns",
        "our default", {Batch: bank_has_answered},
        "Ask the bank whether it has the file; fetch its answers and the statement.",
        needs=(BATCH,),
    ),
    SepaRule(
        "R06", "A file of the bank is processed once and whole", "H", "returns",
        "our default", {ReturnFile: file_is_processed_once},
        "See which invoices were reopened twice or not at all.",
        needs=("SEPA Return File Log",),
    ),
    SepaRule(
        "R07", "No more comes back than is usual", "H", "returns",
        "our default; the limits that hold are in the contract with the bank", {Rates: shares_are_usual},
        "Look at the codes: one code for many points to us, the bank will ask.",
        needs=(BATCH, LINES),
    ),
)  # fmt: skip
