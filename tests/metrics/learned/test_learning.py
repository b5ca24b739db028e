from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import learning, models
from vuurtoren.metrics.learned.models import DOCTYPE, Model
from vuurtoren.metrics.metric import Metric

KEY, NAME = "errors.last_hour", SeriesName("errors.last_hour")


def past(site, weeks=6, value=lambda at: float(2 if 9 <= at.hour < 17 else 0)):
    """A sample each quarter of an hour up to now."""
    begin = site.now_utc() - timedelta(weeks=weeks)
    moments = [begin + timedelta(minutes=15) * number for number in range(weeks * 672)]
    samples = [(site.from_utc(at), value(site.from_utc(at))) for at in moments]
    history.backfill(site, "errors", {NAME: samples})


def metric(site, value=1, unit="errors", key=KEY):
    return Metric(key, value, unit, "test", site.now(), "" if value is not None else "not there")


def test_what_was_learned_is_stored_and_reads_back(site):
    past(site)
    learned = learning.learn(site, NAME, "errors")
    stored = models.load(site, [NAME])[NAME]
    assert stored.forecast == learned.forecast and stored.days == learned.days == 42
    assert stored.baseline.hours.keys() == learned.baseline.hours.keys()
    assert stored.baseline.at(datetime(2026, 11, 5, 10), learning.week_of(site)).high == 2


def test_too_little_is_stored_as_too_little(site):
    past(site, weeks=1)
    learning.learn(site, NAME, "errors")
    stored = models.load(site, [NAME])[NAME]
    assert stored.baseline is None and stored.forecast is None and stored.days == 7


def test_each_series_is_learned_once_a_day_one_in_a_tick(site, clock):
    metrics = [metric(site, key=f"m.{number}") for number in range(3)]
    assert [learning.go_on(site, metrics) for _ in range(4)] == [1, 1, 1, 0]
    clock.move(hours=25)
    assert learning.go_on(site, metrics) == 1


def test_what_a_rule_waits_for_comes_first(site):
    metrics = [metric(site, key=f"m.{number}") for number in range(3)]
    assert learning.go_on(site, metrics, {"m.2"}) == 1
    assert SeriesName("m.2") in models.load(site, [SeriesName("m.2")])


@pytest.mark.parametrize("given", [None, "text", True])
def test_what_is_no_number_is_not_learned(site, given):
    assert learning.go_on(site, [metric(site, given, unit="yes/no" if given is True else "errors")]) == 0


def test_a_metric_that_changed_its_unit_is_learned_from_then_on(site, clock):
    past(site)
    learning.learn(site, NAME, "errors")
    clock.move(days=1)
    assert learning.learn(site, NAME, "kB").baseline is None
    clock.move(days=1)
    changed = learning.learn(site, NAME, "kB")
    assert changed.since_utc == site.now_utc() - timedelta(days=1) and changed.baseline is None


def test_a_clock_that_was_set_back_learns_again(site, clock):
    learning.go_on(site, [metric(site)])
    clock.move(days=-3)
    assert learning.go_on(site, [metric(site)]) == 1


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"hours": {"999": [1]}}', "x" * 5000, '{"unit": 1, "hours": NaN}']
)
def test_a_damaged_row_is_reported_and_learned_anew(site, content):
    past(site)
    learning.learn(site, NAME, "errors")
    site.update(DOCTYPE, models.name_of(NAME), {"content": content})
    assert models.load(site, [NAME]) == {}
    learning.learn(site, NAME, "errors")
    assert models.load(site, [NAME])[NAME].baseline is not None


def test_what_is_no_longer_measured_is_forgotten(site, clock):
    models.save(site, NAME, Model("errors", site.now_utc(), datetime(1970, 1, 1)))
    clock.move(days=40)
    models.save(site, SeriesName("m"), Model("errors", site.now_utc(), datetime(1970, 1, 1)))
    assert models.trim(site, site.now() - timedelta(days=30), 500) == 1
    assert site.count(DOCTYPE) == 1


def test_saving_twice_keeps_the_later(site):
    model = Model("errors", site.now_utc(), datetime(1970, 1, 1))
    models.save(site, NAME, model)
    models.save(site, NAME, replace(model, days=3))
    assert models.load(site, [NAME])[NAME].days == 3
    assert site.count(DOCTYPE) == 1


def test_in_summer_and_in_winter_nine_is_nine_by_the_clock(site, clock):
    """On 25 October 2026 Amsterdam puts its clocks back: three weeks before and three after."""
    clock.moment = datetime(2026, 11, 16, 9, 0, tzinfo=timezone.utc)
    past(site, value=lambda at: 50.0 if at.hour == 9 else 0.0)
    learned = learning.learn(site, NAME, "errors").baseline
    week = learning.week_of(site)
    at_nine = [learned.at(datetime(2026, 11, day, 9), week).low for day in range(16, 23)]
    at_eight = [learned.at(datetime(2026, 11, day, 8), week).high for day in range(16, 23)]
    at_ten = [learned.at(datetime(2026, 11, day, 10), week).high for day in range(16, 23)]
    assert (at_nine, at_eight, at_ten) == ([50.0] * 7, [0.0] * 7, [0.0] * 7)


def test_the_country_is_that_of_the_configuration(site):
    assert learning.week_of(site).country == ""
    site.set_conf("country", "Netherlands")
    assert learning.week_of(site).country == "Netherlands"


def test_where_very_many_wait_two_are_learned_in_a_tick(site, monkeypatch):
    monkeypatch.setattr(learning, "MANY", 3)
    metrics = [metric(site, key=f"m.{number}") for number in range(3)]
    assert [learning.go_on(site, metrics) for _ in range(3)] == [2, 1, 0]
