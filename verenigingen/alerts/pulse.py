"""Whether the monitor itself is alive, for whoever watches the watcher: one cheap look at stored runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from verenigingen.alerts import runs
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site

State = Literal["ok", "silent", "never ran"]

SILENT_AFTER_PERIODS = 2
TICK_SECONDS = 240
"""Frappe's `all` event; `scheduler_interval` of the site configuration changes it."""
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
CLOCK_TOLERANCE_SECONDS = 60


@dataclass(frozen=True)
class Beat:
    """One job of the monitor: when a run of it last ended, how long ago, and how long it may be silent."""

    job: str
    status: State
    ended_at: datetime | None
    age_seconds: int | None
    limit_seconds: int


def periods_seconds(site: Site) -> dict[str, float]:
    """How often each job of the monitor runs."""
    return {"tick": tick_seconds(site), "hourly": HOUR_SECONDS, "daily": DAY_SECONDS}


def tick_seconds(site: Site) -> float:
    """Seconds between two ticks, never less than a minute."""
    try:
        return max(60.0, float(site.conf("scheduler_interval") or TICK_SECONDS))
    except (TypeError, ValueError, Unavailable):
        return TICK_SECONDS


def pulse(site: Site) -> list[Beat]:
    """The beats of tick, hourly and daily, from one query; a run from the future is no sign of life."""
    periods = periods_seconds(site)
    ended: dict[str, datetime] = {}
    if site.has_doctype(runs.DOCTYPE):
        rows = site.get_all(runs.DOCTYPE, ["job", "finished_at"], {"job": ("in", list(periods))})
        ended = {str(row["job"]): row["finished_at"] for row in rows if row["finished_at"]}
    return [_beat(job, ended.get(job), seconds, site.now()) for job, seconds in periods.items()]


def health(site: Site, *, details: bool) -> dict[str, Any]:
    """{status, age_seconds} of the tick; with `details` those of every job too."""
    beats = pulse(site)
    answer: dict[str, Any] = {"status": beats[0].status, "age_seconds": beats[0].age_seconds}
    if details:
        answer["jobs"] = {
            beat.job: {
                "status": beat.status,
                "age_seconds": beat.age_seconds,
                "limit_seconds": beat.limit_seconds,
            }
            for beat in beats
        }
    return answer


def _beat(job: str, ended_at: datetime | None, period_seconds: float, now: datetime) -> Beat:
    limit_seconds = round(SILENT_AFTER_PERIODS * period_seconds)
    if ended_at is None:
        return Beat(job, "never ran", None, None, limit_seconds)
    age = (now - ended_at).total_seconds()
    alive = -max(CLOCK_TOLERANCE_SECONDS, limit_seconds) <= age <= limit_seconds
    return Beat(job, "ok" if alive else "silent", ended_at, round(age), limit_seconds)
