"""Amounts of money as other code and people write them: read where there is no doubt, and else not at all."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
LARGEST_CENTS = 2**31 - 1
LONGEST = 40
_EURO = re.compile(r"\A([+-]?)\s*(?:EUR|€)|(?:EUR|€)\Z", re.IGNORECASE)
"""Before or behind the number: inside, as in "12€50", it is a decimal sign."""
_SPACED = re.compile(r"(?<=\A[+-])\s+|(?<=\d)(?<!\d{4})[ '\u00a0\u2009\u202f](?=\d{3}(?!\d))")
"""After a sign, and between groups of three digits: "12 50" could be twelve and a half."""
_NO_CENTS = re.compile(r"[.,](?:--?|[–—])\Z")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d{1,2})?")
_LONG = re.compile(r"[+-]?(?:\d{4,}|0)\.\d{3,}")
"""As numbers turn into text: more decimals than money has, where no thousands separator could stand."""
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:(?P<group>[.,])\d{3})(?:(?P=group)\d{3})*(?:(?!(?P=group))[.,]\d{1,2})"
)
_GROUPS_ALONE = re.compile(r"[+-]?[1-9]\d{0,2}(?P<group>[.,])\d{3}(?:(?P=group)\d{3})+")


def read(amount: Any) -> Decimal | None:
    """The amount with two decimals; None where it is none, or could be two: "1.234" is one or a thousand.

    Numbers are taken as they are; of texts "12,50", "EUR 12.50", "12,-", "1 234,56" and "1.234.567".
    """
    if isinstance(amount, bool) or amount is None:
        return None
    try:
        known = Decimal(_number(amount)).quantize(CENT, ROUND_HALF_UP)
        return known if known.is_finite() else None
    except (InvalidOperation, ValueError, TypeError, OverflowError):
        return None


def cents(amount: Any) -> int | None:
    """The amount in whole cents; None where it cannot be read, or is none that a direct debit could have."""
    known = read(amount)
    if known is None or abs(known) * 100 > LARGEST_CENTS:
        return None
    return int(known * 100)


def _number(amount: Any) -> str:
    if isinstance(amount, int | float | Decimal):
        return str(amount)
    number = _EURO.sub(r"\1", str(amount)[: LONGEST + 1].strip(), count=1).strip()
    text = _NO_CENTS.sub(",00", _SPACED.sub("", number))
    if len(text) > LONGEST:
        raise ValueError("longer than any amount")
    if _PLAIN.fullmatch(text):
        return text.replace(",", ".")
    if _LONG.fullmatch(text):
        return text
    if _GROUPED.fullmatch(text):
        whole, decimals = re.split(r"[.,](?=\d{1,2}\Z)", text)
        return f"{re.sub('[.,]', '', whole)}.{decimals}"
    if _GROUPS_ALONE.fullmatch(text):
        return re.sub("[.,]", "", text)
    raise ValueError("it can be read in two ways, or in none")
