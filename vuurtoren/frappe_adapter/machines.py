"""A bench on several machines: each tells the others of itself after its requests and its jobs.

Nothing is told, and next to nothing costs time, where the configuration names no machines.
"""

from __future__ import annotations

import time
from typing import Any

import frappe

from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter.jobs import key_of
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.metrics import hosts
from vuurtoren.signals.measuring import collect
from vuurtoren.site.names import this_host

TOLD_AGAIN_SECONDS = 60
_told_at: dict[str, float] = {}
"""By site, on the clock of this process."""


def tell_after_request(response: Any = None, request: Any = None) -> None:
    """Frappe calls it when a request is answered. Raises nothing."""
    _tell(works=False)


def tell_after_job(method: Any = None, kwargs: Any = None, result: Any = None) -> None:
    """Frappe calls it when a worker has done a job. Raises nothing."""
    _tell(works=True)


def _tell(*, works: bool) -> None:
    name = str(frappe.local.site)
    if not frappe.conf.get(hosts.CONFIG_KEY):
        return
    if time.monotonic() - _told_at.get(name, float("-inf")) < TOLD_AGAIN_SECONDS:
        return
    _told_at[name] = time.monotonic()
    site = FrappeSite()
    with error_boundary(site, "telling of this machine"):
        # the mark is set by one of the processes of this machine: each job is one of its own
        if frappe.cache().set(key_of("told", this_host()), 1, nx=True, ex=TOLD_AGAIN_SECONDS):
            hosts.announce(site, collect(site, [hosts.GROUP]), works=works)
