"""Runs the jobs that hooks.py names when Frappe's scheduler would, in threads of this process."""

from __future__ import annotations

import importlib
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from croniter import croniter

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.failures import error_boundary
from vuurtoren.privacy.text import clean
from vuurtoren.site import configured
from vuurtoren.site.site_time import SiteTime
from vuurtoren.site.values import Row

LOOK_EVERY_SECONDS = 2.0
"""How often a thread looks at the site's clock; so a clock that jumps is noticed within this time."""
ALL_EVERY_SECONDS = 240
CRON_OF_FREQUENCY = {
    "Hourly": "0 * * * *",
    "Daily": "0 0 * * *",
    "Weekly": "0 0 * * 0",
    "Monthly": "0 0 1 * *",
    "Yearly": "0 0 1 1 *",
}
"""As in Frappe's scheduled_job_type.py of 14 to 16, without the jitter of its "Long" frequencies."""


@dataclass(frozen=True)
class Job:
    """A function by its dotted path, and when it runs."""

    method: str
    frequency: str
    cron: str

    @property
    def name(self) -> str:
        """The name of its Scheduled Job Type, as Frappe 14 and 15 give it."""
        return ".".join(self.method.split(".")[-2:])


def jobs_of(scheduler_events: Mapping[str, Any], interval_seconds: int = ALL_EVERY_SECONDS) -> list[Job]:
    """The jobs that `scheduler_events` declares; raises ValueError for an event that Frappe does not know."""
    jobs = []
    for event, declared in scheduler_events.items():
        if event == "cron":
            jobs += [Job(method, "Cron", cron) for cron, methods in declared.items() for method in methods]
        else:
            frequency = event.replace("_", " ").title()
            jobs += [Job(method, frequency, _cron_of(frequency, interval_seconds)) for method in declared]
    return jobs


def _cron_of(frequency: str, interval_seconds: int) -> str:
    if frequency == "All":
        return f"*/{max(interval_seconds // 60, 1)} * * * *"
    try:
        return CRON_OF_FREQUENCY[frequency.removesuffix(" Long").removesuffix(" Maintenance")]
    except KeyError:
        raise ValueError(f"hooks.py names a scheduler event {frequency!r} that is not known") from None


def next_start(cron: str, last_start: datetime | None, now: datetime) -> datetime:
    """When a job is to start next: at once if it never ran, and once only for all the times that were missed.

    After the clock went back (`last_start` lies ahead of `now`) the times count from `now`. What runs in
    every hour goes by the time that passes; what runs at an hour of the day by the clock of the site.
    """
    if last_start is None:
        return now
    since = min(last_start, now)
    if not isinstance(since, SiteTime):
        return _following(cron, since)
    following = _following(cron, since.plain())
    if cron.split()[1] != "*":
        return following
    return since + (following - since.plain())


def _following(cron: str, since: datetime) -> datetime:
    following: datetime = croniter(cron, since).get_next(datetime)
    return following


class Scheduler:
    """One thread per job, so that a job that hangs holds nothing else up.

    Each of `watches` is called with the site every two seconds, in a thread of its own, and leaves no record.
    Keeps Scheduled Job Type and Scheduled Job Log rows as Frappe does; a run of an "All" job is logged only
    when it failed. A job that raises is recorded and runs again at its next time.
    """

    def __init__(
        self, site: SQLiteSite, jobs: Iterable[Job], watches: Iterable[Callable[[SQLiteSite], object]] = ()
    ) -> None:
        self.site = site
        self.jobs = list(jobs)
        self.watches = list(watches)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self.register()
        for job in self.jobs:
            self._start_thread(job.name, partial(self.run_if_due, job))
        for watch in self.watches:
            self._start_thread(watch.__name__, partial(self.look, watch))

    def stop(self, wait_seconds: float = 10) -> list[str]:
        """Let running jobs finish, for `wait_seconds` in all; returns the names of those that go on."""
        self._stopping.set()
        end = time.monotonic() + wait_seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def register(self) -> None:
        """Make the Scheduled Job Type rows agree with the jobs; other rows are left alone.

        A run that an earlier process began and never finished is recorded as failed.
        """
        for job in self.jobs:
            logged = job.frequency != "All"
            values = {"frequency": job.frequency, "cron_format": job.cron, "create_log": logged}
            known = self._job_type(job)
            if known:
                self.site.update("Scheduled Job Type", known["name"], values)
            else:
                self.site.insert("Scheduled Job Type", {"name": job.name, "method": job.method, **values})
            self._close_interrupted(known["name"] if known else job.name)
        self.site.commit()

    def _close_interrupted(self, job_type: str) -> None:
        begun = {"scheduled_job_type": job_type, "status": "Start"}
        for log in self.site.get_all("Scheduled Job Log", ["name"], begun):
            interrupted = {"status": "Failed", "details": "The process ended before the job did."}
            self.site.update("Scheduled Job Log", log["name"], interrupted)

    def run_if_due(self, job: Job) -> bool:
        """Run the job if its time has come; whether it ran."""
        job_type = self._job_type(job)
        if job_type is None or job_type["stopped"] or self._paused():
            return False
        now, last_start = self.site.now(), job_type["last_execution"]
        if last_start and last_start > now:
            self._record("Scheduled Job Type", job_type["name"], {"last_execution": now})
        if next_start(job.cron, last_start, now) > now:
            return False
        self._run(job, job_type["name"])
        return True

    def _job_type(self, job: Job) -> Row | None:
        fields = ["name", "last_execution", "stopped"]
        found = self.site.get_all("Scheduled Job Type", fields, {"method": job.method}, limit=1)
        return found[0] if found else None

    def _paused(self) -> bool:
        return configured.flag(self.site, "pause_scheduler") or configured.flag(
            self.site, "disable_scheduler"
        )

    def _run(self, job: Job, job_type: str) -> None:
        self.site.update("Scheduled Job Type", job_type, {"last_execution": self.site.now()})
        log = "" if job.frequency == "All" else self._log(job_type, "Start")
        self.site.commit()
        try:
            function_at(job.method)()
            self.site.commit()
        except Exception:  # the boundary of a job: one that fails is recorded and stops nothing else
            self.site.rollback()
            failure = {"status": "Failed", "details": clean(traceback.format_exc())}
            self._record("Scheduled Job Log", log or self._log(job_type, "Failed"), failure)
        else:
            if log:
                self._record("Scheduled Job Log", log, {"status": "Complete"})

    def _log(self, job_type: str, status: str) -> str:
        return self.site.insert("Scheduled Job Log", {"scheduled_job_type": job_type, "status": status})

    def _record(self, doctype: str, name: str, values: dict[str, Any]) -> None:
        self.site.update(doctype, name, values)
        self.site.commit()

    def look(self, watch: Callable[[SQLiteSite], object]) -> None:
        """Call one of the watches, unless the scheduler is paused."""
        if not self._paused():
            watch(self.site)

    def _start_thread(self, name: str, work: Callable[[], object]) -> None:
        thread = threading.Thread(target=self._keep_running, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_running(self, name: str, work: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            with error_boundary(self.site, f"scheduler, {name}", undo=True):
                work()
            self._stopping.wait(LOOK_EVERY_SECONDS)
        self.site.store.close()


def function_at(dotted_path: str) -> Callable[[], Any]:
    """The function behind a dotted path; raises ImportError or AttributeError."""
    module, _, name = dotted_path.rpartition(".")
    function: Callable[[], Any] = getattr(importlib.import_module(module), name)
    return function
