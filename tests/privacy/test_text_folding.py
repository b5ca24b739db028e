"""A text is read in every way in which it may be meant, and what is found keeps its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.privacy.text_folding import readings


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a%20b", "a b"),
        ("a%2520b", "a b"),
        ("a%C2%A0b", "a b"),
        ("a%A0b", "a b"),
        ("caf%C3%A9", "café"),
        ("a&nbsp;b&#160;c&#xA0;d", "a b c d"),
        ("a&amp;nbsp;b", "a b"),
        ("a&amp;b=1", "a&b=1"),
        ("a%26nbsp%3Bb", "a b"),
        (r"a\u00a0b\nc\x41", "a b\ncA"),
        (r"a\\u00a0b\\nc", "a b\nc"),
        (r"\ud835\udfd7", "9"),
        ("a=C2=A0b=\r\nc", "a bc"),
        ("a=20b=20c", "a b c"),
        ("ＮＬ９１", "NL91"),
        ("a\u00adb\u200bc\ufeffd\u034fe", "abcde"),
        ("①②⑩𝟗٣", "121093"),
        ("a<br>b<wbr/>c", "a b c"),
    ],
)
def test_the_last_reading_is_what_is_meant(text, meant):
    assert readings(text)[-1].text == meant


@pytest.mark.parametrize("text", ["plain", "100% & more", "a = b; c == d", "x[1:2]", "C++ <string>", "1 < 2"])
def test_a_text_that_encodes_nothing_has_one_reading(text):
    assert [reading.text for reading in readings(text)] == [text]


@pytest.mark.parametrize(
    "text", ["iban=BE68539007547034", "=DE89370400440532013000", "=AD1200012030200359100100"]
)
def test_a_country_after_a_sign_is_no_quoted_printable(text):
    assert all(text in reading.text for reading in readings(text))


@given(
    st.lists(
        st.one_of(
            st.text(max_size=6),
            st.sampled_from(
                ["%20", "%25", "%C2%A0", "&nbsp;", "&amp;", "=20", "=C2=A0", "=\n", "\\u00a0", "\\n"]
            ),
        ),
        max_size=8,
    ).map("".join)
)
def test_every_place_of_every_reading_lies_in_the_text_in_order(text):
    for reading in readings(text):
        assert len(reading.lower) == len(reading.text)
        before = 0
        for place in range(len(reading.text)):
            start, end = reading.written(place, place + 1)
            assert before <= start < end <= len(text)
            before = start


def test_what_is_plain_keeps_its_place_around_what_is_not():
    text = "é%20NL91&nbsp;x"
    folded = readings(text)[-1]
    start = folded.text.index("NL91")
    assert slice(*folded.written(start, start + 4)) == slice(text.index("NL91"), text.index("NL91") + 4)
    assert folded.written(start + 4, start + 5) == (text.index("&"), text.index(";") + 1)
