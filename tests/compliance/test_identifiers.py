"""Creditor ids and IBANs against two libraries that others keep."""

from __future__ import annotations

import random

import pytest
import schwifty
from stdnum import iban as stdnum_iban
from stdnum.eu import at_02

from vuurtoren.compliance.identifiers import creditor_id_problem, iban_problem

DICE = random.Random(11)
COUNTRIES = ("NL", "DE", "BE", "FR", "ES", "IT", "GB", "CH", "MT", "NO")


def ibans() -> list[str]:
    """Valid ones of ten countries, and as many with one character changed."""
    valid = [
        str(schwifty.IBAN.random(country_code=country, random=DICE))
        for country in COUNTRIES
        for _ in range(20)
    ]
    wrong = []
    for iban in valid:
        place = DICE.randrange(4, len(iban))
        wrong.append(iban[:place] + str((int(iban[place], 36) + 1) % 10) + iban[place + 1 :])
    return valid + wrong


@pytest.mark.parametrize("iban", ibans(), ids=str)
def test_an_iban_is_right_where_a_library_says_so(iban: str) -> None:
    assert (iban_problem(iban) == "") == stdnum_iban.is_valid(iban, check_country=False)


@pytest.mark.parametrize(
    "iban", ["NL00ABNA0000000075", "NL01ABNA0000000057", "NL99ABNA0000000039", "DE00370400440000000060"]
)
def test_check_digits_that_nobody_computes_are_wrong(iban: str) -> None:
    assert iban_problem(iban) == "its check digits do not fit"


@pytest.mark.parametrize("number", range(100))
def test_a_creditor_id_is_right_where_a_library_says_so(number: int) -> None:
    creditor_id = f"NL{number:02}ZZZ123456780000"
    assert (creditor_id_problem(creditor_id) == "") == at_02.is_valid(creditor_id)


@pytest.mark.parametrize("creditor_id", ["DE98ZZZ09999999999", "AT61ZZZ01234567890", "FR72ZZZ123456"])
def test_those_of_other_countries_are_known(creditor_id: str) -> None:
    assert (creditor_id_problem(creditor_id) == "") == at_02.is_valid(creditor_id)


def test_a_dutch_one_has_twelve_digits() -> None:
    too_short = next(f"NL{n:02}ZZZ12345678" for n in range(100) if at_02.is_valid(f"NL{n:02}ZZZ12345678"))
    assert creditor_id_problem(too_short)
