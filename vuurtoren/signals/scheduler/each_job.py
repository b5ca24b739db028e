"""Each scheduled job by itself: due and not run, and running for longer than it usually does; for all apps.

What a job is due by is its own frequency or cron expression, what is long its own newest runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.metrics import subject
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.signals.scheduler.cron import NotCron, cron_of, next_after
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

LOG, TYPE = "Scheduled Job Log", "Scheduled Job Type"
LATE_AFTER = timedelta(minutes=15)
"""The scheduler looks every few minutes, and starts those of the queue `long` up to ten minutes later."""
RUNNING_WITHIN = timedelta(days=7)
MOST_RUNNING, RUNS_COMPARED, FEWEST_RUNS = 200, 30, 5
SHORTEST = timedelta(minutes=5)
"""What runs for less than this is never too long; a job that ends sooner usually takes so long."""
LONGEST_LABEL = 100
OVERDUE, DURATION = "job.overdue_seconds", "job.duration_percent"
OVERDUE_PROMISES = {
    OVERDUE: Promise(
        "s", "Scheduled job overdue", "For how long a scheduled job should have run and has not; 0 if none."
    ),
}
DURATION_PROMISES = {
    DURATION: Promise(
        "%",
        "Scheduled job beyond its usual",
        "How long a running job has run, of the longest of its last 30 runs; 0 where none runs for long.",
    ),
}


@dataclass(frozen=True)
class Running:
    """A scheduled job that began and has not ended."""

    job_type: str
    method: str
    since: datetime
    queue: str


def measure_overdue(context: Context) -> Iterable[Metric]:
    """Each job that should have begun a quarter of an hour ago and has not."""
    needed(context.site, TYPE)
    state = context.site.scheduler()
    if not state.enabled or state.dormant:
        raise Unavailable("the scheduler is off or dormant: no job is due")
    fields = ["name", "method", "frequency", "cron_format", "last_execution", "creation"]
    late = {}
    for row in context.site.get_all(TYPE, fields, {"stopped": 0}, order_by="method"):
        since = row["last_execution"] or row["creation"]
        due = _due(str(row["frequency"] or ""), str(row["cron_format"] or ""), since) if since else None
        if due is not None and context.now - due > LATE_AFTER:
            late[str(row["method"])] = (due, row["last_execution"])
    for method, (due, last) in late.items():
        evidence = [{"method": method, "due": due, "last run": last or "never"}]
        seconds = round((context.now - due).total_seconds())
        yield context.known(
            OVERDUE, seconds, evidence=evidence, doctype=TYPE, rows={"method": method},
            subjects=[subject.function(method)], job=method[:LONGEST_LABEL],
        )  # fmt: skip
    if not late:
        yield context.known(OVERDUE, 0, doctype=TYPE)


def measure_durations(context: Context) -> Iterable[Metric]:
    """Each job that runs now, beside the longest of its last 30 runs; at least five must be known.

    Of a job that takes seconds five minutes are its usual.
    """
    long = {}
    for each in running(context.site, context.now):
        lasted = context.now - each.since
        usual = _usual(context.site, each.job_type) if lasted > SHORTEST else None
        if usual is not None:
            long[each.method] = (each, lasted, usual)
    for method, (each, lasted, usual) in long.items():
        evidence = [
            {"method": method, "started": each.since, "usually at most": str(usual), "queue": each.queue}
        ]
        yield context.known(
            DURATION, round(100 * lasted / max(usual, SHORTEST)), evidence=evidence, doctype=LOG,
            rows={"scheduled_job_type": each.job_type}, job=method[:LONGEST_LABEL],
            subjects=[subject.function(method), subject.queue(each.queue)],
        )  # fmt: skip
    if not long:
        yield context.known(DURATION, 0, doctype=LOG)


def running(site: Site, now: datetime) -> Iterator[Running]:
    """The scheduled jobs that began within a week and have not ended, the longest first, each once."""
    needed(site, LOG)
    needed(site, TYPE)
    since = now - RUNNING_WITHIN
    begun = {
        "status": ("in", ("Start", "Scheduled")),
        "creation": [(">=", since), ("<=", now)],
        "modified": (">=", since),
    }
    rows = site.get_all(
        LOG, ["scheduled_job_type", "creation"], begun, order_by="creation desc", limit=MOST_RUNNING
    )
    newest = {str(row["scheduled_job_type"]): row["creation"] for row in reversed(rows)}
    types = (
        site.get_all(TYPE, ["name", "method", "frequency"], {"name": ("in", sorted(newest))})
        if newest
        else []
    )
    found = [
        Running(
            str(row["name"]),
            str(row["method"]),
            newest[str(row["name"])],
            "long" if "Long" in str(row["frequency"] or "") else "default",
        )
        for row in types
        if not _ended_since(site, str(row["name"]), newest[str(row["name"])])
    ]
    yield from sorted(found, key=lambda each: (each.since, each.method))


def _ended_since(site: Site, job_type: str, began: datetime) -> bool:
    """A worker that died leaves its row behind; the job has run again since."""
    ended = {"scheduled_job_type": job_type, "status": ("in", ("Complete", "Failed"))}
    return site.count(LOG, {**ended, "creation": (">", began)}) > 0


def _usual(site: Site, job_type: str) -> timedelta | None:
    """The longest of its newest runs that ended well; None where too few are known."""
    ended = {"scheduled_job_type": job_type, "status": "Complete"}
    rows = site.get_all(LOG, ["creation", "modified"], ended, order_by="creation desc", limit=RUNS_COMPARED)
    lasted = [row["modified"] - row["creation"] for row in rows]
    return max(lasted) if len(lasted) >= FEWEST_RUNS else None


def _due(frequency: str, cron_format: str, since: datetime) -> datetime | None:
    """The first time after the last run that it should have begun; what is no cron is never due."""
    cron = cron_of(frequency, cron_format)
    try:
        return next_after(cron, since) if cron else None
    except NotCron:
        return None


SOURCES = (
    Source("jobs.overdue", OVERDUE_PROMISES, measure_overdue, keep_seconds=60),
    Source("jobs.durations", DURATION_PROMISES, measure_durations, keep_seconds=60),
)
