from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verenigingen.tests.support.patience import joined
from vuurtoren import failures
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.retention import ROW_OVERHEAD_BYTES, size_bytes, trim
from vuurtoren.metrics.history.rows import DOCTYPE, OPEN, PROGRESS, load_open
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.site.errors import ReadOnly

KEY = "host.cpu_percent"
HOUR = timedelta(hours=1)


def snapshot(site, value, *, key=KEY, unit="%", labels=(), measured_at=None):
    metric = Metric(key, value, unit, "host", measured_at or site.now(), labels=labels)
    return Snapshot(site.now(), site.now_utc(), (metric,))


def values(site, since=timedelta(days=30), key=KEY, labels=()):
    return [value for _, value in history.read(site, key, site.now() - since, labels)]


def test_it_gives_back_what_was_recorded(site, clock):
    for value in (10.0, 20.5, 33.3):
        history.record(site, snapshot(site, value))
        clock.move(minutes=1)
    assert history.read(site, KEY, site.now() - timedelta(hours=1)) == [
        (datetime(2026, 11, 4, 10, 0), 10.0),
        (datetime(2026, 11, 4, 10, 1), 20.5),
        (datetime(2026, 11, 4, 10, 2), 33.3),
    ]


def test_recording_the_same_snapshot_again_changes_nothing(site):
    taken = snapshot(site, 10.0)
    history.record(site, taken)
    before = site.get(DOCTYPE, OPEN)
    history.record(site, taken)
    assert site.get(DOCTYPE, OPEN) == before


def test_of_two_values_in_a_minute_the_later_holds(site, clock):
    history.record(site, snapshot(site, 10.0))
    clock.move(seconds=30)
    history.record(site, snapshot(site, 11.0))
    assert values(site) == [11.0]


def test_a_gap_is_a_gap(site, clock):
    history.record(site, snapshot(site, 10.0))
    clock.move(minutes=45)
    history.record(site, snapshot(site, 11.0))
    assert len(values(site)) == 2


def test_it_seals_after_half_an_hour_and_loses_nothing(site, clock):
    for minute in range(65):
        history.record(site, snapshot(site, float(minute)))
        clock.move(minutes=1)
    assert values(site) == [float(minute) for minute in range(65)]
    assert site.count(DOCTYPE, {"metric": KEY}) == 1
    assert 0 < site.get(DOCTYPE, OPEN)["point_count"] < 31


def test_a_number_that_was_measured_hours_ago_has_nothing_sealed_sooner(site, clock):
    long_ago = snapshot(site, 7.0, key="database.bytes").metrics
    clock.move(hours=2)
    sealed_at = []
    for minute in range(65):
        taken = snapshot(site, float(minute))
        history.record(site, replace(taken, metrics=(*taken.metrics, *long_ago)))
        if not load_open(site).samples:
            sealed_at.append(minute)
        clock.move(minutes=1)
    assert sealed_at == [30, 61]
    assert values(site) == [float(minute) for minute in range(65)]
    assert values(site, key="database.bytes") == [7.0]


def test_a_tick_writes_one_row_however_many_metrics_there_are(site, clock):
    many = tuple(Metric(f"m.{number}", 1, "count", "test", site.now()) for number in range(100))
    history.record(site, Snapshot(site.now(), site.now_utc(), many))
    assert site.count(DOCTYPE, {"name": ("!=", PROGRESS)}) == 1


def test_it_reads_across_days(site, clock):
    for hour in range(50):
        history.record(site, snapshot(site, float(hour)))
        clock.move(hours=1)
    assert values(site) == [float(hour) for hour in range(50)]
    assert values(site, since=timedelta(hours=3)) == [47.0, 48.0, 49.0]


def test_it_reads_up_to_a_moment_and_no_further(site, clock):
    for hour in range(50):
        history.record(site, snapshot(site, float(hour)))
        clock.move(hours=1)
    ends = site.now() - timedelta(hours=10)
    assert [value for _, value in history.read(site, KEY, ends - timedelta(hours=2), (), ends)] == [
        38.0, 39.0, 40.0,
    ]  # fmt: skip


def test_samples_go_as_pairs_and_are_cut_like_a_list(site, clock):
    for value in (1.0, 2.0, 3.0):
        history.record(site, snapshot(site, value))
        clock.move(minutes=1)
    read = history.read(site, KEY, site.now() - timedelta(hours=1))
    assert (read[-1], len(read)) == ((datetime(2026, 11, 4, 10, 2), 3.0), 3)
    assert read[1:] == list(read)[1:]
    assert (read.moments[0], read.values) == (datetime(2026, 11, 4, 10, 0), [1.0, 2.0, 3.0])


