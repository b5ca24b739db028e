"""Errors of the site: Error Log, failed scheduled jobs, and on Frappe 14 the Error Snapshot.

The monitor's own failures are left out, so that it cannot feed the rate that it judges.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from verenigingen.alerts.own_errors import OWN_TITLE
from verenigingen.analytics import error_index
from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source
from verenigingen.metrics.windows import ended_since, written_since
from verenigingen.site.protocol import Site

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
KIND = "Error Kind"
SHOWN_KINDS = 5
SHOWN_FIELDS = ("title", "culprit", "count", "first_seen")
MOST_KINDS = 1000
KIND_PROMISES = {
    "errors.new_kinds_last_hour": "kinds",
    "errors.kinds_last_day": "kinds",
    "database.timeout_errors_last_day": "errors",
    "database.lock_errors_last_day": "errors",
}
TIMEOUTS = re.compile(r"QueryTimeoutError|Lock wait timeout|max_statement_time|statement timeout")
LOCKS = re.compile(r"QueryDeadlockError|Deadlock found|deadlock detected")


def errors_since(site: Site, since: datetime) -> dict[str, int]:
    """How many errors each log of this site got since then."""
    counted = {}
    if site.has_doctype("Error Log"):
        counted["Error Log"] = site.count("Error Log", {"method": ("!=", OWN_TITLE)} | written_since(since))
    if site.has_doctype("Scheduled Job Log"):
        counted["Scheduled Job Log"] = site.count(
            "Scheduled Job Log", {"status": "Failed"} | ended_since(since)
        )
    if site.has_doctype("Error Snapshot"):
        counted["Error Snapshot"] = site.count("Error Snapshot", written_since(since))
    return counted


def _total(context: Context, key: str, span: timedelta) -> Iterable[Metric]:
    counted = errors_since(context.site, context.now - span)
    evidence = [{"log": log, "errors": errors} for log, errors in counted.items()]
    yield context.known(key, sum(counted.values()), evidence=evidence, doctype="Error Log")


def measure_hour(context: Context) -> Iterable[Metric]:
    return _total(context, "errors.last_hour", HOUR)


def measure_day(context: Context) -> Iterable[Metric]:
    return _total(context, "errors.last_day", DAY)


def measure_week(context: Context) -> Iterable[Metric]:
    return _total(context, "errors.last_week", WEEK)


def measure_kinds(context: Context) -> Iterable[Metric]:
    needed(context.site, KIND)
    covered = error_index.coverage(context.site)
    since = context.now - DAY
    kinds = context.site.get_all(
        KIND, ["name", *SHOWN_FIELDS], {"last_seen": (">=", since)}, order_by="count desc", limit=MOST_KINDS
    )
    new = [kind for kind in kinds if kind["first_seen"] and kind["first_seen"] >= context.now - HOUR]
    if covered.complete:
        yield context.known("errors.new_kinds_last_hour", len(new), evidence=_shown(new), doctype=KIND)
    else:  # before, a kind that the index has only just reached looks new
        yield context.unknown(
            "errors.new_kinds_last_hour", "the errors of the last week are still being read"
        )
    yield context.known("errors.kinds_last_day", len(kinds), evidence=_shown(kinds), doctype=KIND)
    for key, pattern in (
        ("database.timeout_errors_last_day", TIMEOUTS),
        ("database.lock_errors_last_day", LOCKS),
    ):
        matching = [kind for kind in kinds if pattern.search(f"{kind['title']} {kind['culprit']}")]
        errors = _count_since(context.site, [kind["name"] for kind in matching], since)
        yield context.known(key, errors, evidence=_shown(matching), doctype=KIND)


def _shown(kinds: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: kind[name] for name in SHOWN_FIELDS} for kind in list(kinds)[:SHOWN_KINDS]]


def _count_since(site: Site, kinds: list[str], since: datetime) -> int:
    """The errors of these kinds since then, to the hour: `hours` maps an hour in site time to its errors."""
    rows = site.get_all(KIND, ["hours"], {"name": ("in", kinds)}) if kinds else []
    return sum(
        errors
        for row in rows
        for hour, errors in json.loads(row["hours"] or "{}").items()
        if datetime.fromisoformat(hour) >= since - HOUR
    )


SOURCES = (
    Source("errors.hour", {"errors.last_hour": "errors"}, measure_hour),
    Source("errors.day", {"errors.last_day": "errors"}, measure_day, keep_seconds=60),
    Source("errors.week", {"errors.last_week": "errors"}, measure_week, keep_seconds=600),
    Source("errors.kinds", KIND_PROMISES, measure_kinds),
)
