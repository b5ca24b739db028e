"""What banks call things: whether an IBAN, a creditor id and a reference are well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vuurtoren.compliance.facts import CHARACTERS, COUNTRIES
from vuurtoren.privacy.iban import has_valid_check_digits, has_valid_checksum
from vuurtoren.privacy.iban_registry import IBAN_STRUCTURES, iban_length, is_built_as_in_its_country
from vuurtoren.site.words.words import Words

_CREDITOR_ID = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")
_DUTCH_CREDITOR_ID = re.compile(r"NL[0-9]{2}[A-Z0-9]{3}[0-9]{12}")
_SEPARATORS = re.compile(r"[\s.\-]+")
_BEFORE_AN_INVOICE = "-/ _.:"


def compact(written: str) -> str:
    """An account or a creditor id without what people write between its characters, in capitals."""
    return _SEPARATORS.sub("", written).upper()


def iban_problem(written: str) -> str:
    """What is wrong with an IBAN, without repeating it; empty where nothing is (ISO 13616)."""
    iban = compact(written)
    country = iban[:2]
    if country not in IBAN_STRUCTURES:
        return Words("its country is not known")
    if len(iban) != iban_length(country):
        return Words("its length is not that of its country")
    if not is_built_as_in_its_country(iban):
        return Words("it is not built as in its country")
    if not has_valid_check_digits(iban):
        return Words("its check digits do not fit")
    return "" if country in COUNTRIES else Words("SEPA does not reach its country")


def creditor_id_problem(written: str) -> str:
    """What is wrong with a creditor id (AT-02, EPC262-08); its business code is not part of the check."""
    creditor_id = compact(written)
    if not _CREDITOR_ID.fullmatch(creditor_id):
        return Words("it is not built like one")
    if not has_valid_checksum(creditor_id[:4] + creditor_id[7:]):
        return Words("its check digits do not fit")
    if creditor_id.startswith("NL") and not _DUTCH_CREDITOR_ID.fullmatch(creditor_id):
        return Words("a Dutch one has twelve digits after the business code")
    return ""


def reference_problem(reference: str, longest: int) -> str:
    """What is wrong with a reference that goes to the bank (EPC217-08, EPC130-08)."""
    if not reference:
        return Words("it is empty")
    if len(reference) > longest:
        return Words("it has {0} characters, {1} are allowed", len(reference), longest)
    if not CHARACTERS.issuperset(reference):
        return Words("it has characters outside the SEPA set")
    if reference.startswith("/") or reference.endswith("/") or "//" in reference:
        return Words("it begins or ends with a slash, or has two in a row")
    return ""


def invoices_in(end_to_end_id: str) -> Iterator[str]:
    """What of an end-to-end id may be the name of an invoice: all of it, or what follows a separator."""
    yield end_to_end_id
    for place, character in enumerate(end_to_end_id):
        if character in _BEFORE_AN_INVOICE:
            yield end_to_end_id[place + 1 :]
