from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.test_history import KEY, snapshot
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import buckets, history, reading, rollup
from vuurtoren.metrics.history.buckets import Buckets
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.retention import trim
from vuurtoren.metrics.history.rows import DOCTYPE, PROGRESS, day_of, key_of, save_all, series_row, slot_of
from vuurtoren.metrics.history.series import BrokenSeries, Series

NAME = SeriesName(KEY)


def read(site, resolution, days=30):
    return history.read_buckets(site, [NAME], site.now() - timedelta(days=days), resolution)[NAME]


def by_hand(site, seconds, days=30):
    """The same from the minutes, one by one."""
    found = {}
    for at, value in history.read(site, KEY, site.now() - timedelta(days=days)):
        since = (site.to_utc(at) - datetime(1970, 1, 1)).total_seconds()
        found.setdefault(int(since // seconds), []).append(value)
    return [
        (pytest.approx(sum(each) / len(each)), min(each), max(each), len(each))
        for _, each in sorted(found.items())
    ]


def tick(site, clock, times, *, minutes, value=float):
    for number in range(times):
        history.record(site, snapshot(site, value(number)))
        clock.move(minutes=minutes)


@pytest.mark.parametrize("seconds", [300, 3600, 86_400])
def test_each_resolution_is_what_the_minutes_make_of_it(site, clock, seconds):
    tick(site, clock, 400, minutes=17, value=lambda number: (number * 37) % 101 / 2)
    assert [each[1:] for each in read(site, seconds)] == by_hand(site, seconds)


def test_days_that_ended_are_stored_as_hours_and_as_days(site, clock):
    tick(site, clock, 80, minutes=60)
    stored = site.tally(DOCTYPE, "resolution_seconds", {"metric": KEY})
    assert stored == {60: 4, 3600: 1, 86_400: 1}


def test_what_arrives_late_for_a_day_is_put_in_with_it(site, clock):
    tick(site, clock, 80, minutes=60)
    history.backfill(site, "%", {NAME: [(site.now() - timedelta(days=2, minutes=7), 99.0)]})
    assert [each[1:] for each in read(site, 3600)] == by_hand(site, 3600)
    assert max(each.highest for each in read(site, 86_400)) == 99.0


def test_putting_a_day_together_again_changes_no_number(site, clock):
    tick(site, clock, 80, minutes=60)
    before = read(site, 3600)
    row = site.get(DOCTYPE, PROGRESS)
    site.update(DOCTYPE, PROGRESS, {"points": "0"}, expect={"version": row["version"]})
    site.delete(DOCTYPE, {"name": PROGRESS}, limit=1)
    for _ in range(5):
        history.put_days_together(site)
    assert read(site, 3600) == before


def test_a_site_that_was_updated_reads_rightly_before_its_days_are_put_together(site, clock):
    for day in (5, 4, 3):
        slot_day = rollup._number((site.now_utc() - timedelta(days=day)).date())
        series = Series(0.1, {60 * hour: hour for hour in range(24)})
        save_all(site, [series_row(site, NAME, slot_day, series, None)])
    site.commit()
    before = read(site, 3600), read(site, 86_400)
    for _ in range(8):
        history.put_days_together(site)
    assert site.tally(DOCTYPE, "resolution_seconds", {"metric": KEY}) == {60: 3, 3600: 2, 86_400: 1}
    assert (read(site, 3600), read(site, 86_400)) == before
    assert len(before[0]) == 72


def test_on_a_new_site_what_is_filled_in_needs_no_second_look(site, monkeypatch):
    """Months of it are read as hours at once, and not from their minutes day by day."""
    past = [(site.now() - timedelta(hours=hours), float(hours % 7)) for hours in range(1, 24 * 40)]
    history.backfill(site, "%", {NAME: past})
    asked = []
    monkeypatch.setattr(reading, "load_minutes", lambda _site, keys: (asked.extend(keys) or {}, {}))
    assert len(read(site, 3600)) > 24 * 28
    assert asked == [key_of(NAME, day_of(slot_of(site.now_utc())))]


class Killed(BaseException):
    """What no handler of ours catches."""


def test_killed_at_any_statement_nothing_is_lost_and_nothing_counted_twice(tmp_path):
    for statement in range(1, 60):
        moment = [datetime(2026, 11, 4, 22, 50, tzinfo=timezone.utc)]
        config = {"time_zone": "UTC"}
        site = SQLiteSite(tmp_path / str(statement), clock=lambda now=moment: now[0], config=config)
        for minute in range(20):
            history.record(site, snapshot(site, float(minute)))
            moment[0] += timedelta(minutes=1)
        moment[0] += timedelta(hours=3)
        finished = _record_until_killed(site, statement)
        site.rollback()
        history.record(site, snapshot(site, 99.0))
        moment[0] += timedelta(minutes=40)
        history.record(site, snapshot(site, 98.0))
        assert [each.samples for each in read(site, 86_400)] == [20, 2]
        assert [each[1:] for each in read(site, 3600)] == by_hand(site, 3600)
        site.store.close()
        if finished:
            break
    assert 4 < statement < 59


def _record_until_killed(site, statement):
    """Seal and put together; whether it came to its end before that many writes."""
    writes, write = itertools.count(1), site.store.write

    def counted(*given, **how):
        if next(writes) == statement:
            raise Killed
        return write(*given, **how)

    site.store.write = counted
    try:
        history.record(site, snapshot(site, 99.0))
    except Killed:
        return False
    finally:
        site.store.write = write
    return True


def test_the_days_outlive_the_minutes_and_the_hours(site, clock):
    past = [(site.now() - timedelta(days=days, hours=1), 1.0) for days in range(1, 500)]
    history.backfill(site, "%", {NAME: past})
    trim(site)
    assert len(read(site, 86_400, days=600)) == 499
    assert len(read(site, 3600, days=600)) < 440


def test_a_unit_that_became_finer_keeps_both(site, clock):
    tick(site, clock, 30, minutes=60)
    for number in range(30):
        history.record(site, snapshot(site, number + 0.5, unit="h"))
        clock.move(minutes=60)
    days = read(site, 86_400)
    assert max(each.highest for each in days) == 29.5
    assert sum(each.samples for each in days) == 60


def test_a_counter_that_begins_anew_is_only_lower(site, clock):
    tick(site, clock, 60, minutes=60, value=lambda number: float(number % 30))
    assert [each.lowest for each in read(site, 86_400)] == [0.0, 0.0, 9.0]


def test_the_clock_set_back_counts_no_minute_twice(site, clock):
    tick(site, clock, 50, minutes=30)
    clock.move(hours=-5)
    tick(site, clock, 50, minutes=30)
    assert [each[1:] for each in read(site, 3600)] == by_hand(site, 3600)


def test_a_damaged_month_is_reported_and_made_anew_of_what_is_written(site, clock):
    tick(site, clock, 80, minutes=60)
    month = site.get_all(DOCTYPE, ["name"], {"resolution_seconds": 3600})[0]["name"]
    site.update(DOCTYPE, month, {"points": "1 2 bbbbb AAAA"})
    site.commit()
    assert len(read(site, 3600)) < 80
    tick(site, clock, 40, minutes=60)
    assert len(read(site, 3600)) > 40


WHOLE = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=60)


@given(st.dictionaries(st.integers(0, 8783), WHOLE, max_size=40), st.sampled_from([0.01, 0.1, 1.0, 65536.0]))
def test_text_gives_back_what_was_put_in(content, step):
    found = {slot: (len(each), sum(each), min(each), max(each)) for slot, each in content.items()}
    assert buckets.decode(buckets.encode(Buckets(step, found))) == Buckets(step, dict(sorted(found.items())))


@given(st.text(max_size=60))
def test_a_text_that_is_no_row_is_refused(text):
    with pytest.raises(BrokenSeries):
        buckets.decode(text)


def test_another_resolution_is_refused(site):
    with pytest.raises(ValueError, match="no resolution"):
        history.read_buckets(site, [NAME], site.now(), 7)
