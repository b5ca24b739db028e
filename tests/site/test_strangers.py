"""A whole number of a stranger is one that every database keeps, or it is none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vuurtoren.site.strangers import DEEPEST, NotReadable, json_value, next_version, whole

LARGEST_INT = 2_147_483_647
"""What an INT of MariaDB and an INTEGER of PostgreSQL hold."""


@given(st.integers(-(2**70), 2**70))
@example(LARGEST_INT)
@example(LARGEST_INT + 1)
def test_a_whole_number_is_one_that_every_database_keeps(value: int) -> None:
    kept = 0 <= value <= LARGEST_INT
    assert whole(value, otherwise=-7) == (value if kept else -7)
    assert whole(value / 1, otherwise=-7) == (value if kept else -7)


def test_the_version_after_the_last_one_that_is_kept_is_the_first() -> None:
    assert next_version(LARGEST_INT - 1) == LARGEST_INT
    assert next_version(LARGEST_INT) == 1


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a": ', "}")])
def test_a_value_is_read_that_is_nested_sixty_times_and_none_that_is_nested_further(
    opened: str, closed: str
) -> None:
    def nested(times: int) -> str:
        return f"[{'[0], ' * DEEPEST}{opened * (times - 1)}1{closed * (times - 1)}]"

    assert json_value(nested(DEEPEST))
    with pytest.raises(NotReadable):
        json_value(nested(DEEPEST + 1))
