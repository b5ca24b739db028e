"""Whether the monitor itself is alive, for whoever watches the watcher: one cheap look at stored runs.

The one definition for every witness: the health address, the page, the desk, the heartbeat and the metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from vuurtoren.health import moments, readiness, runs
from vuurtoren.privacy.text import one_line
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import whole
from vuurtoren.site.values import Row

State = Literal["ok", "failing", "silent", "unknown", "never ran"]

SILENT_AFTER_PERIODS = 2
FAILING_AFTER_RUNS = 2
TICK_SECONDS = 240
"""Frappe's `all` event; `scheduler_interval` of the site configuration changes it."""
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
FIELDS = ("job", "finished_at", "succeeded_at", "error")
NEW_FIELDS = ("finished_at_utc", "succeeded_at_utc", "failed_in_a_row")
"""Between an update of the code and its migration the table does not have them."""
LONGEST_REASON = 300


@dataclass(frozen=True)
class JobLiveness:
    """One job of the monitor: when a run of it last ended, how long ago, and how long it may be silent.

    `because` says what is wrong with it where it is "failing" (which step, and why) or "unknown" (a run that
    ended in the future has no age). `problem` is what the last run could not do, whatever the status.
    """

    job: str
    status: State
    ended_at: datetime | None
    age_seconds: int | None
    limit_seconds: int
    because: str = ""
    problem: str = ""


def periods_seconds(site: Site) -> dict[str, float]:
    """How often each job of the monitor runs."""
    return {"tick": tick_seconds(site), "hourly": HOUR_SECONDS, "daily": DAY_SECONDS}


def tick_seconds(site: Site) -> float:
    """Seconds between two ticks, never less than a minute."""
    try:
        return min(
            max(60.0, configured.number(site, "scheduler_interval", TICK_SECONDS) or TICK_SECONDS),
            DAY_SECONDS,
        )
    except Unavailable:
        return TICK_SECONDS


def pulse(site: Site) -> list[JobLiveness]:
    """The liveness of tick, hourly and daily job, from one query."""
    periods = periods_seconds(site)
    stored: dict[str, Row] = {}
    if site.has_doctype(runs.DOCTYPE):
        there = readiness.kept_fields(site, runs.DOCTYPE, NEW_FIELDS)
        rows = site.get_all(runs.DOCTYPE, [*FIELDS, *there], {"job": ("in", list(periods))})
        stored = {str(row["job"]): row for row in rows}
    return [_liveness(site, job, stored.get(job, {}), seconds) for job, seconds in periods.items()]


def health(site: Site, *, details: bool) -> dict[str, Any]:
    """{status, age_seconds} of the tick; with `details` those of every job too, and what is wrong."""
    found = pulse(site)
    answer: dict[str, Any] = {"status": found[0].status, "age_seconds": found[0].age_seconds}
    if details:
        answer["because"] = found[0].because
        answer["jobs"] = {
            each.job: {
                "status": each.status,
                "age_seconds": each.age_seconds,
                "limit_seconds": each.limit_seconds,
                "because": each.because,
            }
            for each in found
        }
    return answer


def _liveness(site: Site, job: str, row: Row, period_seconds: float) -> JobLiveness:
    limit_seconds = round(SILENT_AFTER_PERIODS * period_seconds)
    problem = one_line(str(row.get("error") or ""), LONGEST_REASON)
    age = moments.age_seconds(site, row, "finished_at")
    if age is None:
        return JobLiveness(job, "never ran", None, None, limit_seconds, problem=problem)
    ended_at = row["finished_at"]
    if moments.is_uncertain(age):
        return JobLiveness(job, "unknown", ended_at, None, limit_seconds, moments.UNCERTAIN, problem)
    status: State = "ok"
    if age > limit_seconds:
        status = "silent"
    elif whole(row.get("failed_in_a_row")) >= FAILING_AFTER_RUNS:
        status = "failing"
    because = problem if status == "failing" else ""
    return JobLiveness(job, status, ended_at, moments.shown(age), limit_seconds, because, problem)
