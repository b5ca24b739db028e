"""Text from anywhere on one line, as a mail program will read it."""

from __future__ import annotations

import base64
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.privacy.text import one_line, without_encoded_words

INJECTED = "ok\r\nBcc: thief@elsewhere.example"


def encoded(text: str, kind: str = "b", charset: str = "utf-8") -> str:
    if kind.lower() == "b":
        return f"=?{charset}?{kind}?{base64.b64encode(text.encode()).decode()}?="
    return f"=?{charset}?{kind}?{''.join(f'={byte:02X}' for byte in text.encode())}?="


@pytest.mark.parametrize(
    "text",
    [
        INJECTED,
        encoded(INJECTED),
        encoded(INJECTED, "B", "UTF-8"),
        encoded(INJECTED, "q"),
        encoded(INJECTED, "Q", "us-ascii"),
        f"the list {encoded(INJECTED)} is broken",
        f"x{encoded(INJECTED)}y",
        encoded(encoded(INJECTED)),
        encoded(encoded(encoded(INJECTED), "q")),
        encoded("ok") + " " + encoded("\r\nBcc: thief@elsewhere.example"),
        "=?utf-8*nl?b?" + base64.b64encode(INJECTED.encode()).decode() + "?=",
        "=?unknown-charset?b?DQpCY2M6IHg=?=",
        "=?utf-8?b?not base64!?=",
    ],
)
def test_what_a_header_would_decode_to_is_one_line_too(text: str) -> None:
    line = one_line(text, 300)
    assert str(make_header(decode_header(line))) == line
    assert "\n" not in line and "\r" not in line


@pytest.mark.parametrize(
    "dropped", ["\x01", "\x1b", "\x7f", "\x01\x02", encoded("\x01"), encoded("\x1f", "q")]
)
@pytest.mark.parametrize("place", [1, 2, 7, 9])
def test_a_character_that_is_dropped_leaves_no_encoded_word_behind(dropped: str, place: int) -> None:
    word = encoded(INJECTED)
    test_what_a_header_would_decode_to_is_one_line_too(word[:place] + dropped + word[place:])


def test_half_a_surrogate_pair_is_no_question_mark_of_an_encoded_word() -> None:
    test_what_a_header_would_decode_to_is_one_line_too(encoded(INJECTED).replace("?", "\ud800"))


def test_an_encoded_word_reads_as_what_it_says() -> None:
    assert one_line(f"Rechnung {encoded('geändert')}", 100) == "Rechnung geändert"


@given(st.text(alphabet="=?bqBQutf-8 \r\n\x00\x01\x1b\ud800\u00e9A0_*", max_size=80))
def test_no_text_holds_an_encoded_word_afterwards(text: str) -> None:
    assert "=?" not in without_encoded_words(text)
    assert "=?" not in one_line(text, 80)
