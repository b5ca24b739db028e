"""Numbers as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from vuurtoren.pages.formats import Formats, since_text
from vuurtoren.site.quantities import quantity

FORMATS = Formats(str)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "%", "–"),
        (float("nan"), "%", "–"),
        (0, "errors", "0"),
        (12, "errors", "12"),
        (1284, "requests", "1,284"),
        (93.42, "%", "93.4 %"),
        (100.0, "%", "100 %"),
        (3.14159, "load", "3.14"),
        (999, "bytes", "999 B"),
        (1_500_000_000, "bytes", "1.5 GB"),
        (18_400, "bytes/s", "18.4 kB/s"),
        (2_000_000, "bytes/day", "2 MB/day"),
        (4, "queries/h", "4 /h"),
        (840, "ms", "840 ms"),
        (2000, "ms", "2 s"),
        (0, "s", "0 s"),
        (45, "s", "45 s"),
        (3600, "s", "1 h"),
        (11_400, "s", "3 h 10 min"),
        (30, "h", "1 d 6 h"),
        (61, "days", "61 d"),
        (True, "yes/no", "yes"),
        (False, "yes/no", "no"),
        ("2026-02-20T03:12:00", "time", "2026-02-20 03:12"),
        ("reachable", "", "reachable"),
    ],
)
def test_it_writes_a_value_in_the_unit_that_suits_it(value, unit, text):
    assert FORMATS.text(value, unit).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (40, "40 s ago"), (600, "10 min ago"), (90_000, "1 d 1 h ago"), (-3600, "in 1 h")],
)
def test_it_says_how_long_ago(seconds, text):
    assert FORMATS.ago(seconds).replace("\u202f", " ") == text


def test_it_leaves_out_of_a_moment_what_today_makes_plain():
    now = datetime(2026, 11, 4, 10, 0)
    assert since_text(datetime(2026, 11, 4, 9, 5), now) == "09:05"
    assert since_text(datetime(2026, 11, 3, 9, 5), now) == "3 Nov 09:05"
    assert since_text(datetime(2025, 11, 3, 9, 5), now) == "2025-11-03"


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (93.42, "%"),
        (40, "s"),
        (90, "s"),
        (7500, "s"),
        (2500, "ms"),
        (1.5e9, "bytes"),
        (30.5, "h"),
        (3, "days"),
    ],
)
def test_a_number_looks_the_same_on_the_page_and_in_a_sentence(value: float, unit: str) -> None:
    assert str(FORMATS.quantity(value, unit)).replace("\u202f", " ") == quantity(value, unit)