def test_it_keeps_true_and_false_as_one_and_zero(site):
    history.record(site, snapshot(site, True, key="scheduler.enabled", unit="yes/no"))
    assert values(site, key="scheduler.enabled") == [1.0]


@pytest.mark.parametrize("value", ["text", float("nan"), float("inf")])
def test_it_records_no_text_and_no_impossible_number(site, value):
    assert history.record(site, snapshot(site, value)) == 0
    assert values(site) == []


def test_it_records_nothing_unknown(site):
    unknown = Metric(KEY, None, "%", "host", site.now(), "because")
    assert history.record(site, Snapshot(site.now(), site.now_utc(), (unknown,))) == 0


def test_a_value_used_again_keeps_its_own_minute(site, clock):
    measured_at = site.now()
    clock.move(minutes=10)
    history.record(site, snapshot(site, 10.0, measured_at=measured_at))
    assert history.read(site, KEY, measured_at)[0][0] == measured_at


def test_it_keeps_labelled_instances_apart(site):
    for queue, depth in (("default", 3), ("long", 5)):
        labels = (("queue", queue),)
        history.record(site, snapshot(site, depth, key="queue.depth", unit="jobs", labels=labels))
    assert values(site, key="queue.depth", labels=[("queue", "long")]) == [5.0]
    history.seal(site)
    assert values(site, key="queue.depth", labels=[("queue", "default")]) == [3.0]


def test_long_labels_still_make_a_name(site):
    labels = (("queue", "x" * 400),)
    history.record(site, snapshot(site, 7, key="queue.depth", unit="jobs", labels=labels))
    history.seal(site)
    assert values(site, key="queue.depth", labels=labels) == [7.0]


def test_a_clock_that_goes_back_overwrites_and_loses_nothing_else(site, clock):
    for value in (1.0, 2.0, 3.0):
        history.record(site, snapshot(site, value))
        clock.move(minutes=1)
    clock.move(minutes=-2)
    history.record(site, snapshot(site, 9.0))
    clock.move(minutes=10)
    assert values(site) == [1.0, 9.0, 3.0]


def test_the_hour_that_autumn_repeats_is_two_hours(site, clock):
    """On 25 October 2026 Amsterdam has 02:30 twice."""
    clock.moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    history.record(site, snapshot(site, 1.0))
    clock.move(hours=1)
    assert site.now() == datetime(2026, 10, 25, 2, 30)
    history.record(site, snapshot(site, 2.0))
    clock.move(hours=1)
    assert [value for _, value in history.read(site, KEY, datetime(2026, 10, 25, 0, 0))] == [1.0, 2.0]


def test_a_damaged_row_is_reported_and_hides_no_other_day(site, clock, monkeypatch):
    history.record(site, snapshot(site, 1.0))
    history.seal(site)
    row = site.get_all(DOCTYPE, ["name"], {"metric": KEY})[0]
    site.update(DOCTYPE, row["name"], {"points": "1 9 AAAA"})
    clock.move(days=1)
    history.record(site, snapshot(site, 2.0))
    history.seal(site)
    assert values(site) == [2.0]
    assert site.count("Error Log", {"method": failures.OWN_TITLE}) == 1


def test_a_changed_precision_keeps_the_old_samples(site, clock):
    history.record(site, snapshot(site, 10.0, unit="%"))
    history.seal(site)
    clock.move(minutes=1)
    history.record(site, snapshot(site, 12.0, unit="count"))
    history.seal(site)
    assert values(site) == [10.0, 12.0]


def test_it_fills_in_the_past(site):
    now = site.now()
    past = [(now - timedelta(hours=hours), float(hours)) for hours in range(72, 0, -1)]
    history.backfill(site, "%", {SeriesName(KEY): past})
    assert history.read(site, KEY, now - timedelta(days=5)) == past


def test_eight_writers_lose_nothing(tmp_path, clock):
    site = SQLiteSite(tmp_path / "shared", clock=clock)
    failed = []

    def write(writer):
        try:
            for sample in range(10):
                minute = site.now() - timedelta(minutes=40 - sample)
                history.record(site, snapshot(site, float(writer), key=f"m.{writer}", measured_at=minute))
        except Exception as error:  # a thread must hand its failure to the test
            failed.append(error)
        finally:
            site.store.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert not failed
    assert [len(values(site, key=f"m.{writer}")) for writer in range(8)] == [10] * 8


