"""Telephone, card and account numbers are found without an IBAN, and other numbers stay."""

from __future__ import annotations

import pytest
import stdnum.luhn
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.privacy.redaction import redact, redact_text


@pytest.mark.parametrize(
    "number",
    """
    0612345678|06 12345678|06-12 34 56 78|(06)12345678|(06) 12 34 56 78|+31612345678|+31 (0)6 1234 5678
    (+31) 612345678|0031612345678|0201234567|020-1234567|(020) 1234567|(020)1234567|0512 123 456|0512-123456
    06/12345678|06.12.34.56.78|0800/1234
    088-1234567|0800 1234|0800-1234567|08001234567|0900-1234|0470123456|0470 12 34 56|0470/12.34.56
    +32470123456|0032 470 12 34 56|02 123 45 67|09/123.45.67|015112345678|0151 12345678|0171-1234567
    +49 151 12345678|+4930123456|030 12345678
    """.replace("\n", "|")
    .strip("| ")
    .split("|"),
)
@pytest.mark.parametrize(
    "around", ["bel {} nu", "tel:{}", '{{"mobile_no": "{}"}}', "Lid {} onbekend", "jan,{},NL"]
)
def test_a_telephone_number_is_hidden(number, around):
    number = number.strip()
    assert redact_text(around.format(number)) == around.format("[phone]")


@pytest.mark.parametrize(
    "text", ["tel 021234567", "tel. 08001234", "telefoon 31612345678", "GSM: 32470123456"]
)
def test_what_may_be_any_number_is_a_telephone_after_the_word(text):
    assert redact_text(text).endswith("[phone]")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "telefoon 612345678",
            "tel: 6 12 34 56 78",
            "mobiel 612-345-678",
            'telefoonnummer: "201234567"',
            "Tel. 612345678",
        ),
        *(
            '{"mobile": 612345678}',
            "whatsapp 612345678.",
            "phone number is 612345678",
            "(gsm 612345678)",
            "mob.612345678",
        ),
    ],
)
def test_a_telephone_that_lost_its_first_zero_is_hidden_behind_the_word(text):
    hidden = redact_text(text)
    assert "[phone]" in hidden and "345" not in hidden and "1234" not in hidden


@pytest.mark.parametrize(
    "text",
    [
        "bestelling 612345678",
        "hotel 612345678",
        "microphone-id x 612345678",
        "tel 61234567",
        "smsteller v612345678",
    ],
)
def test_nine_digits_behind_another_word_stay(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "08-06-2022 14:17 en 06-11-2026 10:15",
        "de 11 06 2022 22 38 49",
        "ISBN 0306406152, 9780306406157, 978-0-306-40615-7",
        "0306406152",
        "52.3702157, 4.8951679",
        "1732406400 1732406400123 1732406400.123456",
        "ACC-SINV-2026-00123, factuur 2026001234, 0000012345",
        "10.0.0.12:3306, 192.168.100.200",
        "token 12345678901234567890",
    ],
)
def test_other_numbers_stay(text):
    assert redact_text(text) == text


CARDS = """
    4111111111111111 4012888888881881 4222222222222 5555555555554444 2223003122003222 378282246310005
    6011111111111117 30569309025904 3530111333300000 6759649826438453
""".split()


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("around", ["card {}!", '{{"number": "{}"}}', "card={}&x=1"])
def test_a_payment_card_is_hidden(card, around):
    assert stdnum.luhn.is_valid(card)
    assert redact_text(around.format(card)) == around.format("[card]")


def test_a_payment_card_that_is_a_number_is_hidden_too():
    assert redact({"number": 4111111111111111, "time_ms": 1732406400123}) == {
        "number": "[card]",
        "time_ms": 1732406400123,
    }


def test_a_payment_card_in_groups_is_hidden():
    assert (
        redact_text("4111 1111 1111 1111, 4111-1111-1111-1111, 3782 822463 10005") == "[card], [card], [card]"
    )


@given(st.integers(4 * 10**15, 5 * 10**15 - 1).map(str))
def test_only_a_valid_check_digit_makes_it_a_card(number):
    assert (redact_text(number) == "[card]") == stdnum.luhn.is_valid(number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rekening 0417164300", "rekening ****00"),
        ("rekeningnummer: 417164300", "rekeningnummer: ****00"),
        ("Rekeningnr. 41.71.64.300 klopt niet", "Rekeningnr. ****00 klopt niet"),
        ("bank account of the member: 31926819", "bank account of the member: ****"),
        ("Kontonummer 532013000", "Kontonummer ****00"),
        ("rekening 539-0075470-34", "rekening ****34"),
        ("gironummer 1234567", "gironummer ****"),
        ("0417164300 (rekening)", "****00 (rekening)"),
        ('{"account_no": "417164300"}', '{"account_no": "****00"}'),
        ("{'rekeningnr': 417164300}", "{'rekeningnr': ****00}"),
        ('{"bank_account_number": "0417164300"}', '{"bank_account_number": "****00"}'),
        ("account_number=0417164300&x=1", "account_number=****00&x=1"),
        (r"{\"rekeningnummer\": \"0417164300\"}", r"{\"rekeningnummer\": \"****00\"}"),
    ],
)
def test_an_account_number_is_hidden_after_its_word(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "rekening van 1.234.567,00 euro",
        "accounts: 12 of 300",
        "account from 192.168.100.200",
        "order 0417164300",
    ],
)
def test_a_number_without_that_meaning_stays(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "key",
    [
        "account_no",
        "rekeningnr",
        "rekening_nr",
        "bank_account_number",
        "bankAccountNo",
        "tegenrekening",
        "giro",
        "bban",
    ],
)
def test_an_account_number_under_its_key_keeps_two_characters_at_most(key):
    assert redact({key: "417164300"}) == {key: "****00"}
    assert redact({key: "4171643"}) == {key: "****"}
    assert redact({key: 417164300}) == {key: "[redacted]"}
    assert redact({key: "NL91ABNA0417164300"}) == {key: "NL91****4300"}
