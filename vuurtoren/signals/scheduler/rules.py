"""Scheduler, scheduled jobs, background queues and workers."""

from __future__ import annotations

from vuurtoren.rules.rule import HOUR, MINUTE, Rule

RULES = (
    Rule(
        key="scheduler_off",
        title="Scheduler off",
        alert_type="SCHEDULER_ISSUES",
        severity="HIGH",
        metric="scheduler.enabled",
        operator="<",
        threshold=1,
        unit="yes/no",
        adjustable=False,
        for_seconds=10 * MINUTE,
        summary="the scheduler is off: nothing runs by itself",
        links=("Scheduled Job Type",),
        runbook="""`bench --site SITE scheduler status` says whether and why it is off.
After a migration or maintenance: `bench --site SITE scheduler resume` and `set-maintenance-mode off`.
Otherwise: `bench --site SITE enable-scheduler`.
While it is off no invoices are made, no mail leaves and no backup is taken.""",
    ),
    Rule(
        key="scheduler_dormant",
        title="Scheduler dormant",
        alert_type="SCHEDULER_ISSUES",
        severity="HIGH",
        metric="scheduler.dormant",
        operator=">=",
        threshold=1,
        unit="yes/no",
        adjustable=False,
        for_seconds=10 * MINUTE,
        summary="the scheduler is dormant: jobs run only once a day",
        because_of=("scheduler_off",),
        runbook="""Frappe slows the scheduler down when nobody has logged in for some days.
Log in once with a password, or raise `dormant_days` in site_config.json.
Sites that are used through API keys only can be dormant while they are busy.""",
    ),
    Rule(
        key="scheduler_silent",
        title="No scheduled job starts",
        alert_type="SCHEDULER_ISSUES",
        severity="HIGH",
        metric="scheduler.last_execution_age_seconds",
        operator=">",
        threshold=2 * HOUR,
        critical_threshold=24 * HOUR,
        unit="s",
        summary="no scheduled job has started for {value} (limit {threshold})",
        links=("Scheduled Job Type", "Scheduled Job Log"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "no_workers",
        ),
        runbook="""`bench doctor` says whether the scheduler process and the workers live.
`sudo supervisorctl status` (or the containers): is the `schedule` process there?
If jobs only wait, the workers are the problem: see the queues on the monitoring page.""",
    ),
    Rule(
        key="failed_jobs_hourly",
        title="Scheduled jobs that failed in the last hour",
        alert_type="JOB_FAILURES",
        severity="MEDIUM",
        metric="jobs.failed_last_hour",
        operator=">",
        threshold=3,
        critical_threshold=30,
        unit="jobs",
        keep_firing_seconds=15 * MINUTE,
        summary="{value} failed in the last hour (limit {threshold})",
        links=("Scheduled Job Log",),
        runbook="""Open the Scheduled Job Log with status Failed: Frappe writes these failures nowhere else.
The details hold the traceback; the same job failing each time points to data, not to the machine.
Run it by hand to see it fail: `bench --site SITE execute METHOD`.""",
    ),
    Rule(
        key="failed_jobs_daily",
        title="Scheduled jobs that failed in the last 24 hours",
        alert_type="JOB_FAILURES",
        severity="LOW",
        metric="jobs.failed_last_day",
        operator=">",
        threshold=0,
        unit="jobs",
        interval="hourly",
        summary="{value} failed in the last 24 hours (limit {threshold})",
        links=("Scheduled Job Log",),
        because_of=("failed_jobs_hourly",),
        runbook="""Open the Scheduled Job Log with status Failed and read the details of each job once.
A job that runs daily and fails has done nothing since yesterday: decide whether it matters today.
If a job may fail now and then, raise this threshold in Monitoring Settings.""",
    ),
    Rule(
        key="stuck_jobs",
        title="Scheduled jobs that never ended",
        alert_type="JOB_FAILURES",
        severity="MEDIUM",
        metric="jobs.stuck",
        operator=">",
        threshold=0,
        unit="jobs",
        summary="{value} started and never ended",
        links=("Scheduled Job Log",),
        runbook="""The worker was killed, or ran out of time or memory: look in logs/worker.error.log.
Look whether the work was half done before you start it again.
If it needs more time, it belongs on the queue `long`.""",
    ),
    Rule(
        key="job_overdue",
        title="A scheduled job that should have run",
        alert_type="JOB_FAILURES",
        severity="MEDIUM",
        metric="job.overdue_seconds",
        operator=">",
        threshold=1800,
        unit="s",
        unknown_for_seconds=None,
        most_open=20,
        summary="the job {which} should have run {value} ago (limit {threshold})",
        links=("Scheduled Job Type", "Scheduled Job Log"),
        because_of=("scheduler_off", "scheduler_dormant", "scheduler_silent", "no_workers", "stuck_jobs"),
        runbook="""Are others overdue too? Then the scheduler or the workers stand still: `bench doctor`.
It alone: its last run may hang, as no second one is started beside it; see the Scheduled Job Log.
Nobody needs it any more? Tick Stopped in its Scheduled Job Type.""",
    ),
    Rule(
        key="job_too_long",
        title="A scheduled job that runs for longer than usual",
        alert_type="JOB_FAILURES",
        severity="MEDIUM",
        metric="job.duration_percent",
        operator=">",
        threshold=300,
        unit="%",
        unknown_for_seconds=None,
        most_open=20,
        summary="the job {which} has run for {value} of its usual longest time (limit {threshold})",
        links=("Scheduled Job Log",),
        runbook="""See what it waits for: a lock, a mail server, a bank, or more work than ever.
If it hangs, restart its worker, and look whether its work was half done before you start it again.
What needs that long belongs on the queue `long`.""",
    ),
    Rule(
        key="queue_depth",
        title="Jobs waiting in a queue",
        alert_type="HIGH_JOB_QUEUE",
        severity="MEDIUM",
        metric="queue.depth",
        operator=">",
        threshold=200,
        critical_threshold=450,
        unit="jobs",
        for_seconds=10 * MINUTE,
        keep_firing_seconds=10 * MINUTE,
        unknown_for_seconds=None,
        summary="{value} wait in queue {which} (limit {threshold})",
        links=("RQ Job",),
        bench_fact=True,
        because_of=(
            "no_workers",
            "stuck_jobs",
            "job_too_long",
            "queue_oldest",
        ),
        runbook="""See in the list RQ Job which method fills the queue: one import, or everything?
Are workers alive and busy? See the monitoring page and `bench doctor`.
Frappe 16 refuses new jobs at about 500 waiting ones.""",
    ),
    Rule(
        key="queue_oldest",
        title="Queue backlog",
        alert_type="HIGH_JOB_QUEUE",
        severity="HIGH",
        metric="queue.oldest_seconds",
        operator=">",
        threshold=1800,
        critical_threshold=2 * HOUR,
        unit="s",
        keep_firing_seconds=5 * MINUTE,
        unknown_for_seconds=None,
        summary="the oldest job in queue {which} has waited {value} (limit {threshold})",
        links=("RQ Job", "RQ Worker"),
        bench_fact=True,
        because_of=(
            "no_workers",
            "stuck_jobs",
            "job_too_long",
        ),
        runbook="""No worker serves this queue, or one long job holds it: see RQ Worker.
Start the workers again: `bench restart` (or the worker containers).
A job that holds the queue for long belongs on the queue `long`.""",
    ),
    Rule(
        key="queues_failed",
        title="Failed jobs in the queues",
        alert_type="JOB_FAILURES",
        severity="MEDIUM",
        metric="queues.failed",
        operator=">",
        threshold=50,
        critical_threshold=500,
        unit="jobs",
        interval="hourly",
        unknown_for_seconds=None,
        summary="the queues remember {value} that failed (limit {threshold})",
        links=("RQ Job", "Error Log"),
        bench_fact=True,
        runbook="""Open the list RQ Job with status failed: which method, and what does its traceback end in?
Was its work needed? Start it again from there once the cause is mended.
What is looked at and done with may go: delete it in the same list, so that the next one is seen.""",
    ),
    Rule(
        key="no_workers",
        title="No background worker",
        alert_type="HIGH_JOB_QUEUE",
        severity="CRITICAL",
        metric="workers.count",
        operator="<",
        threshold=1,
        unit="workers",
        adjustable=False,
        for_seconds=5 * MINUTE,
        unknown_for_seconds=None,
        summary="no background worker is alive: jobs wait and mail does not leave",
        links=("RQ Worker",),
        bench_fact=True,
        runbook="""`sudo supervisorctl status` (or the containers) shows what runs; `bench restart` starts it.
Look in logs/worker.error.log why they stopped: memory and Redis are the usual causes.""",
    ),
)
