"""Monitoring Run: one row per job; whoever claims it works, so two schedulers do the work of one."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import psutil

from verenigingen.alerts.text import clean
from verenigingen.site.errors import AlreadyExists
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

DOCTYPE = "Monitoring Run"
Period = Literal["day", "week"]
STALE_AFTER = {"tick": timedelta(minutes=15), "hourly": timedelta(minutes=30)}
LONGEST_RUN = timedelta(hours=2)
"""A run of any other job that has not ended by then belongs to a worker that died."""
SAME_RUN = timedelta(seconds=15)
"""A second scheduler that calls a job within this time of the first one calls the same run."""
HOST_LENGTH = 120
"""So much of the machine's name stands in `holder`."""


@dataclass
class Run:
    """One run that this worker holds; `problems` are the steps that failed, a line each, and `notes` say what
    went well and is worth knowing.
    """

    job: str
    holder: str
    version: int
    started_at: datetime
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def run(site: Site, job: str, *, once_a: Period | None = None) -> Iterator[Run | None]:
    """Hold the job while the body works; None when another worker holds it or has just done it.

    With `once_a` it is also None when the job ended well today, or in this calendar week. What the
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


def undo(site: Site, job: str, because: str) -> None:
    """What the job did turned out not to have come about: its next chance is taken again."""
    values = {"status": "Failed", "error": clean(because)}
    site.update(DOCTYPE, job, values, expect={"status": "Succeeded"})


def _claim(site: Site, job: str, once_a: Period | None) -> Run | None:
    row = site.get(DOCTYPE, job) or _first(site, job)
    now = site.now()
    if row is None or _taken(row, now) or _done(row, once_a, now):
        site.rollback()
        return None
    held = Run(job, f"{socket.gethostname()[:HOST_LENGTH]}:{os.getpid()}", int(row["version"] or 0) + 1, now)
    values = {"status": "Running", "started_at": now, "holder": held.holder, "version": held.version}
    won = site.update(DOCTYPE, job, values, expect={"version": int(row["version"] or 0)})
    site.commit()
    return held if won else None


def _first(site: Site, job: str) -> Row | None:
    try:
        site.insert(DOCTYPE, {"job": job, "version": 0})
    except AlreadyExists:
        return None
    return site.get(DOCTYPE, job)


def _taken(row: Row, now: datetime) -> bool:
    """Whether somebody holds the job or has just done it; the clock may have gone back since."""
    if row["started_at"] is None:
        return False
    since = abs(now - row["started_at"])
    if row["status"] == "Running":
        return bool(since < STALE_AFTER.get(row["job"], LONGEST_RUN)) and not _died(str(row["holder"] or ""))
    return bool(since < SAME_RUN)


def _died(holder: str) -> bool:
    """Whether the process that holds the run is gone; of another machine nobody here can say that."""
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname()[:HOST_LENGTH] or not process.isdigit():
        return False
    return not psutil.pid_exists(int(process))


def _done(row: Row, once_a: Period | None, now: datetime) -> bool:
    succeeded_at = row["succeeded_at"]
    if once_a is None or row["status"] != "Succeeded" or succeeded_at is None:
        return False
    if once_a == "day":
        return bool(succeeded_at.date() == now.date())
    return bool(succeeded_at.isocalendar()[:2] == now.isocalendar()[:2])


def _finish(site: Site, held: Run, duration_ms: float) -> None:
    now = site.now()
    row = site.get(DOCTYPE, held.job) or {}
    same_day = row.get("day") == now.date()
    values = {
        "status": "Failed" if held.problems else "Succeeded",
        "finished_at": now,
        "duration_ms": round(duration_ms, 1),
        "error": clean("\n".join(held.problems)),
        "day": now.date(),
        "runs_today": (int(row.get("runs_today") or 0) if same_day else 0) + 1,
        "run_ms_today": (float(row.get("run_ms_today") or 0) if same_day else 0) + round(duration_ms, 1),
    }
    if site.has_field(DOCTYPE, "notes"):
        values["notes"] = clean("\n".join(held.notes))
    if not held.problems:
        values["succeeded_at"] = now
    # The version stays: only a claim changes it, so that a run which was taken over ends without a trace.
    site.update(DOCTYPE, held.job, values, expect={"version": held.version})
    site.commit()
