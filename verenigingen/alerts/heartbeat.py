"""The outgoing heartbeat: an address elsewhere is called after each good tick, and misses us when we die."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from verenigingen.alerts import runs
from verenigingen.alerts.own_errors import explain
from verenigingen.alerts.text import one_line
from verenigingen.site.errors import AlreadyExists
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

JOB = "heartbeat"
"""Its row in Monitoring Run, beside the jobs."""
LONGEST_SECONDS = 5.0
LONGEST_URL = 500
SCHEMES = ("https",)
AGENT = "verenigingen-monitor"


class Failed(Exception):
    """The heartbeat was not taken; the message says why and never holds the address, which is a secret."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        """The answer stays what it is: a redirect is nobody's word that the beat arrived."""


def refusal(url: str) -> str:
    """Why this address cannot be called, in one sentence; empty when it can, or when there is none."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        return "the address cannot be read"
    if parts.scheme not in SCHEMES:
        return "the address must begin with https://"
    if not parts.hostname or not port_is_readable:
        return "the address names no host"
    if parts.username or parts.password:
        return "an address with a user or password in it is refused"
    if len(url) > LONGEST_URL or not url.isascii() or any(each <= " " for each in url):
        return f"the address must be at most {LONGEST_URL} plain characters without spaces"
    return ""


def beat(site: Site, url: str) -> str:
    """Call the address once and store what came of it; the reason when it failed. Commits.

    Without an address nothing is called, and what was stored about an earlier one is forgotten.
    """
    if not url:
        if site.delete(runs.DOCTYPE, {"job": JOB}, limit=1):
            site.commit()
        return ""
    started_at, failed = site.now(), refusal(url)
    if not failed:
        try:
            call(url)
        except Failed as reason:
            failed = str(reason)
    _store(site, started_at, failed)
    return failed


def stored(site: Site) -> Row | None:
    """What is known of the last heartbeat: its row of Monitoring Run, or None."""
    return site.get(runs.DOCTYPE, JOB)


def call(url: str, seconds: float = LONGEST_SECONDS) -> None:
    """GET the address, without following redirects and without reading the answer; raises Failed.

    The limit holds for all of it: name, connection and answer.
    """
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(_call(url, seconds)), daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Failed(f"no answer within {seconds:g} seconds")
    if outcome[0]:
        raise Failed(outcome[0])


def _call(url: str, seconds: float) -> str:
    """Why it was not taken, or an empty text."""
    opener = urllib.request.build_opener(_NoRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})
    try:
        with opener.open(request, timeout=seconds):
            return ""
    except urllib.error.HTTPError as answer:
        return f"it answered {answer.code}"
    except urllib.error.URLError as failure:
        return explain(str(failure.reason))
    except (OSError, http.client.HTTPException, ValueError) as failure:
        return explain(type(failure).__name__)


def _store(site: Site, started_at: datetime, failed: str) -> None:
    now = site.now()
    values: dict[str, Any] = {
        "status": "Failed" if failed else "Succeeded",
        "started_at": started_at,
        "finished_at": now,
        "error": one_line(failed, 300),
    }
    if not failed:
        values["succeeded_at"] = now
    if not site.update(runs.DOCTYPE, JOB, values):
        try:
            site.insert(runs.DOCTYPE, {"job": JOB} | values)
        except AlreadyExists:
            site.rollback()
    site.commit()
