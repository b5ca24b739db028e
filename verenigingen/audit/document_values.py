"""What an audit event says about a document, read from whatever the SEPA code has in hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from verenigingen.audit.seals.rows import iban_fingerprint
from verenigingen.site.errors import SiteError
from verenigingen.site.protocol import Site

CENT = Decimal("0.01")
LARGEST_CENTS = 2**31 - 1


def identity(document: Any, doctype: str = "") -> tuple[str, str]:
    """DocType and name of a document, of a mapping, or of a bare name of the given DocType."""
    if isinstance(document, (str, int)):
        return doctype, str(document)
    return str(field_of(document, "doctype") or doctype), str(field_of(document, "name") or "")


def field_of(document: Any, fieldname: str) -> Any:
    if document is None or isinstance(document, (str, int)):
        return None
    get = getattr(document, "get", None)
    return get(fieldname) if callable(get) else getattr(document, fieldname, None)


def given(details: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value is not None}


def amount_text(amount: Any) -> str | None:
    """An amount of money with two decimals as text, for a float would change on its way; else as it came."""
    if amount is None:
        return None
    try:
        return str(Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP))
    except InvalidOperation:
        return str(amount)


def cents(amount: Any) -> int:
    """The amount in whole cents; 0 where there is none, or none that a direct debit could have."""
    text = amount_text(amount)
    try:
        cents = int(Decimal(text or "0") * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return 0
    return cents if abs(cents) <= LARGEST_CENTS else 0


def fingerprint(site: Site, iban: str | None) -> str | None:
    """The fingerprint; None while the key cannot be had, which the row itself will wait for in the spool."""
    try:
        return iban_fingerprint(site, iban)
    except SiteError:
        return None
