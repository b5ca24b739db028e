"""Opens the embedded site of a data folder, with its postman, as the current site of the process."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from verenigingen import hooks
from verenigingen.alerts.own_errors import boundary
from verenigingen.audit import refusal
from verenigingen.audit.seals.keys import ensure_keys
from verenigingen.site import use_site
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone import housekeeping
from verenigingen.standalone.mailer import Mailer
from verenigingen.standalone.scheduler import Job, jobs_of

SCHEDULER_INTERVAL_SECONDS = 60


def open_site(folder: Path, url: str) -> SQLiteSite:
    """The site that watches this machine, under the machine's name.

    The folder's site_config.json may say otherwise about `host_name` and `scheduler_interval`.
    """
    usual: dict[str, Any] = {"host_name": url, "scheduler_interval": SCHEDULER_INTERVAL_SECONDS}
    stated = SQLiteSite(folder)
    left_open = {key: value for key, value in usual.items() if stated.conf(key) is None}
    return carry_mail(SQLiteSite(folder, config=left_open, name=socket.gethostname()))


def carry_mail(site: SQLiteSite) -> SQLiteSite:
    """The site with a postman, made the current site of the process."""
    site.postman = Mailer(site)
    refusal.install(site)
    # before any job runs: of jobs that come at once, the later ones would find the keys being made, and fail
    with boundary(site, "the keys of the audit trail"):
        ensure_keys(site)
    use_site(site)
    return site


def jobs_for(site: SQLiteSite, *more: dict[str, Any]) -> list[Job]:
    """The jobs of hooks.py, and those that only an embedded site needs."""
    interval_seconds = int(site.conf("scheduler_interval", SCHEDULER_INTERVAL_SECONDS))
    declared: list[dict[str, Any]] = [hooks.scheduler_events, housekeeping.SCHEDULER_EVENTS, *more]
    return [job for events in declared for job in jobs_of(events, interval_seconds)]
