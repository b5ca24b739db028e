"""Texts of a request become the values that a function declares, or are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.embedded.server.arguments import FrappeTypeError, converted


@pytest.mark.parametrize(
    ("given_value", "wanted", "expected"),
    [
        ("7", int, 7),
        ("1.5", float, 1.5),
        ("text", str, "text"),
        ("true", bool, True),
        ("0", bool, False),
        ('{"a": 1}', dict, {"a": 1}),
        ("[1, 2]", list[int], [1, 2]),
        ("", int | None, None),
        ("3", int | None, 3),
        ({"a": 1}, dict[str, Any], {"a": 1}),
        ("anything", Any, "anything"),
    ],
)
def test_it_converts(given_value: Any, wanted: Any, expected: Any) -> None:
    assert converted("argument", given_value, wanted) == expected


@pytest.mark.parametrize(
    ("given_value", "wanted"),
    [
        ("seven", int),
        ("", int),
        (True, int),
        ("yes", bool),
        ("[1]", dict),
        ("{", dict),
        (7, str),
        ("half \ud800 a pair", str),
        ("[" * 100_000, list),
        (None, int),
    ],
)
def test_it_refuses(given_value: Any, wanted: Any) -> None:
    with pytest.raises(FrappeTypeError, match="argument: "):
        converted("argument", given_value, wanted)


@given(st.text(), st.sampled_from([int, float, bool, str, dict, list, int | None]))
def test_it_converts_or_refuses_any_text(text: str, wanted: Any) -> None:
    try:
        converted("argument", text, wanted)
    except FrappeTypeError:
        pass


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "1e999", "9" * 5000])
def test_a_number_that_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(FrappeTypeError):
        converted("days", value, int)
