"""What an audit event says about a document, read from whatever the SEPA code has in hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.checks import amounts
from vuurtoren.audit.recording.recording import COMPLIANT, PENDING_REVIEW
from vuurtoren.audit.seals.rows import iban_fingerprint, short_text
from vuurtoren.privacy.iban import mask_ibans
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site

NAMED = {
    "batch": ("batch_name", "batch", "direct_debit_batch"),
    "mandate": ("mandate", "mandate_name", "sepa_mandate", "mandate_id"),
}


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
    known = amounts.read(amount)
    return str(amount) if known is None else str(known)


def cents(amount: Any) -> int:
    """The amount in whole cents; 0, which is kept as no amount at all, where it is none or could be two."""
    return amounts.cents(amount) or 0


def unless_doubtful(status: str, amount: Any) -> str:
    """The status; an amount that cannot be read without doubt is to be reviewed, and not Compliant."""
    doubtful = amount not in (None, "") and amounts.cents(amount) is None
    return PENDING_REVIEW if doubtful and status == COMPLIANT else status


def fingerprint(site: Site, iban: str | None) -> str | None:
    """The fingerprint; None while the key cannot be had, which the row itself will wait for in the spool."""
    try:
        return iban_fingerprint(site, iban)
    except SiteError:
        return None


def named_in(details: Mapping[str, Any]) -> dict[str, str | None]:
    """The batch and the mandate that details name, under the names that the association's code uses."""
    found = {column: next(filter(None, map(details.get, keys)), None) for column, keys in NAMED.items()}
    return {
        column: short_text(mask_ibans(str(value))) if isinstance(value, str | int) else None
        for column, value in found.items()
    }
