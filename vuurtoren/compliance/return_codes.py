"""What the reason codes of the bank mean, whose matter each is, and what must follow.

Source: EPC173-14, Guidance on Reason Codes for SDD R-transactions; ISO 20022 external code sets. Whether a
code is our failure in the audit trail says `audit/recording/return_codes.py`; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FollowUp = Literal["cancel", "suspend", "contact", "retry", "ours", "none"]
Fault = Literal["debtor", "ours", "outcome"]
Named = Literal["", "mandate", "member"]


@dataclass(frozen=True)
class ReturnCode:
    """A reason code: what it means, whose matter it is, and what must follow before the next batch.

    `hard` says that nothing may be collected on the mandate until the follow-up is done. `retries` is how
    often the same collection may be presented again. `names` is whom or what its action names beside the
    collection, and cannot be done without: see `follow_up.advice`.
    """

    code: str
    meaning: str
    follow_up: FollowUp
    action: str
    fault: Fault = "debtor"
    hard: bool = False
    retries: int = 0
    names: Named = ""


_SUSPEND = "Suspend the mandate and ask the member for an account that works."
_OURS = "Mend it on our side before the next file; the member did nothing wrong."
_CONTACT = "Talk to the member before anything is collected again."
RETURN_CODES: dict[str, ReturnCode] = {
    row.code: row
    for row in (
        ReturnCode("AC01", "The IBAN is wrong", "suspend", _SUSPEND, hard=True, names="mandate"),
        ReturnCode("AC04", "The account is closed", "suspend", _SUSPEND, hard=True, names="mandate"),
        ReturnCode("AC06", "The account is blocked", "suspend", _SUSPEND, hard=True, names="mandate"),
        ReturnCode(
            "AC13",
            "The account is a consumer's, and the batch is for businesses",
            "suspend",
            _SUSPEND,
            hard=True,
            names="mandate",
        ),
        ReturnCode("AG01", "The account takes no direct debits", "contact", _CONTACT, names="member"),
        ReturnCode("AG02", "The bank operation code is wrong", "ours", _OURS, "ours"),
        ReturnCode(
            "AM02",
            "The amount is not allowed",
            "ours",
            "Collect an amount that the mandate and the bank allow.",
            "outcome",
        ),
        ReturnCode(
            "AM04",
            "There was not enough money on the account",
            "retry",
            "Present it again, twice at most and not before five days.",
            "outcome",
            retries=2,
        ),
        ReturnCode(
            "AM05",
            "It was collected twice",
            "ours",
            "Pay the second one back and find out why there were two.",
            "ours",
        ),
        ReturnCode("BE05", "The creditor id is wrong", "ours", _OURS, "ours"),
        ReturnCode("CNOR", "The creditor's bank is not registered under this BIC", "ours", _OURS, "outcome"),
        ReturnCode(
            "DNOR", "The debtor's bank is not registered under this BIC", "contact", _CONTACT, names="member"
        ),
        ReturnCode("DT01", "The date is wrong", "ours", _OURS, "ours"),
        ReturnCode(
            "ED05",
            "The settlement failed",
            "retry",
            "Present it again in the next batch.",
            "outcome",
            retries=1,
        ),
        ReturnCode("FF01", "The format of the file is wrong", "ours", _OURS, "ours"),
        ReturnCode("FF05", "The local instrument is wrong", "ours", _OURS, "ours"),
        ReturnCode(
            "MD01",
            "There is no valid mandate, or the debtor did not authorise it",
            "cancel",
            "Cancel the mandate now, keep its evidence, and collect nothing on it again.",
            hard=True,
            names="mandate",
        ),
        ReturnCode(
            "MD02",
            "Data of the mandate are missing or wrong",
            "suspend",
            "Suspend the mandate until its data are right.",
            hard=True,
            names="mandate",
        ),
        ReturnCode(
            "MD06",
            "The debtor took the money back",
            "contact",
            "Talk to the member; do not collect this invoice again by yourself.",
            "outcome",
            names="member",
        ),
        ReturnCode(
            "MD07",
            "The debtor has died",
            "cancel",
            "Cancel the mandate and end the membership with care.",
            hard=True,
            names="mandate",
        ),
        ReturnCode("MS02", "The debtor refused", "contact", _CONTACT, "outcome", names="member"),
        ReturnCode(
            "MS03",
            "The bank gives no reason",
            "retry",
            "Present it again once, not before five days; then talk to the member.",
            "outcome",
            retries=1,
            names="member",
        ),
        ReturnCode("RC01", "The BIC is wrong", "ours", _OURS, "ours"),
        ReturnCode("RR01", "The law asks for the debtor's account", "contact", "Ask the bank what it needs."),
        ReturnCode(
            "RR02", "The law asks for the debtor's name or address", "contact", "Ask the bank what it needs."
        ),
        ReturnCode(
            "RR03",
            "The law asks for the creditor's name or address",
            "ours",
            "Ask the bank what it needs.",
            "outcome",
        ),
        ReturnCode("RR04", "A matter of law", "contact", "Ask the bank what it needs."),
        ReturnCode(
            "SL01", "The debtor has told the bank whom it may pay", "contact", _CONTACT, names="member"
        ),
        ReturnCode("TM01", "The file came too late", "ours", _OURS, "ours"),
    )
}
WRONG_ACCOUNT = ("AC01", "AC04", "AC06", "AC13")


def return_code(code: str) -> ReturnCode | None:
    """What a code means; every FF* is a matter of the format, and what nobody knows is None."""
    code = code.strip().upper()
    if code in RETURN_CODES:
        return RETURN_CODES[code]
    return (
        ReturnCode(code, "The format of the file is wrong", "ours", _OURS, "ours")
        if code.startswith("FF")
        else None
    )
