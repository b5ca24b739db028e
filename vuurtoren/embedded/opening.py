"""Opens the embedded site of a data folder, with its postman, as the current site of the process."""

from __future__ import annotations

import importlib
import socket
from pathlib import Path
from typing import Any

from vuurtoren import carrier
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.composition import use_site
from vuurtoren.embedded import housekeeping
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.scheduler import Job, jobs_of
from vuurtoren.embedded.store.earlier_columns import drop_earlier_columns
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.failures import error_boundary
from vuurtoren.rounds import guarding
from vuurtoren.settings import settings
from vuurtoren.settings.carrying_over import carry_over
from vuurtoren.site import configured

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
    with error_boundary(site, "taking over the messages of an earlier release", undo=True):
        drop_earlier_columns(site)
    with error_boundary(site, "carrying settings over into tables", undo=True):
        carry_over(site, lambda fields: site.set_single(settings.DOCTYPE, fields))
        site.commit()
    guarding.restore(site)
    # before any job runs: of jobs that come at once, the later ones would find the keys being made, and fail
    with error_boundary(site, "the keys of the audit trail"):
        ensure_keys(site)
    use_site(site)
    return site


def jobs_for(site: SQLiteSite, *more: dict[str, Any]) -> list[Job]:
    """The jobs of hooks.py, and those that only an embedded site needs."""
    interval_seconds = round(configured.number(site, "scheduler_interval", SCHEDULER_INTERVAL_SECONDS))
    declared: list[dict[str, Any]] = [_hooks().scheduler_events, housekeeping.SCHEDULER_EVENTS, *more]
    return [job for events in declared for job in jobs_of(events, interval_seconds)]


def _hooks() -> Any:
    return importlib.import_module(f"{carrier.app_name()}.hooks")
