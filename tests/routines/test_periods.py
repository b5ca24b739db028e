"""Days, weeks and months are counted in dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.routines.periods import LOOKED_BACK, ROUTINES, Routine, begins, earlier, key

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


@pytest.mark.parametrize(
    ("routine", "day", "period"),
    [
        ("daily", date(2026, 10, 25), "2026-10-25"),
        ("weekly", date(2027, 1, 3), "2026-W53"),
        ("weekly", date(2027, 1, 4), "2027-W01"),
        ("monthly", date(2026, 2, 28), "2026-02"),
    ],
)
def test_a_period_has_its_name(routine: Routine, day: date, period: str) -> None:
    assert key(routine, day) == period


@given(st.sampled_from(ROUTINES), days)
def test_every_day_is_in_one_period_which_its_first_day_names(routine: Routine, day: date) -> None:
    first = begins(routine, day)
    assert first <= day
    assert key(routine, first) == key(routine, day)
    assert key(routine, first - timedelta(days=1)) != key(routine, day)


@given(st.sampled_from(ROUTINES), days)
def test_no_earlier_period_is_counted_twice(routine: Routine, day: date) -> None:
    names = [key(routine, begun) for begun in earlier(routine, day)]
    assert len(set(names) | {key(routine, day)}) == LOOKED_BACK[routine] + 1
