"""Monitoring Run: one row per job; whoever claims it works, so two schedulers do the work of one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import psutil

from vuurtoren.health import costs, moments, readiness
from vuurtoren.privacy.text import clean
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.names import this_host
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import next_version, whole
from vuurtoren.site.values import Row

DOCTYPE = "Monitoring Run"
Period = Literal["day", "week", "month"]
STALE_AFTER = {"tick": timedelta(minutes=15), "hourly": timedelta(minutes=30)}
LONGEST_RUN = timedelta(hours=2)
"""A run of any other job that has not ended by then belongs to a worker that died."""
SAME_RUN = timedelta(seconds=15)
"""A second scheduler that calls a job within this time of the first one calls the same run."""
MOST_COUNTED = 1_000_000


@dataclass
class Run:
    """One run that this worker holds; `problems` are the steps that failed, a line each, and `notes` say what
    went well and is worth knowing; `spent_ms` is the CPU that each step took.
    """

    job: str
    holder: str
    version: int
    started_at: datetime
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    spent_ms: dict[str, float] = field(default_factory=dict)


@contextmanager
def run(site: Site, job: str, *, once_a: Period | None = None) -> Iterator[Run | None]:
    """Hold the job while the body works; None when another worker holds it or has just done it.

    With `once_a` it is also None when the job ended well today, or in this calendar week or month. What the
    body raises is recorded and raised again. Commits.
    """
    held = _claim(site, job, once_a)
    if held is None:
        yield None
        return
    began = time.perf_counter()
    try:
        yield held
    except Exception as failure:
        site.rollback()
        held.problems.append(f"{type(failure).__name__}: {failure}")
        raise
    finally:
        _finish(site, held, (time.perf_counter() - began) * 1000)


def last_success(site: Site, job: str) -> datetime | None:
    """When the job last ended well (site time); None when it never did."""
    row = site.get(DOCTYPE, job)
    return row["succeeded_at"] if row else None


def duration_ms(site: Site, job: str) -> float | None:
    """How long the last run of the job took; None when it never ended well."""
    row = site.get(DOCTYPE, job)
    return float(row["duration_ms"] or 0) if row and row["succeeded_at"] else None


def abandon(site: Site, job: str) -> None:
    """Nobody works on the job any more, however short ago it began: the next one may hold it. Commits."""
    values = {"status": "Failed", "error": "the worker that did it died"}
    site.update(DOCTYPE, job, values, expect={"status": "Running"})
    site.commit()


def undo(site: Site, job: str, because: str) -> None:
    """What the job did turned out not to have come about: its next chance is taken again."""
    values = {"status": "Failed", "error": clean(because)}
    site.update(DOCTYPE, job, values, expect={"status": "Succeeded"})


def _claim(site: Site, job: str, once_a: Period | None) -> Run | None:
    row = site.get(DOCTYPE, job) or _first(site, job)
    now = site.now()
    if row is None or _taken(site, row) or _done(row, once_a, now):
        site.rollback()
        return None
    held = Run(job, f"{this_host()}:{os.getpid()}", next_version(row["version"]), now)
    values = {"status": "Running", "holder": held.holder, "version": held.version}
    values |= moments.now_as(site, DOCTYPE, "started_at")
    won = site.update(DOCTYPE, job, values, expect={"version": row["version"] or 0})
    site.commit()
    return held if won else None


def _first(site: Site, job: str) -> Row | None:
    try:
        site.insert(DOCTYPE, {"job": job, "version": 0})
    except AlreadyExists:
        return None
    return site.get(DOCTYPE, job)


def memory(site: Site, job: str) -> Row:
    """The row in which work that is no job keeps how far it came; made, and committed, when it is new."""
    row = site.get(DOCTYPE, job)
    if row is None:
        row = _first(site, job)
        site.commit()
    return row or site.get(DOCTYPE, job) or {"version": 0, "cursor": ""}


def _taken(site: Site, row: Row) -> bool:
    """Whether somebody holds the job or has just done it; the clock may have gone back since."""
    age = moments.age_seconds(site, row, "started_at")
    if age is None:
        return False
    since = timedelta(seconds=abs(age))
    if row["status"] == "Running":
        return since < STALE_AFTER.get(row["job"], LONGEST_RUN) and not _died(str(row["holder"] or ""))
    return since < SAME_RUN


def _died(holder: str) -> bool:
    """Whether the process that holds the run is gone; of another machine nobody here can say that."""
    host, _, process = holder.rpartition(":")
    if host != this_host() or not process.isdigit():
        return False
    return not psutil.pid_exists(int(process))


def _done(row: Row, once_a: Period | None, now: datetime) -> bool:
    succeeded_at = row["succeeded_at"]
    if once_a is None or row["status"] != "Succeeded" or succeeded_at is None:
        return False
    if once_a == "day":
        return bool(succeeded_at.date() == now.date())
    if once_a == "month":
        return bool((succeeded_at.year, succeeded_at.month) == (now.year, now.month))
    return bool(succeeded_at.isocalendar()[:2] == now.isocalendar()[:2])


def _finish(site: Site, held: Run, duration_ms: float) -> None:
    now = site.now()
    row = site.get(DOCTYPE, held.job) or {}
    same_day = row.get("day") == now.date()
    ended = ("finished_at",) if held.problems else ("finished_at", "succeeded_at")
    values = {
        "status": "Failed" if held.problems else "Succeeded",
        **moments.now_as(site, DOCTYPE, *ended),
        "duration_ms": round(duration_ms, 1),
        "error": clean("\n".join(held.problems)),
        "day": now.date(),
        "runs_today": (min(whole(row.get("runs_today")), MOST_COUNTED) if same_day else 0) + 1,
        "run_ms_today": (whole(row.get("run_ms_today")) if same_day else 0) + round(duration_ms, 1),
    }
    if held.spent_ms:
        values["cursor"] = costs.added(row.get("cursor"), now.date(), held.spent_ms)
    failed_before = min(whole(row.get("failed_in_a_row")), MOST_COUNTED)
    newer = {
        "notes": clean("\n".join(held.notes)),
        "failed_in_a_row": failed_before + 1 if held.problems else 0,
    }
    values |= readiness.kept_values(site, DOCTYPE, newer)
    # The version stays: only a claim changes it, so that a run which was taken over ends without a trace.
    site.update(DOCTYPE, held.job, values, expect={"version": held.version})
    site.commit()
