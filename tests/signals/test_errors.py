from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index as error_index
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.measurement_cache import MeasurementCache
from vuurtoren.signals.measuring import collect

HANDLER_BROKE = """
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "apps/association/association/dues.py", line 5, in collect
    code = error.args[1]
IndexError: tuple index out of range
"""


@pytest.fixture
def error(site):
    def add(*, ago, title="Something failed", error="Traceback"):
        site.insert("Error Log", {"method": title, "error": error, "creation": site.now() - ago})

    return add


@pytest.fixture
def kind(site):
    error_index.index_new_errors(site)

    def add(fingerprint, *, first_ago, title="ValueError: x", hours=None):
        now = site.now()
        row = {
            "fingerprint": fingerprint,
            "title": title,
            "culprit": "app.module.function",
            "first_seen": now - first_ago,
            "last_seen": now,
            "count": 3,
            "hours": json.dumps(hours or {}),
        }
        site.insert("Error Kind", row)

    return add


def test_it_counts_the_last_hour_day_and_week(site, error, measured):
    for ago in (timedelta(minutes=10), timedelta(hours=5), timedelta(days=3), timedelta(days=8)):
        error(ago=ago)
    snapshot = measured(site, "errors")
    assert snapshot.get("errors.last_hour").value == 1
    assert snapshot.get("errors.last_day").value == 2
    assert snapshot.get("errors.last_week").value == 3


def test_no_window_is_less_than_a_shorter_one_whatever_is_used_again(site, error, clock):
    error(ago=timedelta(days=3))
    collect(site, ["errors"])
    for _ in range(9):
        clock.move(seconds=50)
        for ago in (timedelta(0), timedelta(hours=2), timedelta(days=2)):
            error(ago=ago)
        shown = collect(site, ["errors"])
        hour, day, week = (shown.get(f"errors.last_{span}").value for span in ("hour", "day", "week"))
        assert hour <= day <= week


@settings(max_examples=25)
@given(st.lists(st.integers(0, 400), max_size=12), st.data())
def test_errors_that_come_as_time_passes_are_all_in_every_window_that_holds_them(
    tmp_path_factory, minutes, data
):
    clock = MovableClock()
    site = SQLiteSite(tmp_path_factory.mktemp("windows"), clock=clock)
    written = []
    for passed in minutes:
        clock.move(minutes=passed)
        for _ in range(data.draw(st.integers(0, 2))):
            site.insert("Error Log", {"method": "x", "error": "y"})
            written.append(site.now())
        clock.move(seconds=data.draw(st.integers(0, 120)))
        shown = collect(site, ["errors"])
        for span, hours, kept_seconds in (("hour", 1, 0), ("day", 24, 60), ("week", 168, 660)):
            counted = shown.get(f"errors.last_{span}").value
            least, most = (
                sum(at >= site.now() - timedelta(hours=hours, seconds=more) for at in written)
                for more in (0, kept_seconds)
            )
            assert least <= counted <= most
    site.store.close()


def test_what_was_kept_and_cannot_be_read_is_counted_anew(site, error):
    error(ago=timedelta(days=3))
    MeasurementCache.of(site.site_path()).put("before errors.last_week", {"errors": "x", "since": 3})
    assert collect(site, ["errors"]).get("errors.last_week").value == 1


def test_it_does_not_count_the_monitors_own_failures(site, error, measured):
    error(ago=timedelta(minutes=1), title=OWN_TITLE)
    error(ago=timedelta(minutes=1), title="")
    assert measured(site, "errors").get("errors.last_hour").value == 1


def test_it_counts_failed_scheduled_jobs_which_frappe_logs_nowhere_else(site, measured):
    when = {"creation": site.now() - timedelta(minutes=3)}
    site.insert("Scheduled Job Log", {"scheduled_job_type": "x", "status": "Failed", **when})
    site.insert("Scheduled Job Log", {"scheduled_job_type": "x", "status": "Complete", **when})
    metric = measured(site, "errors").get("errors.last_hour")
    assert metric.value == 1
    assert {"log": "Scheduled Job Log", "errors": 1} in metric.evidence


