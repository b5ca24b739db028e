"""The statistics agree with exact enumeration, and their error rates are those that they state."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.metrics.robust import MOST_POINTS, mann_kendall, theil_sen
from vuurtoren.metrics.shares import wilson

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
SERIES = st.lists(NUMBERS, min_size=2, max_size=25)


def exact_p_value(statistic: int, length: int) -> float:
    """Two-sided: the share of all orders of distinct values whose S is at least as far from zero."""
    orders = list(itertools.permutations(range(length)))
    found = [abs(mann_kendall(order).statistic) >= abs(statistic) for order in orders]
    return sum(found) / len(orders)


@pytest.mark.parametrize("statistic", [1, 7, 13, 15, 19, 21])
def test_the_p_value_is_near_that_of_exact_enumeration(statistic: int) -> None:
    values = next(
        order for order in itertools.permutations(range(7)) if mann_kendall(order).statistic == statistic
    )
    assert mann_kendall(values).p_value == pytest.approx(exact_p_value(statistic, 7), abs=0.02)


@pytest.mark.parametrize("values", [range(1, 7), (1, 2, 2, 3, 4, 5), (1, 1, 1, 2, 3, 3), (1, 1, 2, 2, 3, 3)])
def test_ties_count_as_they_do_in_exact_enumeration(values: Sequence[int]) -> None:
    spread = pstdev(mann_kendall(order).statistic for order in itertools.permutations(values))
    found = mann_kendall(values)
    assert found.p_value == pytest.approx(math.erfc((found.statistic - 1) / spread / math.sqrt(2)))


def test_the_statistic_counts_rising_pairs_against_falling_ones() -> None:
    assert mann_kendall([10, 15, 14, 20]).statistic == 5 - 1
    assert mann_kendall([3, 3, 2]).statistic == 0 - 2  # a tie counts for neither


def test_equal_values_have_no_trend() -> None:
    assert mann_kendall([3.0] * 12).p_value == 1.0


@given(SERIES)
def test_reversing_time_reverses_the_trend(values: list[float]) -> None:
    forward, backward = mann_kendall(values), mann_kendall(values[::-1])
    assert forward.statistic == -backward.statistic
    assert forward.p_value == backward.p_value
    assert 0 <= forward.p_value <= 1


@given(st.integers(-100, 100), st.integers(-1000, 1000), st.integers(2, 25))
def test_the_line_through_points_on_a_line_is_that_line(slope: int, intercept: int, number: int) -> None:
    line = theil_sen([(x, intercept + slope * x) for x in range(number)])
    assert (line.slope, line.low, line.high) == (slope, slope, slope)


def test_a_quarter_of_wild_values_does_not_move_the_line() -> None:
    points = [(x, 2.0 * x) for x in range(20)]
    for x in (1, 6, 11, 16, 19):
        points[x] = (x, 1e9)
    assert theil_sen(points).slope == pytest.approx(2.0, abs=0.01)


@given(st.lists(NUMBERS, min_size=3, max_size=25))
def test_the_slope_lies_within_its_interval(values: list[float]) -> None:
    line = theil_sen(list(enumerate(values)))
    assert line.low <= line.slope <= line.high


def test_points_at_one_moment_make_no_line() -> None:
    with pytest.raises(ValueError, match="differ in time"):
        theil_sen([(1, 1), (1, 2)])


def test_more_points_than_can_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        mann_kendall([0.0] * (MOST_POINTS + 1))


@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    [(1, 20, 0.0089, 0.2361), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilsons_interval_is_that_of_the_tables(number: int, of: int, low: float, high: float) -> None:
    share = wilson(number, of)
    assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@pytest.mark.parametrize(("number", "of"), [(0, 0), (3, 2), (-1, 5)])
def test_a_share_of_nothing_is_refused(number: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(number, of)


def poisson(chance: random.Random, mean: float) -> int:
    limit, number, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        number, product = number + 1, product * chance.random()
    return number


@pytest.mark.parametrize("days", [10, 14, 30])
def test_noise_is_called_a_trend_in_one_of_twenty_cases_at_most(days: int) -> None:
    chance = random.Random(days)
    for mean_of_day in (lambda day: 5.0, lambda day: 0.3, lambda day: 1.0 if day % 7 > 4 else 12.0):
        series = [[poisson(chance, mean_of_day(day)) for day in range(days)] for _case in range(400)]
        alarms = sum(mann_kendall(values).p_value < 0.05 for values in series)
        assert alarms <= 400 * 0.075  # 5 % and three standard errors of 400 cases


def test_a_growth_of_a_tenth_a_day_is_found_within_two_weeks_nearly_always() -> None:
    chance = random.Random(1)
    series = [[poisson(chance, 5 * 1.1**day) for day in range(14)] for _case in range(200)]
    assert sum(mann_kendall(values).p_value < 0.05 for values in series) >= 180
