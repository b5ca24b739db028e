"""What a number is about has one name, wherever it is seen from."""

from __future__ import annotations

import pytest

from vuurtoren.metrics import subject
from vuurtoren.metrics.subject import Subject


@pytest.mark.parametrize(
    ("counted", "main"),
    [
        ({"a": 9, "b": 4}, ["a"]),
        ({"a": 5, "b": 5}, ["a", "b"]),
        ({"a": 4, "b": 4, "c": 4}, []),
        ({"a": 0}, []),
        ({"": 9, "a": 1}, []),
        ({}, []),
    ],
)
def test_a_number_is_about_what_makes_up_half_of_it(counted: dict[str, int], main: list[str]) -> None:
    assert subject.main(counted) == main


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("app/www/member_portal.py in get_context", "/member-portal"),
        ("app/www/shop/index.py in get_context", "/shop"),
        ("app/dues/tasks.py in collect", "/api/method/app.dues.tasks.collect"),
    ],
)
def test_a_page_and_a_function_are_the_same_from_the_address_and_from_the_code(place: str, path: str) -> None:
    from_code, from_address = subject.place(place), subject.route(path)

    assert from_code is not None
    assert (from_code.sort, from_code.name) == (from_address.sort, from_address.name)


@pytest.mark.parametrize("text", ["", "<serverscript> in <module>", "app/tasks.py in <module>", "collect"])
def test_what_is_no_function_of_a_file_names_nothing(text: str) -> None:
    assert subject.place(text) is None


@pytest.mark.parametrize("plain", [{}, {"sort": "planet", "name": "x"}, {"sort": "batch", "name": ""}, []])
def test_what_is_stored_otherwise_is_refused(plain: dict[str, str]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Subject.from_plain(plain)
