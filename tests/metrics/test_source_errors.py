from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from verenigingen.alerts.own_errors import OWN_TITLE
from verenigingen.analytics import error_index
from verenigingen.site.sqlite_site import SQLiteSite


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
        title="QueryTimeoutError: Lock wait timeout exceeded",
        hours=hours,
    )
    error(ago=timedelta(minutes=1), error="requests.exceptions.Timeout: timeout of a web shop")
    snapshot = measured(site, "errors.kinds")
    assert snapshot.get("database.lock_errors_last_day").value == 4
    assert snapshot.get("database.timeout_errors_last_day").value == 4
