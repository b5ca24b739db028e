from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta

import pytest

from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.learned.baseline import MOST_DAYS, learn
from vuurtoren.metrics.learned.week import Week, holidays_of

UNTIL = datetime(2026, 11, 2)
WEEK = Week()
TUESDAY_AT_9 = datetime(2026, 11, 3, 9, 20)


def hours(of, weeks=8, until=UNTIL):
    """One bucket for each hour; `of` gives the lowest and the highest value of an hour, or None for a gap."""
    begin = until - timedelta(weeks=weeks)
    moments = [begin + timedelta(hours=number) for number in range(weeks * 168)]
    found = ((at, of(at)) for at in moments)
    return [Bucket(at, sum(each) / 2, *each, 60) for at, each in found if each]


def working(at):
    """1 to 4 at work on weekdays, else 0."""
    return (1.0, 4.0) if at.weekday() < 5 and 9 <= at.hour < 17 else (0.0, 0.0)


def usual(buckets, at=TUESDAY_AT_9, until=UNTIL, week=WEEK):
    learned = learn(buckets, week, until)
    return learned.at(at, week) if learned else None


def test_each_hour_of_the_week_has_its_own():
    found = learn(hours(working), WEEK, UNTIL)
    assert (found.at(TUESDAY_AT_9, WEEK).low, found.at(TUESDAY_AT_9, WEEK).high) == (1, 4)
    assert found.at(datetime(2026, 11, 7, 9), WEEK).high == 0


@pytest.mark.parametrize("weeks", [0, 1, 2])
def test_too_little_says_nothing(weeks):
    assert learn(hours(working, weeks=weeks), WEEK, UNTIL) is None


def test_one_sample_says_nothing():
    assert learn([Bucket(UNTIL - timedelta(hours=1), 1.0, 1.0, 1.0, 1)], WEEK, UNTIL) is None


def test_an_hour_that_was_seldom_seen_is_not_known_and_the_others_are():
    found = learn(hours(lambda at: None if at.weekday() == 1 else working(at)), WEEK, UNTIL)
    assert found.at(TUESDAY_AT_9, WEEK) is None
    assert found.at(datetime(2026, 11, 4, 9), WEEK).high == 4


def test_a_year_of_gaps_is_learned_from_what_is_there():
    assert usual(hours(lambda at: working(at) if at.day % 3 else None)).high == 4


def test_one_wild_week_in_eight_moves_nothing():
    wild = hours(
        lambda at: (900.0, 999.0) if at >= UNTIL - timedelta(weeks=3) and at.day < 19 else working(at)
    )
    assert usual(wild).high < 10


def test_a_constant_number_still_has_a_spread():
    found = usual(hours(lambda _at: (5000.5, 5000.5)))
    assert found.low == found.high == 5000.5
    assert found.above > 0 and found.below > 0


def test_a_small_count_spreads_at_least_as_chance_would_have_it():
    assert usual(hours(lambda _at: (0.0, 16.0))).above >= 4


def test_a_number_that_grows_is_judged_by_where_it_is_now():
    def growing(at):
        days = (at - UNTIL) / timedelta(days=1)
        return 1000.5 + 5 * days, 1001.5 + 5 * days

    found = usual(hours(growing))
    assert 965 < found.low < found.high < 1010
    assert found.above < 30


def test_a_counter_that_began_anew_is_where_it_began_anew_after_a_week():
    high = hours(lambda at: (500.0, 500.0) if at < UNTIL - timedelta(days=7) else (3.0, 3.0))
    assert usual(high).high < 10


def test_what_comes_later_is_not_known():
    buckets = hours(working, weeks=12, until=UNTIL + timedelta(weeks=4))
    later = [each for each in buckets if each.at < UNTIL]
    assert learn(buckets, WEEK, UNTIL) == learn(later, WEEK, UNTIL)


class TestDaysOfAMonth:
    def monthly(self, at):
        return (300.0, 400.0) if at.day == 25 and 8 <= at.hour < 12 else (0.0, 3.0)

    def hours(self, days=MOST_DAYS):
        return hours(self.monthly, weeks=days // 7)

    def test_what_comes_each_month_is_usual_on_that_day(self):
        found = learn(self.hours(), WEEK, UNTIL)
        assert found.at(datetime(2026, 11, 25, 9), WEEK).high == 400
        assert found.at(datetime(2026, 11, 24, 9), WEEK).high < 10

    def test_two_months_are_too_few_to_say_so(self):
        found = learn(self.hours(days=56), WEEK, UNTIL)
        assert found.at(datetime(2026, 11, 25, 9), WEEK).high < 10


@pytest.mark.parametrize(("differs", "usual_then"), [(50, False), (-50, False), (70, True), (-70, True)])
def test_a_day_of_the_month_is_one_of_its_own_beyond_three_spreads_on_either_side(differs, usual_then):
    """Of a number around 1000 the spread is never below a fiftieth, 20; three of them are 60."""
    level = hours(lambda at: (1000.5 + differs * (at.day == 1),) * 2, weeks=MOST_DAYS // 7)
    assert (1 in learn(level, WEEK, UNTIL).month_days) is usual_then


class TestHolidays:
    def test_those_of_the_country_count_as_sundays(self):
        pytest.importorskip("holidays")
        kings_day = datetime(2026, 4, 27, 9)
        assert Week("Netherlands").hour_of(kings_day) == 6 * 24 + 9
        assert Week("NL").hour_of(kings_day) == 6 * 24 + 9
        assert Week().hour_of(kings_day) == 9

    @pytest.mark.parametrize("country", ["Atlantis", "", "__class__", "HolidayBase", "x" * 60])
    def test_a_country_that_nobody_knows_has_none(self, country):
        assert Week(country).hour_of(datetime(2026, 12, 25, 9)) == 4 * 24 + 9

    def test_without_the_library_there_are_none(self, monkeypatch):
        holidays_of.cache_clear()
        monkeypatch.setattr("vuurtoren.metrics.learned.week.find_spec", lambda _name: None)
        assert holidays_of("Netherlands", 2026) == frozenset()
        holidays_of.cache_clear()

    def test_a_year_has_only_its_own(self):
        pytest.importorskip("holidays")
        assert all(day.year == 2026 for day in holidays_of("Netherlands", 2026))
        assert date(2026, 12, 25) in holidays_of("Netherlands", 2026)


def test_noise_alone_is_seldom_far_from_usual():
    dice = random.Random(1)

    def noisy(at):
        return 100 + 30 * math.sin(at.hour) + dice.gauss(0, 5), 120 + 30 * math.sin(at.hour) + dice.gauss(
            0, 5
        )

    found = learn(hours(noisy), WEEK, UNTIL)
    beyond = 0
    for number in range(168):
        at = UNTIL + timedelta(hours=number)
        _, high = noisy(at)
        usual = found.at(at, WEEK)
        beyond += high > usual.high + 4 * usual.above
    assert beyond <= 3
