"""What the reason code of a returned collection says about whose fault it was."""

from __future__ import annotations

from vuurtoren.audit.recording.recording import EXCEPTION, FAILED, PENDING_REVIEW

OURS = frozenset({"AG02", "AM05", "BE05", "DT01", "RC01", "TM01"})
"""The collection itself was wrong: double, creditor, date; so is all of FF*, the format.
ISO 20022 external codes, EPC173-14."""
OF_THE_DEBTOR = frozenset(
    {
        *("AC01", "AC04", "AC06", "AC13", "AG01", "AM02", "AM04", "CNOR", "DNOR", "MD01", "MD02", "MD06"),
        *("MD07", "MS02", "MS03", "RR01", "RR02", "RR03", "RR04", "SL01"),
    }
)
"""The collection was refused or returned, and somebody has to follow it up."""


def status_of(reason_code: str) -> str:
    """Failed for our own mistakes, Exception for what the debtor's side decided, else Pending Review."""
    code = reason_code.strip().upper()
    if code in OURS or code.startswith("FF"):
        return FAILED
    return EXCEPTION if code in OF_THE_DEBTOR else PENDING_REVIEW