def test_eight_sealers_lose_nothing(tmp_path, clock):
    site = SQLiteSite(tmp_path / "shared", clock=clock)
    for minute in range(20):
        history.record(site, snapshot(site, float(minute)))
        clock.move(minutes=1)
    threads = [threading.Thread(target=lambda: (history.seal(site), site.store.close())) for _ in range(8)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert values(site) == [float(minute) for minute in range(20)]
    assert site.get(DOCTYPE, OPEN)["point_count"] == 0


def test_a_database_that_takes_no_writes_loses_nothing_that_was_stored(site, clock):
    history.record(site, snapshot(site, 1.0))
    clock.move(minutes=1)
    site.store.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(ReadOnly):
        history.record(site, snapshot(site, 2.0))
    site.rollback()
    assert values(site) == [1.0]
    site.store.connection.execute("PRAGMA query_only = OFF")
    history.record(site, snapshot(site, 3.0))
    assert values(site) == [1.0, 3.0]


STEP = st.tuples(st.integers(-90, 400), st.integers(0, 1000), st.booleans())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=25))
def test_it_agrees_with_a_plain_dictionary(tmp_path_factory, steps):
    """Any mix of moving forward, going back, sealing and recording."""
    moment = [datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)]
    site = SQLiteSite(
        tmp_path_factory.mktemp("history"), clock=lambda: moment[0], config={"time_zone": "UTC"}
    )
    expected = {}
    for minutes, value, sealing in steps:
        moment[0] += timedelta(minutes=minutes)
        history.record(site, snapshot(site, float(value), unit="count"))
        expected[site.now()] = float(value)
        if sealing:
            history.seal(site)
    moment[0] += timedelta(days=10)
    assert history.read(site, KEY, datetime(2026, 10, 1)) == sorted(expected.items())
    site.store.close()


def one_sample_a_day(site, *, days):
    samples = [(site.now() - timedelta(days=ago), 1.0) for ago in range(days)]
    history.backfill(site, "%", {SeriesName(KEY): samples})


def test_it_deletes_days_that_are_too_old(site, clock):
    site.set_single("Monitoring Settings", {"history_retention_days": 10})
    history.backfill(
        site, "%", {SeriesName(KEY): [(site.now() - timedelta(days=days), 1.0) for days in range(20)]}
    )
    assert trim(site) == 9
    assert len(values(site)) == 11


def test_it_deletes_the_oldest_days_until_it_fits_its_cap(site, monkeypatch):
    monkeypatch.setattr("vuurtoren.metrics.history.retention.ROW_OVERHEAD_BYTES", 190_000)
    site.set_single("Monitoring Settings", {"history_cap_mb": 1})
    history.backfill(
        site, "%", {SeriesName(KEY): [(site.now() - timedelta(days=days), 1.0) for days in range(20)]}
    )
    trim(site)
    assert len(values(site)) == 2
    assert size_bytes(site) <= 1_000_000


def test_the_cap_takes_nothing_of_today(site, monkeypatch):
    monkeypatch.setattr("vuurtoren.metrics.history.retention.ROW_OVERHEAD_BYTES", 9_000_000)
    site.set_single("Monitoring Settings", {"history_cap_mb": 1})
    history.backfill(
        site, "%", {SeriesName(KEY): [(site.now() - timedelta(days=days), 1.0) for days in range(3)]}
    )
    trim(site)
    assert values(site) == [1.0]


def test_it_knows_what_it_takes(site):
    history.backfill(site, "%", {SeriesName(KEY): [(site.now(), 1.0)]})
    rows = site.get_all(DOCTYPE, ["size_bytes", "points"])
    assert [row["size_bytes"] for row in rows] == [len(row["points"]) for row in rows]
    assert size_bytes(site) == sum(row["size_bytes"] + ROW_OVERHEAD_BYTES for row in rows)


@pytest.mark.parametrize(("unit", "value"), [("bytes", 198.0), ("%", 0.04), ("ms", 0.3), ("count", 1.0)])
def test_a_small_value_is_read_as_it_was_also_beside_a_large_one(site, clock, unit, value):
    """Before it is sealed and afterwards, in minutes and in hours."""
    for number in range(3):
        history.record(site, snapshot(site, value if number != 1 else 9_000_000.0, unit=unit))
        clock.move(minutes=1)
    assert [each for _, each in history.read(site, KEY, site.now() - HOUR)] == [
        value, pytest.approx(9_000_000.0, rel=0.01), value,
    ]  # fmt: skip
    history.seal(site)
    assert min(each for _, each in history.read(site, KEY, site.now() - HOUR)) == value
    (hour,) = history.read_buckets(site, [SeriesName(KEY)], site.now() - HOUR, 3600)[SeriesName(KEY)]
    assert hour.lowest == value
