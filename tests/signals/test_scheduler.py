from __future__ import annotations

from datetime import timedelta

import pytest

from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import JobType, QueuesState, QueueState, SchedulerState


@pytest.fixture
def ran(site):
    """Logs one run of a job: `ran("Failed", started_ago=…)`."""
    site.insert(
        "Scheduled Job Type", {"name": "kd01tu0gqe", "method": "app.tasks.collect_dues", "frequency": "Daily"}
    )

    def log(status, *, started_ago, ended_ago=None, job="kd01tu0gqe"):
        created = site.now() - started_ago
        ended = site.now() - (started_ago if ended_ago is None else ended_ago)
        row = {"scheduled_job_type": job, "status": status, "creation": created, "modified": ended}
        site.insert("Scheduled Job Log", row)

    return log


MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)


def test_it_counts_failed_jobs_by_the_time_they_failed(site, ran, measured):
    ran("Failed", started_ago=90 * MINUTES, ended_ago=30 * MINUTES)
    ran("Failed", started_ago=5 * HOURS)
    ran("Complete", started_ago=10 * MINUTES)
    snapshot = measured(site, "jobs")
    assert snapshot.get("jobs.failed_last_hour").value == 1
    assert snapshot.get("jobs.failed_last_day").value == 2


def test_it_names_the_method_and_not_the_hash(site, ran, measured):
    ran("Failed", started_ago=10 * MINUTES)
    evidence = measured(site, "jobs").get("jobs.failed_last_day").evidence
    assert evidence == ({"method": "app.tasks.collect_dues", "failed in a day": 1},)


def test_it_counts_what_finished_since_midnight(site, ran, measured):
    ran("Complete", started_ago=2 * HOURS)
    ran("Complete", started_ago=11 * HOURS)
    assert measured(site, "jobs").get("jobs.finished_today").value == 1


def test_it_finds_a_job_that_started_and_never_ended(site, ran, measured):
    ran("Start", started_ago=2 * HOURS)
    stuck = measured(site, "jobs.stuck").get("jobs.stuck")
    assert stuck.value == 1
    assert stuck.evidence[0]["method"] == "app.tasks.collect_dues"


def test_it_gives_a_running_job_its_hour(site, ran, measured):
    ran("Start", started_ago=30 * MINUTES)
    assert measured(site, "jobs.stuck").get("jobs.stuck").value == 0


def test_it_forgets_a_stuck_run_once_the_job_ended_well_again(site, ran, measured):
    ran("Start", started_ago=5 * HOURS)
    ran("Complete", started_ago=4 * HOURS)
    assert measured(site, "jobs.stuck").get("jobs.stuck").value == 0


def test_it_still_counts_a_run_that_got_stuck_after_one_ended_well(site, ran, measured):
    ran("Complete", started_ago=6 * HOURS)
    ran("Start", started_ago=5 * HOURS)
    assert measured(site, "jobs.stuck").get("jobs.stuck").value == 1


def scheduler(site, **given):
    job = JobType("app.tasks.all", "All", False, given.pop("last", site.now() - 5 * MINUTES))
    values = {
        "enabled": True,
        "inactive_because": "",
        "dormant": False,
        "dormant_because": "",
        "jobs": (job,),
    }
    return SchedulerState(**{**values, **given})


def test_it_says_that_and_why_the_scheduler_is_off(site, site_that_says, measured):
    off = site_that_says(scheduler=scheduler(site, enabled=False, inactive_because="maintenance mode"))
    metric = measured(off, "scheduler").get("scheduler.enabled")
    assert metric.value is False
    assert metric.evidence == ({"because": "maintenance mode"},)


def test_it_says_that_the_scheduler_is_dormant(site, site_that_says, measured):
    asleep = site_that_says(scheduler=scheduler(site, dormant=True, dormant_because="no sign-in"))
    assert measured(asleep, "scheduler").get("scheduler.dormant").value is True


def test_it_measures_how_long_ago_a_job_started(site, site_that_says, measured):
    snapshot = measured(site_that_says(scheduler=scheduler(site)), "scheduler")
    assert snapshot.get("scheduler.last_execution_age_seconds").value == 300
    assert snapshot.get("scheduler.recent_executions").value == 1


def test_it_does_not_take_a_last_execution_in_the_future_for_fresh(site, site_that_says, measured):
    ahead = site_that_says(scheduler=scheduler(site, last=site.now() + HOURS))
    assert "in the future" in measured(ahead, "scheduler").get("scheduler.last_execution_age_seconds").reason


def test_it_says_that_nothing_has_run_yet(site, site_that_says, measured):
    new = site_that_says(scheduler=scheduler(site, last=None))
    metric = measured(new, "scheduler").get("scheduler.last_execution_age_seconds")
    assert metric.reason == "no scheduled job has run yet"


def queues(*states, workers=2, busy=1):
    return QueuesState(tuple(QueueState(*state) for state in states), workers, busy)


def test_it_measures_each_queue_and_all_of_them(site_that_says, measured):
    state = queues(("default", 3, 40.4, 1, 2, 9), ("long", 5, 900.0, 0, 1, 4), ("short", 0, None, 0, 0, 0))
    snapshot = measured(site_that_says(queues=state), "queues")
    assert snapshot.get("queue.depth", queue="long").value == 5
    assert snapshot.get("queue.oldest_seconds", queue="default").value == 40
    assert snapshot.get("queue.oldest_seconds", queue="short").value == 0
    assert snapshot.get("queues.depth").value == 8
    assert snapshot.get("queues.oldest_seconds").value == 900
    assert snapshot.get("queues.failed").value == 3
    assert snapshot.get("workers.count").value == 2


def test_it_does_not_invent_the_age_of_a_waiting_job(site_that_says, measured):
    snapshot = measured(site_that_says(queues=queues(("default", 3, None, 0, 0, 0))), "queues")
    assert snapshot.get("queue.oldest_seconds", queue="default").value is None
    assert snapshot.get("queues.oldest_seconds").value is None


def test_it_calls_the_queues_unknown_when_redis_is_gone(site_that_says, measured):
    snapshot = measured(site_that_says(queues=Unavailable("Redis does not answer")), "queues")
    assert snapshot.get("queues.depth").value is None
    assert snapshot.get("queues.depth").reason == "Redis does not answer"
    assert snapshot.get("workers.count").reason == "Redis does not answer"
