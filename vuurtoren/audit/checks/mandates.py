"""Rule M02, as far as the account alone tells: it is well-formed, and a direct debit reaches it."""

from __future__ import annotations

import re
from typing import Any

from vuurtoren.privacy.iban import has_valid_check_digits
from vuurtoren.privacy.iban_registry import (
    IBAN_STRUCTURES,
    SEPA_COUNTRIES,
    iban_length,
    is_built_as_in_its_country,
)

ACCOUNT_RULE = "M02"
"""Mandatory data of a mandate (EPC016-06, AT-07 and AT-13; ISO 13616; ISO 9362)."""
LONGEST = 60
_SEPARATORS = re.compile(r"[\s\u00a0\u202f.-]")
_BIC = re.compile(r"[A-Z0-9]{4}(?P<country>[A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
BANKS_OF = {
    "FR": frozenset("BL GF GP MF MQ NC PF PM RE TF WF YT".split()),
    "GB": frozenset("GG IM JE".split()),
    "FI": frozenset({"AX"}),
}
"""Territories whose accounts have the IBAN of a country, and whose banks have their own code in a BIC."""


def account_problem(iban: Any, bic: Any) -> str:
    """Why this is no account for a SEPA direct debit, in one sentence without its number; empty if it is one.

    The IBAN has length, structure and check digits of its country, which is in SEPA; a BIC may be left out
    (EU 260/2012, article 5), and is else of eight or eleven characters and of the country of the IBAN.
    """
    compact = _compact(iban)
    if not compact:
        return "there is no IBAN"
    country = compact[:2]
    if country not in IBAN_STRUCTURES or not re.fullmatch(r"[0-9]{2}", compact[2:4]):
        return "this is no IBAN: it does not begin with a country and two check digits"
    if len(compact) != iban_length(country):
        return f"an IBAN of {country} has {iban_length(country)} characters, this one has {len(compact)}"
    if not is_built_as_in_its_country(compact):
        return f"the account number is not built like one of {country}"
    if not has_valid_check_digits(compact):
        return "the check digits of the IBAN do not fit"
    if country not in SEPA_COUNTRIES:
        return f"{country} is not in SEPA"
    return _bic_problem(country, _compact(bic))


def _bic_problem(country: str, bic: str) -> str:
    if not bic:
        return ""
    match = _BIC.fullmatch(bic)
    if match is None:
        return "the BIC is not of four characters, a country, and two or five characters"
    if match["country"] != country and match["country"] not in BANKS_OF.get(country, ()):
        return f"the BIC is of a bank in {match['country']}, the IBAN of {country}"
    return ""


def _compact(given: Any) -> str:
    text = "" if given is None else str(given)[: LONGEST + 1]
    return _SEPARATORS.sub("", text).upper()
