"""Each scheduled job by itself: due and not run, and running for longer than it usually does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.signals.scheduler.cron import NotCron, cron_of, next_after
from vuurtoren.site.values import QueuesState, QueueState, SchedulerState

MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
OVERDUE, DURATION = "job.overdue_seconds", "job.duration_percent"


def part(lowest, highest):
    number = st.integers(lowest, highest)
    ranges = (
        st.tuples(number, number)
        .map(sorted)
        .filter(lambda pair: pair[0] < pair[1])
        .map(lambda pair: f"{pair[0]}-{pair[1]}")
    )
    spans = st.one_of(st.just("*"), ranges)
    steps = st.tuples(spans, st.integers(2, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(st.one_of(number.map(str), ranges, steps), min_size=1, max_size=3).map(",".join)


def fields(lowest, highest):
    return st.one_of(st.just("*"), part(lowest, highest))


CRON = st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 6)).map(" ".join)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31))


@given(CRON, MOMENTS)
def test_a_job_is_due_when_croniter_says_so(cron, moment):
    expected = croniter(cron, moment).get_next(datetime)
    assert next_after(cron, moment) == expected


@pytest.mark.parametrize(
    "cron, after, due",
    [
        ("0 0 * * *", "2026-11-04 10:00", "2026-11-05 00:00"),
        ("*/15 * * * *", "2026-11-04 10:15", "2026-11-04 10:30"),
        ("0 0 29 2 *", "2026-11-04 10:00", "2028-02-29 00:00"),
        ("30 6 * * mon-fri", "2026-11-06 07:00", "2026-11-09 06:30"),
        ("0 12 1 jan *", "2026-11-04 10:00", "2027-01-01 12:00"),
        ("0 0 * * 7", "2026-11-04 10:00", "2026-11-08 00:00"),
        ("0 0 13 * 5", "2026-11-04 10:00", "2026-11-06 00:00"),
    ],
)
def test_names_steps_sundays_and_leap_days(cron, after, due):
    assert next_after(cron, datetime.fromisoformat(after)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "61 * * * *", "* * * * * *", "a * * * *", "5-1 * * * *", "*/0 * * * *"]
)
def test_what_is_no_cron_is_refused(cron):
    with pytest.raises(NotCron):
        next_after(cron, datetime(2026, 11, 4))


def test_a_day_that_never_comes_is_never_due():
    assert next_after("0 0 30 2 *", datetime(2026, 11, 4)) is None


def test_frequencies_are_those_of_frappe():
    told = {
        name: cron_of(name, "") for name in ("All", "Hourly Long", "Daily", "Daily Maintenance", "Annual")
    }
    assert told == {
        "All": "", "Hourly Long": "0 * * * *", "Daily": "0 0 * * *", "Daily Maintenance": "0 0 * * *",
        "Annual": "0 0 1 1 *",
    }  # fmt: skip
    assert cron_of("Cron", "5 4 * * *") == "5 4 * * *"


@pytest.fixture
def on(site_that_says):
    """A site whose scheduler is on."""
    return site_that_says(scheduler=SchedulerState(True, "", False, "", ()))


def job(site, method="app.tasks.dues", frequency="Hourly", last_ago=None, **more):
    last = {"last_execution": site.now() - last_ago} if last_ago is not None else {}
    old = {"creation": site.now() - timedelta(days=30)}
    site.insert(
        "Scheduled Job Type",
        {"name": method, "method": method, "frequency": frequency, **old, **last, **more},
    )


def runs(site, *minutes, method="app.tasks.dues", status="Complete", ago=HOURS):
    for number, lasted in enumerate(minutes):
        began = site.now() - ago * (number + 2)
        row = {"scheduled_job_type": method, "status": status, "creation": began}
        site.insert("Scheduled Job Log", row | {"modified": began + lasted * MINUTES})


def begun(site, ago, method="app.tasks.dues"):
    at = site.now() - ago
    site.insert(
        "Scheduled Job Log", {"scheduled_job_type": method, "status": "Start", "creation": at, "modified": at}
    )


def overdue(measured, site):
    return {
        dict(each.labels).get("job", ""): each.value for each in measured(site, "jobs.overdue").all(OVERDUE)
    }


def test_a_job_that_ran_in_time_is_not_overdue(on, measured):
    job(on, last_ago=30 * MINUTES)
    job(on, "app.tasks.nightly", "Daily", last_ago=9 * HOURS)
    job(on, "app.tasks.tick", "All", last_ago=50 * HOURS)
    assert overdue(measured, on) == {"": 0}


def test_a_job_that_should_have_run_is_told_by_itself(on, measured):
    job(on, last_ago=3 * HOURS)
    job(on, "other_app.sync", "Cron", last_ago=5 * HOURS, cron_format="30 * * * *")
    assert overdue(measured, on) == {"app.tasks.dues": 2 * 3600, "other_app.sync": 4.5 * 3600}


def test_one_that_never_ran_is_due_from_when_it_was_made(on, measured):
    job(on)
    (metric,) = measured(on, "jobs.overdue").all(OVERDUE)
    assert metric.evidence[0]["last run"] == "never"


def test_one_that_is_stopped_or_unreadable_is_never_due(on, measured):
    job(on, last_ago=30 * HOURS, stopped=1)
    job(on, "app.broken", "Cron", last_ago=30 * HOURS, cron_format="every day")
    assert overdue(measured, on) == {"": 0}


def test_while_the_scheduler_is_off_no_job_is_said_to_be_due(site_that_says, measured):
    site = site_that_says(scheduler=SchedulerState(False, "paused", False, "", ()))
    job(site, last_ago=30 * HOURS)
    assert not measured(site, "jobs.overdue").get(OVERDUE).known


def test_a_job_beyond_its_own_longest_is_told_in_percent(on, measured):
    job(on)
    runs(on, 2, 3, 4, 2, 2)
    begun(on, 20 * MINUTES)
    metric = measured(on, "jobs.durations").get(DURATION, job="app.tasks.dues")
    assert metric.value == 400
    assert {subject.name for subject in metric.subjects} == {"app.tasks.dues", "queue default"}


def test_what_usually_takes_long_may_take_long(on, measured):
    job(on)
    runs(on, 50, 60, 55, 50, 45)
    begun(on, 61 * MINUTES)
    assert measured(on, "jobs.durations").get(DURATION, job="app.tasks.dues").value == 102


def test_nothing_is_usual_of_what_ran_four_times(on, measured):
    job(on)
    runs(on, 2, 2, 2, 2)
    begun(on, 90 * MINUTES)
    assert measured(on, "jobs.durations").get(DURATION).value == 0


def test_a_row_that_a_dead_worker_left_is_no_running_job(on, measured):
    job(on)
    runs(on, 2, 2, 2, 2, 2)
    begun(on, 30 * HOURS)
    assert measured(on, "jobs.durations").get(DURATION).value == 0


def test_a_queue_names_the_job_that_holds_it(site_that_says, measured):
    held = QueueState("long", 7, 3600.0, 1, 0, 0, "app.tasks.dues", 5400.0)
    site = site_that_says(queues=QueuesState((held, QueueState("short", 0, None, 1, 0, 0, "x.y", 5.0)), 1, 1))
    snapshot = measured(site, "queues")
    oldest = snapshot.get("queue.oldest_seconds", queue="long")
    assert oldest.evidence == ({"held by": "app.tasks.dues", "for": "90 min"},)
    assert "app.tasks.dues" in {subject.name for subject in oldest.subjects}
    assert snapshot.get("queue.depth", queue="short").evidence == ()
