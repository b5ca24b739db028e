"""Writings that people use as well: cousins of those that somebody reported."""

from __future__ import annotations

import re

import pytest

from tests.privacy import written_ibans
from tests.privacy.made_up_ibans import one_iban_per_country
from vuurtoren.privacy.redaction import redact_text

CARDS = ("4111111111111111", "5500005555555559", "378282246310005", "6011111111111117", "6759649826438453")
AROUND_CARDS = (
    "kaart {} geweigerd",
    "Kaart-{}",
    "nr.{}",
    '{{"pan": "{}"}}',
    "#{}",
    "PAN{}",
    "card_number_{}",
    "kaart{}",
    "{} 12/28 123",
    "card={}",
)
GERMAN = ("089 123456", "089/12 34 56", "0 30 / 12 34 56", "030 123456-0", "06221/12 34 56", "01805 123456")
BELGIAN = ("016/12.34.56", "02/123.45.67", "0470/12.34.56", "0495/123.456", "0800/12.345", "016 12 34 56")
DUTCH = (
    "06_12345678",
    "06\u201312345678",
    "06.12.34.56.78",
    "020 123 45 67",
    "(0118)123456",
    "088-1234567",
    "+31(0)612345678",
    "0800-1234",
)
DOTTED = ("mob.0612345678", "tel.0201234567", "nr.+31612345678")
AROUND_PHONES = ("Bel {} vandaag", '{{"telefoon": "{}"}}', "Tel. {}", "mobile_no = '{}'", "contact {};")
SECRETS = (
    'Authorization: Digest username="x", response="{}"',
    "The API key is {}",
    "mot de passe : {}",
    "password='''{}'''",
    'token = """{}"""',
    "password -> {}",
    "curl --user jan:{} https://voorbeeld.nl",
    "2fa_code={}",
    "pincode: {}",
    "pw={}",
    "GET /b?X-Amz-Signature={}&x=1",
    "ApiKey {}",
    "api-key {} refused",
    "Token {}abc",
)
CODES = ("2fa={}", "2FA code: {}", "pincode {}", '"pin": "{}"', "Uw verificatiecode is {}.", "otp was {}")
HARMLESS = (
    "RF22 0800 2257",
    "kenmerk RF18 5390 0754 0612 3456",
    "Token mismatch for SalesInvoice",
    "pin 12.500 records",
    "postcode 1012 AB",
    "status code 404",
    "error code: 1205",
    "pincode verplicht",
    "mfa 2026-11-23",
    "Bel op 05-11-2026 10:15 terug",
    "contact op 05.11.2026 om 09.15-10.30",
    "nummer 0 12 in rij 5",
    "the token is 5 minutes old",
    "signature: (a, b=1)",
    "passe-partout: nee",
    "phone field has 09 rows 1000",
    "nummer 08-12-26 14:30",
    "INV-2026-4111111111111112",
)


@pytest.mark.parametrize("around", AROUND_CARDS)
@pytest.mark.parametrize("card", CARDS)
def test_a_card_with_a_valid_check_digit(card: str, around: str) -> None:
    groups = [
        card,
        *(sign.join(re.findall(".{1,4}", card)) for sign in " .-"),
        f"{card[:4]} {card[4:10]} {card[10:]}",
    ]
    for written in groups:
        assert "[card]" in redact_text(around.format(written))


@pytest.mark.parametrize("around", AROUND_PHONES)
@pytest.mark.parametrize("phone", GERMAN + BELGIAN + DUTCH + DOTTED)
def test_a_telephone_number(phone: str, around: str) -> None:
    shown = re.sub(r"\D", "", redact_text(around.format(phone)))
    assert shown == ""


@pytest.mark.parametrize("around", SECRETS)
def test_a_secret(around: str) -> None:
    assert "Hx7Kq2Lm9" not in redact_text(around.format("Hx7Kq2Lm9"))


@pytest.mark.parametrize("around", CODES)
@pytest.mark.parametrize("code", ["1234", "123 456", "12345678"])
def test_a_code_that_lets_somebody_in(code: str, around: str) -> None:
    assert redact_text(around.format(code)) == around.format("[secret]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rekening-0417164300 klopt niet", "Rekening-****00 klopt niet"),
        ("rekening_0417164300", "rekening_****00"),
        ("Rekening:\n  0417164300\nBedrag", "Rekening:\n  ****00\nBedrag"),
        ("bban ABNA0417164300", "bban ****"),
        ("BBAN: ABNA 0417 1643 00", "BBAN: ****"),
        ("girorekening P1234567", "girorekening ****"),
        ("van rekening 0417164300 naar 0123456789", "van rekening ****00 naar ****89"),
    ],
)
def test_an_account_number(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize("around", ["IBAN{}BIC", "konto{}", "rekening ?31{}", "iban: {}", "bank EUR25.00{}"])
@pytest.mark.parametrize("iban", one_iban_per_country(seed=8))
def test_an_account_of_any_country_in_one_piece_or_two_beside_a_word(iban: str, around: str) -> None:
    for written in (iban, iban.lower(), f"{iban[:9]}\n{iban[9:]}"):
        assert not written_ibans.is_readable(iban, redact_text(around.format(written)))


@pytest.mark.parametrize("text", HARMLESS)
def test_nothing_of_these(text: str) -> None:
    assert redact_text(text) == text
