"""The outgoing heartbeat: an address elsewhere is called after each good tick, and misses us when we die."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.health import moments, runs
from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.outward.web_addresses import refusal
from vuurtoren.privacy.text import one_line
from vuurtoren.site import configured
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

JOB = "heartbeat"
"""Its row in Monitoring Run, beside the jobs."""
ALLOW_PRIVATE = "heartbeat_allow_private"
"""In the site configuration, out of reach of the desk: whether the address may lie inside the network."""


def beat(site: Site, url: str, client: HttpsClient | None = None) -> str:
    """Call the address once and store what came of it; the reason when it failed. Commits.

    Without an address nothing is called, and what was stored about an earlier one is forgotten.
    """
    if not url:
        if site.delete(runs.DOCTYPE, {"job": JOB}, limit=1):
            site.commit()
        return ""
    started, failed = moments.now_as(site, runs.DOCTYPE, "started_at"), refusal(url)
    if not failed:
        try:
            (client or HttpsClient()).get(url, allow_private=configured.flag(site, ALLOW_PRIVATE))
        except NotAnswered as reason:
            failed = str(reason)
    _store(site, started, failed)
    return failed


def stored(site: Site) -> Row | None:
    """What is known of the last heartbeat: its row of Monitoring Run, or None."""
    return site.get(runs.DOCTYPE, JOB)


def _store(site: Site, started: Mapping[str, Any], failed: str) -> None:
    ended = ("finished_at",) if failed else ("finished_at", "succeeded_at")
    values: dict[str, Any] = {
        **started,
        **moments.now_as(site, runs.DOCTYPE, *ended),
        "status": "Failed" if failed else "Succeeded",
        "error": one_line(failed, 300),
    }
    if not site.update(runs.DOCTYPE, JOB, values):
        try:
            site.insert(runs.DOCTYPE, {"job": JOB} | values)
        except AlreadyExists:
            site.rollback()
    site.commit()