def test_it_counts_error_snapshots_where_they_exist(tmp_path, clock, measured):
    """Frappe 14 keeps uncaught errors of web requests there and nowhere else."""
    schema = Path(tmp_path / "snapshot.json")
    schema.write_text(json.dumps({"Error Snapshot": {"fields": {"etype": "Data", "evalue": "Data"}}}))
    site = SQLiteSite(tmp_path / "fourteen", clock=clock, extra_schema=[schema])
    site.insert("Error Snapshot", {"etype": "ValueError", "evalue": "x"})
    assert measured(site, "errors").get("errors.last_hour").value == 1


def test_it_does_not_feed_the_rate_by_measuring(site, measured):
    for _ in range(20):
        measured(site)
    assert site.count("Error Log") == 0


def test_it_finds_kinds_seen_for_the_first_time(site, kind, measured):
    kind("new", first_ago=timedelta(minutes=20), title="KeyError: y")
    kind("old", first_ago=timedelta(days=2))
    snapshot = measured(site, "errors.kinds")
    assert snapshot.get("errors.kinds_last_day").value == 2
    new = snapshot.get("errors.new_kinds_last_hour")
    assert (new.value, new.evidence[0]["title"]) == (1, "KeyError: y")


def test_kinds_are_unknown_before_errors_were_counted(site, measured):
    assert "not been counted yet" in measured(site, "errors.kinds").get("errors.kinds_last_day").reason


def test_no_kind_is_new_while_the_first_week_is_still_being_read(site, error, measured):
    error(ago=timedelta(days=2), title="first")
    error(ago=timedelta(days=3), title="second")
    error_index.index_new_errors(site, budget_rows=1)
    assert "still being read" in measured(site, "errors.kinds").get("errors.new_kinds_last_hour").reason


def test_it_counts_timeouts_and_locks_by_kind_and_not_by_text_search(site, kind, error, measured):
    now = site.now()
    hours = {f"{now - timedelta(days=3):%Y-%m-%d %H}": 50, f"{now:%Y-%m-%d %H}": 4}
    kind("lock", first_ago=timedelta(days=9), title="QueryDeadlockError: Deadlock found", hours=hours)
    kind(
        "time",
        first_ago=timedelta(days=9),
        title="OperationalError: 1969 Query execution was interrupted (max_statement_time exceeded)",
        hours=hours,
    )
    error(ago=timedelta(minutes=1), error="requests.exceptions.Timeout: timeout of a web shop")
    snapshot = measured(site, "errors.kinds")
    assert snapshot.get("database.lock_errors_last_day").value == 4
    assert snapshot.get("database.timeout_errors_last_day").value == 4


@pytest.mark.parametrize(
    "said",
    [
        "pymysql.err.OperationalError: (1205, 'Lock wait timeout exceeded; try restarting transaction')",
        "pymysql.err.OperationalError: (1213, 'Deadlock found when trying to get lock')",
        "pymysql.err.OperationalError: (1020, \"Record has changed since last read in table 'tabSeries'\")",
        "frappe.exceptions.QueryTimeoutError: (1205, 'Wachten op een vergrendeling duurde te lang')",
        "psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout",
        'psycopg2.errors.LockNotAvailable: could not obtain lock on row in relation "member"',
        "psycopg2.errors.DeadlockDetected: deadlock detected",
        "psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update",
        "sqlite3.OperationalError: database is locked",
    ],
)
@pytest.mark.parametrize("handler", ["", HANDLER_BROKE])
def test_transactions_in_each_others_way_are_lock_errors_whatever_their_handler_did(
    site, error, measured, said, handler
):
    head = "Traceback (most recent call last):\n"
    frame = '  File "apps/association/association/dues.py", line 3, in collect\n    sql(query)\n'
    error(ago=timedelta(minutes=5), error=f"{head}{frame}{said}\n{handler}")
    error_index.index_new_errors(site)
    snapshot = measured(site, "errors.kinds")
    assert snapshot.get("database.lock_errors_last_day").value == 1
    assert snapshot.get("database.timeout_errors_last_day").value == 0


def test_a_statement_that_took_too_long_waited_for_no_lock(site, error, measured):
    said = "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout"
    error(ago=timedelta(minutes=5), error=f"Traceback (most recent call last):\n{said}\n")
    error_index.index_new_errors(site)
    snapshot = measured(site, "errors.kinds")
    assert snapshot.get("database.lock_errors_last_day").value == 0
    assert snapshot.get("database.timeout_errors_last_day").value == 1
