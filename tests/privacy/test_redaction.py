"""Nothing personal and no secret survives redaction, and everything else does."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.nl import bsn

from benchmarks.audit.identifiers import identifiers
from vuurtoren.privacy.redaction import MAX_BYTES, holds_personal_data, redact, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4fwpM"
MOLLIE_KEY = "live_" + "dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"


# ---- free text
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Invalid IBAN NL91ABNA0417164301", "Invalid IBAN NL91****4301"),
        ("aan jan.jansen+club@example.nl.", "aan j***@example.nl."),
        ("<o'brien@a-b.example>", "<o***@a-b.example>"),
        ("?mail=jan%40example.nl&x=1", "?mail=j***%40example.nl&x=1"),
        ("bel 06-12345678", "bel [phone]"),
        ("bel +31 (0)6 1234 5678 nu", "bel [phone] nu"),
        ("bel 020-1234567 of (0512) 123 456", "bel [phone] of [phone]"),
        ("bel 0031612345678", "bel [phone]"),
        ("Authorization: token abc:def", "Authorization: token [secret]"),
        ("'Authorization': 'Basic dXNlcjpwdw=='", "'Authorization': 'Basic [secret]'"),
        ("sent Bearer abcdefgh12345", "sent Bearer [secret]"),
        (f"got {JWT}, bad", "got [secret], bad"),
        (f"key={MOLLIE_KEY}", "key=[secret]"),
        ("redis://user:hunter2@cache:11000/1", "redis://user:[secret]@cache:11000/1"),
        ("password = 'hunter2'", "password = '[secret]'"),
        ("password= 'hunter2'", "password= '[secret]'"),
        ("password=b'hunter2'", "password=b'[secret]'"),
        ("xsid='free', sid='s1'", "xsid='free', sid='[secret]'"),
        ('{"api_key": "k1", "size": 3}', '{"api_key": "[secret]", "size": 3}'),
        (r"{\"token\": \"k1\", \"size\": 3}", r"{\"token\": \"[secret]\", \"size\": 3}"),
        ("GET /?access_token=k1&page=2", "GET /?access_token=[secret]&page=2"),
        ("BSN 123456782 onbekend", "BSN [bsn] onbekend"),
        ("burgerservicenummer: 1234.56.782", "burgerservicenummer: [bsn]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END", "-----BEGIN PRIVATE KEY-----[secret]-----END"),
    ],
)
def test_it_takes_out_what_is_personal_or_secret(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "06-11-2026 10:15 en 2026-11-23 10:00:00+0100",
        "Unexpected token: '}' in line 3",
        "3 tokens, password_policy strict, max_tokens=3",
        "order 123456782 was paid",
        "BSN 123456789 is no citizen number",
        "@frappe.whitelist() and pip install x==1.2.3",
        "test_it_does_something_very_long_with_words",
        "User a@b was here".replace("a@b", "nobody"),
        "invoice 0612345, amount 1.234,56, version 15.44.2, 10.0.0.12:3306",
        "0b6f1f0e-5f6e-4a52-9d3c-061234567890",
    ],
)
def test_it_leaves_ordinary_text_alone(text):
    assert redact_text(text) == text


@pytest.mark.parametrize("number", [f"{number:09d}" for number in range(100_000_000, 100_000_300)])
def test_the_citizen_number_test_agrees_with_python_stdnum(number):
    assert (redact_text(f"bsn {number}") == "bsn [bsn]") == bsn.is_valid(number)


def test_it_replaces_what_a_database_cannot_store():
    assert redact_text("a\x00b\ud800c\U0001f600") == "a\ufffdb?c\U0001f600"


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "jan@example.nl",
            "NL91 ABNA 0417 1643 00",
            "bsn",
            "123456782",
            "06 12345678",
            "+31",
            "token=",
            "'",
            '"',
            "\\",
            "Bearer ",
            "Authorization: ",
            JWT,
            MOLLIE_KEY,
            "://",
            ":",
            "@",
            "password",
            " = ",
            "%40",
            "[secret]",
            "DE89 3704 0044 0532 0130 00",
            "rekening ",
            "0417164300",
            "4111111111111111",
            "Set-Cookie: ",
            "auth=(",
            "code=a&state=b",
            "--token ",
            "mysql -p",
            "https://hc-ping.com/",
            "-----BEGIN PRIVATE KEY-----",
            "</password>",
            "<password>",
            "%20",
            "%2520",
            "&nbsp;",
            "&amp;",
            "\\u00a0",
            "=C2=A0",
            "=\n",
            "\u200b",
            "\uff10",
            "****",
            "[",
            "(",
            "key",
        ]
    ),
)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("jan@example.nl'%40A")
def test_redacting_a_text_twice_changes_nothing(text):
    once = redact_text(text)
    assert redact_text(once) == once


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_redacted_text_is_not_much_longer(text):
    assert len(redact_text(text)) <= 8 * len(text)


def test_it_changes_no_identifier():
    assert [text for text in identifiers(20_000) if redact_text(text) != text] == []


@pytest.mark.slow
def test_it_changes_none_of_a_million_identifiers():
    assert [text for text in identifiers(1_000_000, seed=6) if redact_text(text) != text] == []


# ---- nested values
def test_it_hides_values_by_the_name_of_their_key_at_any_depth():
    value = {
        "a": [{"Mollie_API_Key": "k", "accessToken": "t", "new-password": "p", "csrf_token": 1, "sid": "s"}]
    }
    assert set(redact(value)["a"][0].values()) == {"[redacted]"}


def test_it_hides_a_container_under_a_secret_key_whole():
    assert redact({"credentials": {"user": "x"}}) == {"credentials": "[redacted]"}


@pytest.mark.parametrize("key", ["iban", "IBAN", "debtor_iban", "account_number", "bankAccount", "iban2"])
def test_it_masks_what_a_key_calls_an_iban_even_when_it_does_not_look_like_one(key):
    assert redact({key: "nl91 abna 0417"}) == {key: "****17"}


def test_it_masks_lists_of_ibans_and_addresses():
    value = {"iban": ["NL91ABNA0417164300", None], "email": ["jan@example.nl", "no address"]}
    assert redact(value) == {"iban": ["NL91****4300", None], "email": ["j***@example.nl", "[redacted]"]}


@pytest.mark.parametrize(
    "key", ["token_count", "session_count", "email_queue", "phone_calls", "has_password_policy"]
)
def test_it_keeps_values_whose_key_only_mentions_a_secret(key):
    assert redact({key: 3}) == {key: 3}


def test_it_keeps_empty_values_and_switches_under_secret_keys():
    assert redact({"password": None, "token": "", "secret": True}) == {
        "password": None,
        "token": "",
        "secret": True,
    }


def test_it_redacts_text_in_keys_and_keeps_both_when_they_then_look_alike():
    redacted = redact({"NL91ABNA0417164300": 1, "nl91abna0417164300": 2})
    assert redacted == {"NL91****4300": 1, "NL91****4300~2": 2}


def test_it_turns_numbers_and_times_into_text_that_loses_nothing():
    value = [25.1, Decimal("25.10"), float("nan"), 1e-7, 10**20, date(2026, 11, 4), datetime(2026, 11, 4, 10)]
    expected = [
        "25.1",
        "25.10",
        "NaN",
        "0.0000001",
        "[integer of 67 bits]",
        "2026-11-04",
        "2026-11-04T10:00:00",
    ]
    assert redact(value) == expected


def test_it_does_not_ask_strange_objects_for_their_text():
    class Strange:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert redact({"a": Strange(), Strange(): b"x"}) == {"a": "[Strange]", "[Strange]": "[bytes]"}


def test_it_redacts_the_text_of_an_exception():
    assert redact(ValueError("bad NL91ABNA0417164300")) == "bad NL91****4300"


def test_it_ends_on_a_value_that_contains_itself():
    value: dict[str, object] = {}
    value["again"] = [value] * 50
    assert len(json.dumps(redact(value))) <= MAX_BYTES


@pytest.mark.parametrize(
    "filler", ["x", "\U0001f600", '"', "\x01", "\n", "NL91ABNA0417164300 ", "jan@example.nl "]
)
def test_it_stops_at_its_limit_and_says_so(filler):
    stored = json.dumps(
        redact({"first": 1, "big": filler * 40_000, "last": [filler] * 9000}), ensure_ascii=False
    )
    assert len(stored.encode()) <= MAX_BYTES
    assert "[cut]" in stored


def test_it_shows_no_half_of_an_iban_where_it_cuts():
    text = "NL91ABNA0417164300 " * 4000
    assert "ABNA" not in redact(text)


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.decimals(),
        st.binary(),
        st.dates(),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=20), inner), st.tuples(inner)),
    max_leaves=30,
)


@given(JSON_VALUES)
def test_it_never_raises_and_always_gives_storable_json(value):
    stored = json.dumps(redact(value), ensure_ascii=False, allow_nan=False)
    assert len(stored.encode("utf-8")) <= MAX_BYTES


@given(JSON_VALUES)
def test_redacting_twice_changes_nothing(value):
    once = redact(value)
    assert redact(once) == once


# ---- knowing that something was there
@pytest.mark.parametrize(
    "value",
    [{"iban": "NL91ABNA0417164300"}, ["jan@example.nl"], {"bic": "ABNANL2A"}, {"note": "bel 06-12345678"}],
)
def test_it_knows_when_something_personal_was_inside(value):
    assert holds_personal_data(redact(value))


@pytest.mark.parametrize(
    "value", [{"amount": 25.0, "bic": ""}, [], None, "Batch generated", {"deep": [{"a": 1}]}]
)
def test_it_knows_when_nothing_personal_was_inside(value):
    assert not holds_personal_data(redact(value))
