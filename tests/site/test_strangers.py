"""A whole number of a stranger is one that every database keeps, or it is none."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from vuurtoren.site.strangers import next_version, whole

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
