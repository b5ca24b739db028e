"""Single values of a payment file: amounts, dates, moments, numbers.

Source: ISO 20022 data types, narrowed by the EPC SDD Core C2PSP implementation guidelines (EPC130-08).
"""

from __future__ import annotations

import re
from datetime import date, datetime

LONGEST_REFERENCE = 35
LONGEST_NAME = 70
LONGEST_REMITTANCE = 140
LONGEST_ADDRESS_LINE = 70
LONGEST_IN_ADDRESS = {"PstCd": 16, "BldgNb": 16, "TwnNm": 35}
"""Parts of an address that are shorter than its lines."""
_AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,5})?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_COUNT = re.compile(r"[0-9]{1,15}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def cents(text: str) -> int | None:
    """An amount in whole cents; None where it is none, or has more than two decimals that count."""
    if not _AMOUNT.fullmatch(text):
        return None
    whole, _, decimals = text.partition(".")
    if decimals[2:].strip("0"):
        return None
    return int(whole) * 100 + int((decimals + "00")[:2])


def decimals(text: str) -> int:
    """How many decimals are written."""
    return len(text.partition(".")[2])


def day(text: str) -> date | None:
    """A date as ISO 20022 writes it; None where it is none."""
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A moment as it is written, without its zone; None where it is none."""
    match = _MOMENT.fullmatch(text)
    try:
        return datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def number(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None


def is_bic(text: str) -> bool:
    return bool(_BIC.fullmatch(text))


def is_country(text: str) -> bool:
    return bool(_COUNTRY.fullmatch(text))
