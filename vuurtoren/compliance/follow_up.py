"""What must follow on a return, by when, and whether it is seen to be done."""

from __future__ import annotations

from datetime import date
from typing import Literal

from vuurtoren.compliance.periods import last_submission_day, return_window_end, target_days_after
from vuurtoren.compliance.records import Agreements, Return
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.rules.mandates import ENDED
from vuurtoren.site.words.words import Words

State = Literal["To Do", "Done", "Not Needed"]
TO_DO: State = "To Do"
DONE: State = "Done"
NOT_NEEDED: State = "Not Needed"
DAYS_TO_FOLLOW_UP = 5
"""TARGET days for a follow-up where no next batch is known; our default."""
NO_LONGER_USED = ("Suspended", *ENDED)
FIND_THE_COLLECTION = Words(
    "Find out which collection it was, by what the bank says of it; before that nothing else can be done."
)
FIND_THE_MANDATE = Words(
    "Find out which mandate it was collected on, so that it can be cancelled or suspended."
)
FIND_THE_MEMBER = Words(
    "Find out whose collection it was, and talk to that member before anything is collected again."
)
MANDATE_IS_GONE = Words("The mandate is no longer there: say in the return that nothing more is needed.")


def beginning_state(code: str) -> State:
    """Where nobody has to act, such as on an empty account that may be presented again."""
    known = return_code(code)
    return NOT_NEEDED if known and known.follow_up in ("retry", "none") else TO_DO


def observed_done(back: Return) -> bool:
    """Whether the mandate itself shows that the follow-up was done."""
    known = return_code(back.code)
    if known is None or back.mandate_status is None:
        return False
    if known.follow_up == "cancel":
        return back.mandate_status in ENDED
    return known.follow_up == "suspend" and back.mandate_status in NO_LONGER_USED


def advice(back: Return) -> str:
    """What its code asks for where what that names is known, else to find it out; empty without a code.

    A mandate that the bank named may be known though the collection is not.
    """
    known = return_code(back.code)
    if known is None:
        return ""
    if not back.known_collection and not (known.names == "mandate" and back.mandate):
        return FIND_THE_COLLECTION
    if known.names == "mandate" and not back.mandate:
        return FIND_THE_MANDATE
    if known.names == "member" and not (back.member or back.mandate):
        return FIND_THE_MEMBER
    return known.action


def advice_today(back: Return) -> str:
    """The same for a return with its mandate as it is now; nothing is asked of one that is gone."""
    known = return_code(back.code)
    gone = back.mandate and back.mandate_status is None
    return MANDATE_IS_GONE if known and known.hard and gone else advice(back)


def is_open(back: Return) -> bool:
    """Whether somebody has still to act."""
    return back.state == TO_DO and not observed_done(back)


def deadline(back: Return, agreements: Agreements) -> date | None:
    """The last day on which the next batch can still be changed; without one, five TARGET days."""
    coming = back.next_collection
    if coming and coming.due_on:
        return last_submission_day(coming.due_on, "", agreements.bank_cut_off_target_days)
    return target_days_after(back.arrived_on, DAYS_TO_FOLLOW_UP) if back.arrived_on else None


def window_end(back: Return) -> date | None:
    return return_window_end(back.due_on, back.code) if back.due_on else None


def kind_of(code: str, due_on: date | None, arrived_on: date | None) -> str:
    """Reject before settlement, refund by the debtor, else a return; empty where that cannot be said."""
    if code == "MD06":
        return "Refund"
    if due_on is None or arrived_on is None or return_code(code) is None:
        return ""
    if arrived_on < due_on:
        return "Reject"
    late = arrived_on > return_window_end(due_on, "")
    return "Refund" if code == "MD01" and late else "Return"
