"""The scheduler, and what became of the jobs that it started, which the Scheduled Job Log alone knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from vuurtoren.metrics import subject
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source, listed
from vuurtoren.metrics.windows import ended_since, start_of_day, written_since
from vuurtoren.site.quantities import Moment
from vuurtoren.site.words.words import Words

LOG = "Scheduled Job Log"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STUCK_AFTER = timedelta(hours=1)
STUCK_WITHIN = timedelta(days=7)
SAME_MOMENT = timedelta(minutes=1)
"""A job that another worker started while this round was measured is not in the future."""
SHOWN_METHODS = 10
SCHEDULER_PROMISES = {
    "scheduler.enabled": Promise(
        "yes/no", "Scheduler on", "Whether the scheduler starts the jobs of this site."
    ),
    "scheduler.dormant": Promise(
        "yes/no", "Scheduler dormant", "Whether Frappe slowed the scheduler down because nobody logged in."
    ),
    "scheduler.last_execution_age_seconds": Promise(
        "s", "Last job started", "How long ago the scheduler last started a job."
    ),
    "scheduler.recent_executions": Promise(
        "jobs", "Jobs started, last hour", "How many kinds of scheduled jobs started in the last hour."
    ),
}
JOB_PROMISES = {
    "jobs.failed_last_hour": Promise(
        "jobs", "Failed jobs, last hour", "How many scheduled jobs failed in the last hour."
    ),
    "jobs.failed_last_day": Promise(
        "jobs", "Failed jobs, last day", "How many scheduled jobs failed in the last 24 hours."
    ),
    "jobs.finished_today": Promise(
        "jobs", "Finished jobs, today", "How many scheduled jobs ended well today."
    ),
}
STUCK_PROMISES = {
    "jobs.stuck": Promise(
        "jobs", "Stuck jobs", "Scheduled jobs that began more than an hour ago and never ended."
    ),
}


def measure_scheduler(context: Context) -> Iterable[Metric]:
    state = context.site.scheduler()
    off = [{"because": state.inactive_because}] if state.inactive_because else []
    asleep = [{"because": state.dormant_because}] if state.dormant_because else []
    yield context.known("scheduler.enabled", state.enabled, evidence=off)
    yield context.known("scheduler.dormant", state.dormant, evidence=asleep)
    recent = [job for job in state.jobs if job.last_execution and job.last_execution >= context.now - HOUR]
    rows = {"last_execution": (">=", context.now - HOUR)}
    yield context.known("scheduler.recent_executions", len(recent), doctype="Scheduled Job Type", rows=rows)
    key = "scheduler.last_execution_age_seconds"
    if state.last_execution is None:
        yield context.unknown(key, "no scheduled job has run yet")
    elif state.last_execution > context.now + SAME_MOMENT:
        future = Moment(state.last_execution)
        yield context.unknown(key, Words("the last execution lies in the future: {0}", future))
    else:
        age_seconds = max(round((context.now - state.last_execution).total_seconds()), 0)
        yield context.known(key, age_seconds, doctype="Scheduled Job Type")


def measure_jobs(context: Context) -> Iterable[Metric]:
    needed(context.site, LOG)
    site, failed = context.site, {"status": "Failed"}
    in_day, in_hour = (failed | ended_since(context.now - span) for span in (DAY, HOUR))
    by_type = site.tally(LOG, "scheduled_job_type", in_day)
    last_hour = site.count(LOG, in_hour) if by_type else 0
    methods = _methods(context, by_type)
    evidence = [
        {"method": methods.get(name, name), "failed in a day": count}
        for name, count in list(by_type.items())[:SHOWN_METHODS]
    ]
    about = [subject.function(methods.get(name, name)) for name in subject.main(by_type)]
    shown, of_hour = (evidence, about) if last_hour else ([], [])
    yield context.known(
        "jobs.failed_last_hour", last_hour, evidence=shown, doctype=LOG, rows=in_hour, subjects=of_hour
    )
    failed_in_day = sum(by_type.values())
    yield context.known(
        "jobs.failed_last_day", failed_in_day, evidence=evidence, doctype=LOG, rows=in_day, subjects=about
    )
    finished = {"status": "Complete"} | ended_since(start_of_day(context.now))
    yield context.known("jobs.finished_today", site.count(LOG, finished), doctype=LOG, rows=finished)


def measure_stuck(context: Context) -> Iterable[Metric]:
    """Started more than an hour ago, never ended, and the same job has not ended well since."""
    needed(context.site, LOG)
    since = context.now - STUCK_WITHIN
    unfinished = context.site.get_all(
        LOG,
        ["name", "scheduled_job_type", "creation"],
        {
            "status": ("in", ("Start", "Scheduled")),
            "creation": [(">=", since), ("<", context.now - STUCK_AFTER)],
            "modified": (">=", since),
        },
        order_by="creation",
        limit=1000,
    )
    types = {row["scheduled_job_type"] for row in unfinished}
    ended_well = {name: _last_end(context, name, since) for name in types}
    stuck = [row for row in unfinished if row["creation"] > ended_well[row["scheduled_job_type"]]]
    methods = _methods(context, types)
    main = subject.main(Counter(row["scheduled_job_type"] for row in stuck))
    about = [*(subject.function(methods.get(name, name)) for name in main), *_queues(context, main)]
    evidence = [
        {
            "method": methods.get(row["scheduled_job_type"], row["scheduled_job_type"]),
            "started": row["creation"],
        }
        for row in stuck[:SHOWN_METHODS]
    ]
    rows = listed(row["name"] for row in stuck)
    yield context.known("jobs.stuck", len(stuck), evidence=evidence, doctype=LOG, rows=rows, subjects=about)


def _queues(context: Context, names: Collection[str]) -> Iterator[subject.Subject]:
    """The queues that these jobs run in: Frappe goes by the word "Long" in how often they run."""
    if names and context.site.has_doctype("Scheduled Job Type"):
        asked = {"name": ("in", sorted(names))}
        for row in context.site.get_all("Scheduled Job Type", ["frequency"], asked):
            yield subject.queue("long" if "Long" in str(row["frequency"] or "") else "default")


def _last_end(context: Context, job_type: str, since: datetime) -> datetime:
    """When the job last started and ended well, else the beginning of the window."""
    ended = {"scheduled_job_type": job_type, "status": "Complete"} | written_since(since)
    rows = context.site.get_all(LOG, ["creation"], ended, order_by="creation desc", limit=1)
    return rows[0]["creation"] if rows else since - DAY


def _methods(context: Context, names: Iterable[str]) -> dict[str, str]:
    """Job types by name; on Frappe 16 the name is a hash, so the log alone says nothing to people."""
    wanted = [name for name in names if name]
    if not wanted or not context.site.has_doctype("Scheduled Job Type"):
        return {}
    types = context.site.get_all("Scheduled Job Type", ["name", "method"], {"name": ("in", wanted)})
    return {row["name"]: row["method"] for row in types}


SOURCES = (
    Source("scheduler", SCHEDULER_PROMISES, measure_scheduler),
    Source("jobs", JOB_PROMISES, measure_jobs),
    Source("jobs.stuck", STUCK_PROMISES, measure_stuck, keep_seconds=120),
)
