"""The newest part of Frappe's monitor log: one JSON line per request and per job, for all sites of the bench.

Each flush repeats the last line of the one before, times are UTC and durations are microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from vuurtoren.site.strangers import json_object, moment

LONGEST_TAIL_BYTES = 4 << 20
BLOCK_BYTES = 256 << 10
LONGEST_ROUTE = 140


@dataclass(frozen=True)
class Request:
    """One web request to this site, by the moment it ended; `own` is one to the monitor itself."""

    ended_utc: datetime
    route: str
    status: int
    duration_ms: float
    own: bool = False


@dataclass(frozen=True)
class Tail:
    """The requests that ended since a moment; `newest_utc` is the newest line of any site and kind.

    `complete_since_utc` is later than the moment asked for when the log was too long to be read that far.
    """

    requests: tuple[Request, ...]
    newest_utc: datetime | None
    complete_since_utc: datetime


def read_tail(
    path: Path, sites: Collection[str], since_utc: datetime, longest_bytes: int = LONGEST_TAIL_BYTES
) -> Tail:
    """What the log says about these sites since that moment, reading at most its last `longest_bytes`.

    Lines that are no JSON (a write under way, a torn disk) are passed over. Raises OSError.
    """
    requests: dict[tuple[str, str], Request] = {}
    newest: datetime | None = None
    oldest: datetime | None = None
    for line in _lines_from_the_end(path, longest_bytes):
        transaction = _transaction(line)
        if transaction is None:
            continue
        entry, ended_utc = transaction
        newest = newest or ended_utc
        if ended_utc < since_utc:
            return Tail(tuple(requests.values()), newest, since_utc)
        oldest = ended_utc
        if entry.get("site") in sites and (request := _request(entry, ended_utc)):
            identity = str(entry.get("uuid") or entry.get("job_id")), str(entry["timestamp"])
            requests[identity] = request
    whole = path.stat().st_size <= longest_bytes or oldest is None
    return Tail(tuple(requests.values()), newest, since_utc if whole else max(since_utc, oldest or since_utc))


def _lines_from_the_end(path: Path, longest_bytes: int) -> Iterator[bytes]:
    """Whole lines, the last one first."""
    with path.open("rb") as log:
        end = log.seek(0, 2)
        stop = max(0, end - longest_bytes)
        beginning = b""
        while end > stop:
            start = max(stop, end - BLOCK_BYTES)
            log.seek(start)
            beginning, *lines = (log.read(end - start) + beginning).split(b"\n")
            yield from reversed(lines)
            end = start
        if stop == 0:
            yield beginning


def _transaction(line: bytes) -> tuple[dict[str, Any], datetime] | None:
    """The entry and when it ended, which is the order of the lines; its timestamp is when it began."""
    try:
        entry = json_object(line)
        began = datetime.fromisoformat(entry["timestamp"])
        ended = began + timedelta(microseconds=entry["duration"])
        ended_utc = moment(ended.astimezone(timezone.utc).replace(tzinfo=None) if ended.tzinfo else ended)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return entry, ended_utc


def _request(entry: dict[str, Any], ended_utc: datetime) -> Request | None:
    if entry.get("transaction_type") != "request":
        return None
    try:
        described = entry["request"]
        path, status = str(described["path"]), int(described["status_code"])
        return Request(ended_utc, route_of(path), status, entry["duration"] / 1000, is_own(path))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


METHOD = re.compile(r"/api/(?:v\d+/)?method/.*")
LISTS = re.compile(r"(/api/(?:v\d+/)?(?:resource|document)/[^/]+|/(?:app|desk)/[^/]+|/[^/]*)(/.*)?")


OWN = re.compile(
    r"/monitoring_(?:dashboard|backtest|runbook)(?:[/?].*)?"
    r"|/api/(?:v\d+/)?method/\w+\.www\.monitoring_(?:dashboard|backtest|runbook)\..*",
    re.DOTALL,
)


def is_own(path: str) -> bool:
    """Whether somebody asked for the monitor itself: its pages, its API, its health address."""
    return bool(OWN.fullmatch(path))


def route_of(path: str) -> str:
    """The path with everything replaced that may name a document, a file or a person."""
    path = path.split("?", 1)[0]
    if not METHOD.fullmatch(path) and (found := LISTS.fullmatch(path)):
        path = found[1] + ("/…" if (found[2] or "/") != "/" else "")
    return path[:LONGEST_ROUTE]
