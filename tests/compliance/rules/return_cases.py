"""Cases of the rules about collections that came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.compliance.rules.case import RATES, RETURN_FILE, TODAY, Case, back, batch, on, retry, sent, without
from vuurtoren.compliance.records import NextCollection, Rates

NEXT = NextCollection("B-1", date(2026, 12, 8), 1500)
NO_BATCHES = without("Direct Debit Batch")
DUE = date(2026, 11, 9)
"""A Monday: five TARGET days later it is the 16th, 56 days later 4 January 2027, 13 months later 9 December 2027."""


def arrived(code: str, day: date) -> object:
    return back(code=code, arrived_on=day)


def rates(presented: int | None, **back_: int) -> Rates:
    return replace(RATES, presented=presented, returned=0, wrong_account=0, refunded=0) if not back_ else replace(
        RATES, presented=presented, **({"returned": 0, "wrong_account": 0, "refunded": 0, "unauthorised": 0} | back_)
    )  # fmt: skip


CASES = (
    Case("R01", "compliant", "code, day and collection", back(), "held"),
    Case("R01", "breaching", "no code", back(code=""), "broken"),
    Case("R01", "breaching", "a collection that we do not know", back(known_collection=False), "broken"),
    Case("R01", "boundary", "batch and invoice stand for the end-to-end id", back(end_to_end_id=""), "held"),
    Case("R01", "boundary", "neither says which collection", back(end_to_end_id="", invoice=""), "broken"),
    Case("R01", "missing", "a code that nobody knows", back(code="XX99"), "pending"),
    Case("R01", "missing", "when it came", back(arrived_on=None), "pending"),
    Case("R01", "not applicable", "no batches here", back(), "not applicable", NO_BATCHES),
    #
    Case("R02", "compliant", "three days later", back(), "held"),
    Case("R02", "breaching", "empty account after a month", arrived("AM04", date(2026, 12, 9)), "broken"),
    Case("R02", "boundary", "D+4", arrived("AM04", date(2026, 11, 13)), "held"),
    Case("R02", "boundary", "D+5", arrived("AM04", date(2026, 11, 16)), "held"),
    Case("R02", "boundary", "D+6", arrived("AM04", date(2026, 11, 17)), "broken"),
    Case("R02", "boundary", "a refund on day 55", arrived("MD06", date(2027, 1, 3)), "held"),
    Case("R02", "boundary", "a refund on day 56", arrived("MD06", date(2027, 1, 4)), "held"),
    Case("R02", "boundary", "a refund on day 57", arrived("MD06", date(2027, 1, 5)), "broken"),
    Case("R02", "boundary", "unauthorised, a day before 13 months", arrived("MD01", date(2027, 12, 8)), "held"),
    Case("R02", "boundary", "unauthorised, after 13 months", arrived("MD01", date(2027, 12, 9)), "held"),
    Case("R02", "boundary", "unauthorised, a day later", arrived("MD01", date(2027, 12, 10)), "broken"),
    Case("R02", "boundary", "over Easter", back(code="AM04", due_on=date(2026, 4, 1), arrived_on=date(2026, 4, 10)), "held"),
    Case("R02", "missing", "when it came", back(arrived_on=None), "pending"),
    Case("R02", "missing", "late, and nobody wrote why", arrived("", date(2026, 12, 9)), "pending"),
    Case("R02", "compliant", "in the shortest window, whatever the code", arrived("", date(2026, 11, 16)), "held"),
    Case("R02", "missing", "before its batch", arrived("AM04", date(2026, 10, 1)), "pending"),
    Case("R02", "not applicable", "no batches here", back(), "not applicable", NO_BATCHES),
    #
    Case("R03", "compliant", "the mandate was cancelled", back(mandate_status="Cancelled"), "held"),
    Case("R03", "compliant", "the mandate was suspended",
         back(code="AC04", mandate_status="Suspended"), "held"),
    Case("R03", "compliant", "somebody said that it is done", back(code="MD06", state="Done"), "held"),
    Case("R03", "breaching", "unauthorised, and the mandate is active", back(), "broken", severity="H"),
    Case("R03", "breaching", "collected twice", back(code="AM05"), "broken", severity="C"),
    Case("R03", "breaching", "taken back by the debtor", back(code="MD06"), "broken", severity="M"),
    Case("R03", "breaching", "our format", back(code="FF77"), "broken", severity="H"),
    Case("R03", "boundary", "unauthorised, and in the next batch", back(next_collection=NEXT), "broken", severity="C"),
    Case("R03", "boundary", "closed account, and in the next batch",
         back(code="AC04", next_collection=NEXT), "broken", severity="C"),
    Case("R03", "boundary", "taken back, and in the next batch", back(code="MD06", next_collection=NEXT), "broken", severity="H"),
    Case("R03", "boundary", "in the next batch, but the mandate was cancelled",
         back(next_collection=NEXT, mandate_status="Cancelled"), "held"),
    Case("R03", "boundary", "unauthorised is not answered by suspending",
         back(mandate_status="Suspended"), "broken", severity="H"),
    Case("R03", "missing", "a code that nobody knows", back(code="XX99"), "pending"),
    Case("R03", "missing", "no code", back(code=""), "pending"),
    Case("R03", "not applicable", "an empty account", back(code="AM04"), "not applicable"),
    #
    Case("R04", "compliant", "once, after ten days", retry(), "held"),
    Case("R04", "breaching", "after it was taken back", retry(code="MD06"), "broken"),
    Case("R04", "breaching", "on a closed account", retry(code="AC04"), "broken"),
    Case("R04", "breaching", "for another amount", retry(retried_cents=1600), "broken"),
    Case("R04", "boundary", "twice", retry(count=2), "held"),
    Case("R04", "boundary", "three times", retry(count=3), "broken"),
    Case("R04", "boundary", "once without a reason", retry(code="MS03"), "held"),
    Case("R04", "boundary", "twice without a reason", retry(code="MS03", count=2), "broken"),
    Case("R04", "boundary", "four days later", retry(retried_on=date(2026, 11, 14)), "broken"),
    Case("R04", "boundary", "five days later", retry(retried_on=date(2026, 11, 15)), "held"),
    Case("R04", "missing", "why it came back", retry(code=""), "pending"),
    Case("R04", "missing", "how often", retry(count=None), "pending"),
    Case("R04", "missing", "for which amount", retry(retried_cents=None), "pending"),
    Case("R04", "not applicable", "not presented again", retry(count=0), "not applicable"),
    Case("R04", "not applicable", "no retries here", retry(), "not applicable", without("SEPA Payment Retry")),
    #
    Case("R05", "compliant", "answered", sent(answered_on=TODAY), "held"),
    Case("R05", "breaching", "nothing for weeks", sent(due_on=DUE), "broken"),
    Case("R05", "boundary", "four days", sent(due_on=DUE), "held", on(date(2026, 11, 13))),
    Case("R05", "boundary", "five days", sent(due_on=DUE), "held", on(date(2026, 11, 16))),
    Case("R05", "boundary", "six days", sent(due_on=DUE), "broken", on(date(2026, 11, 17))),
    Case("R05", "missing", "answers are not kept", sent(answers_kept=False), "pending"),
    Case("R05", "missing", "no due date", sent(due_on=None), "pending"),
    Case("R05", "not applicable", "not at the bank", batch(), "not applicable"),
    #
    Case("R06", "compliant", "once", RETURN_FILE, "held"),
    Case("R06", "breaching", "a reversal failed", replace(RETURN_FILE, failed_reversals=1), "broken"),
    Case("R06", "breaching", "it failed", replace(RETURN_FILE, status="Failed"), "broken"),
    Case("R06", "boundary", "twice", replace(RETURN_FILE, same_hash=2), "broken"),
    Case("R06", "missing", "others were not looked at", replace(RETURN_FILE, same_hash=None), "pending"),
    Case("R06", "not applicable", "no files here", RETURN_FILE, "not applicable", without("SEPA Return File Log")),
    #
    Case("R07", "compliant", "one of a hundred", RATES, "held"),
    Case("R07", "breaching", "six of a hundred", rates(400, returned=24), "broken", severity="H"),
    Case("R07", "breaching", "one was not authorised", rates(400, unauthorised=1), "broken", severity="H"),
    Case("R07", "breaching", "three were not authorised", rates(400, unauthorised=3), "broken", severity="C"),
    Case("R07", "boundary", "three of a hundred", rates(400, returned=12), "held"),
    Case("R07", "boundary", "one more", rates(400, returned=13), "broken", severity="M"),
    Case("R07", "boundary", "one in ten", rates(400, returned=40), "broken", severity="H"),
    Case("R07", "boundary", "one more than that", rates(400, returned=41), "broken", severity="C"),
    Case("R07", "boundary", "one of twenty is no evidence", rates(20, returned=1), "held"),
    Case("R07", "boundary", "four of 49 prove more than three in a hundred", rates(49, returned=4), "broken", severity="M"),
    Case("R07", "boundary", "four of 50 are judged as they are", rates(50, returned=4), "broken", severity="H"),
    Case("R07", "boundary", "one in a hundred taken back", rates(400, refunded=4), "held"),
    Case("R07", "boundary", "more than that taken back", rates(400, refunded=5), "broken", severity="M"),
    Case("R07", "boundary", "two in a hundred on wrong accounts", rates(400, wrong_account=8), "held"),
    Case("R07", "boundary", "more than that on wrong accounts", rates(400, wrong_account=9), "broken", severity="M"),
    Case("R07", "missing", "how many were presented", rates(None), "pending"),
    Case("R07", "not applicable", "nothing was collected", rates(0), "not applicable"),
)  # fmt: skip
