from __future__ import annotations

import random

import pytest

from vuurtoren.metrics.learned.forecasting import Forecast, fit


def days(values, first=740_000):
    return [(float(first + place), float(value)) for place, value in enumerate(values)]


@pytest.mark.parametrize("values", [[], [1], list(range(9))])
def test_too_few_days_say_nothing(values):
    assert fit(days(values)) is None


def test_a_line_goes_on():
    found = fit(days([10 + 0.5 * day for day in range(40)]))
    expected, low, high = found.at(10)
    assert expected == pytest.approx(34.5) and low <= expected <= high
    assert found.clear


def test_the_interval_grows_with_time():
    dice = random.Random(3)
    found = fit(days([day + dice.gauss(0, 3) for day in range(60)]))
    widths = [found.width(ahead) for ahead in (0, 1, 5, 20, 60, 200)]
    assert widths == sorted(widths) and widths[-1] > widths[0]


def test_it_says_when_a_limit_is_met_and_between_when():
    dice = random.Random(3)
    found = fit(days([50 + day / 2 + dice.gauss(0, 1) for day in range(60)]))
    earliest, expected, latest = found.reaches(90, upwards=True)
    assert earliest <= expected <= latest
    assert expected == pytest.approx(21, abs=4)


def test_a_limit_that_is_passed_already_is_met_today():
    found = fit(days(range(30)))
    assert found.reaches(10, upwards=True)[1] == 0


@pytest.mark.parametrize("upwards", [True, False])
def test_noise_and_a_constant_lead_nowhere(upwards):
    dice = random.Random(5)
    assert fit(days([dice.gauss(50, 3) for _ in range(60)])).reaches(60, upwards=upwards) is None
    assert fit(days([50.0] * 60)).reaches(60, upwards=upwards) is None


def test_what_leads_the_other_way_never_meets_it():
    assert fit(days(range(30))).reaches(-5, upwards=False) is None


def test_what_lies_beyond_a_year_is_not_said():
    assert fit(days([day / 1000 for day in range(60)])).reaches(50, upwards=True) is None


def test_gaps_in_the_days_are_gaps():
    found = fit([point for point in days([10 + day for day in range(60)]) if int(point[0]) % 7 > 1])
    assert found.at(3)[0] == pytest.approx(10 + found.day - 740_000 + 3)


def test_a_counter_that_began_anew_makes_no_steep_fall():
    found = fit(days([*range(1000, 1040), *range(5)]))
    assert abs(found.slope) < 30


def test_the_narrowest_interval_is_never_below_nothing():
    found = Forecast(0.0, 1.0, 0.0, ((1, 0.0),), 10, False)
    assert found.at(0) == (1.0, 1.0, 1.0) == found.at(100)
