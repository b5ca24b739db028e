"""Errors of the site: Error Log, failed scheduled jobs, and on Frappe 14 the Error Snapshot.

The monitor's own failures are left out, so that it cannot feed the rate that it judges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.error_kinds import decisions
from vuurtoren.error_kinds import index as error_index
from vuurtoren.error_kinds.kinds import hour_key, hours_of
from vuurtoren.error_kinds.reading.database_errors import is_lock_error, is_timeout
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.metrics.windows import ended_since, written_since
from vuurtoren.signals.errors import about, back
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import moment, whole
from vuurtoren.site.values import Row

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
KIND = "Error Kind"
SHOWN_KINDS = 5
SHOWN_FIELDS = ("title", "culprit", "count", "first_seen")
MOST_KINDS = 1000
MOST_NEW = 2
"""Of more new kinds at once none is what the number is about."""
WINDOWS = (
    # metric, how far it reaches back, how long what lies before the shorter window may be used again
    ("errors.last_hour", HOUR, 0),
    ("errors.last_day", DAY, 60),
    ("errors.last_week", WEEK, 600),
)
WINDOW_PROMISES = {
    "errors.last_hour": Promise(
        "errors",
        "Errors, last hour",
        "Logged errors and failed jobs of the last hour, the monitor's own left out.",
    ),
    "errors.last_day": Promise(
        "errors", "Errors, last day", "Logged errors and failed jobs of 24 hours, the monitor's own left out."
    ),
    "errors.last_week": Promise(
        "errors",
        "Errors, last week",
        "Logged errors and failed jobs of seven days, the monitor's own left out.",
    ),
}
KIND_PROMISES = {
    "errors.new_kinds_last_hour": Promise(
        "kinds", "New kinds, last hour", "Kinds of errors that were seen for the first time in the last hour."
    ),
    "errors.kinds_last_day": Promise(
        "kinds", "Kinds, last day", "How many different kinds of errors there were in the last 24 hours."
    ),
    "database.timeout_errors_last_day": Promise(
        "errors", "Query timeouts, last day", "Errors of 24 hours that say that a query took too long."
    ),
    "database.lock_errors_last_day": Promise(
        "errors", "Lock errors, last day", "Errors of 24 hours that say that two queries blocked each other."
    ),
}


def errors_between(site: Site, since: datetime, until: datetime | None = None) -> Counter[str]:
    """How many errors each log of this site got since then, and before `until` where it is given."""
    counted: Counter[str] = Counter()
    if site.has_doctype("Error Log"):
        counted["Error Log"] = site.count(
            "Error Log", {"method": ("!=", OWN_TITLE)} | written_since(since, until)
        )
    if site.has_doctype("Scheduled Job Log"):
        counted["Scheduled Job Log"] = site.count(
            "Scheduled Job Log", {"status": "Failed"} | ended_since(since, until)
        )
    if site.has_doctype("Error Snapshot"):
        counted["Error Snapshot"] = site.count("Error Snapshot", written_since(since, until))
    return counted


def measure_windows(context: Context) -> Iterable[Metric]:
    """The longer window is the shorter one and what lies before it, so that no week is less than its day.

    What lies before is costly and hardly changes: it is used again, with what has moved into it since.
    """
    counted, edge = Counter[str](), context.now
    subjects = about.most_of(context, [context.now - HOUR, context.now - DAY])
    for key, span, keep_seconds in WINDOWS:
        counted, edge = _reaching_back(context, counted, edge, key, span, keep_seconds)
        evidence = [{"log": log, "errors": errors} for log, errors in counted.items()]
        rows = {"creation": (">=", context.now - span)}
        yield context.known(
            key, counted.total(), evidence=evidence, doctype="Error Log", rows=rows,
            subjects=subjects.get(context.now - span, ()) if counted.total() else (),
        )  # fmt: skip


def _reaching_back(
    context: Context, counted: Counter[str], edge: datetime, key: str, span: timedelta, keep_seconds: int
) -> tuple[Counter[str], datetime]:
    """What was counted from `edge` on and what lies before it in the window, and where that begins."""
    older = _Older.read(context.kept.get(f"before {key}")) if keep_seconds else None
    if older is None or not timedelta() <= edge - older.until < timedelta(seconds=keep_seconds):
        since = context.now - span
        # the shortest window has no end: what a clock dates ahead counts too
        older = _Older(errors_between(context.site, since, edge if keep_seconds else None), since, edge)
        if keep_seconds:
            context.kept.put(f"before {key}", older.as_plain())
    if older.until < edge:
        counted = counted + errors_between(context.site, older.until, edge)
    return Counter({log: counted[log] + older.errors[log] for log in older.errors}), older.since


@dataclass(frozen=True)
class _Older:
    """The errors of a stretch of time, by log."""

    errors: Counter[str]
    since: datetime
    until: datetime

    def as_plain(self) -> dict[str, Any]:
        return {
            "errors": dict(self.errors),
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }

    @classmethod
    def read(cls, plain: object) -> _Older | None:
        """What was kept; None where it is not as `as_plain` leaves it."""
        try:
            errors = Counter({str(log): whole(errors) for log, errors in plain["errors"].items()})  # type: ignore[index]
            return cls(errors, moment(plain["since"]), moment(plain["until"]))  # type: ignore[index]
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


def measure_kinds(context: Context) -> Iterable[Metric]:
    needed(context.site, KIND)
    covered = error_index.coverage(context.site)
    since = context.now - DAY
    seen = {"last_seen": (">=", since)}
    # the time of each of a thousand kinds would cost more than all that is asked here
    kinds = context.site.get_all(KIND, ["name", "title"], seen, order_by="count desc", limit=MOST_KINDS)
    first_seen = {"first_seen": (">=", context.now - HOUR)}
    new = context.site.get_all(
        KIND, ["name", *SHOWN_FIELDS], seen | first_seen, order_by="count desc", limit=MOST_KINDS
    )
    decided = decisions.of_kinds(context.site, [kind["name"] for kind in new])
    muted = {name for name, each in decided.items() if each.muted(context.now)}
    new = [kind for kind in new if kind["name"] not in muted]
    if covered.complete:
        subjects = about.of_kinds(
            context.site, [kind["name"] for kind in new] if len(new) <= MOST_NEW else ()
        )
        yield context.known(
            "errors.new_kinds_last_hour", len(new), evidence=_shown(new), doctype=KIND,
            subjects=[each for some in subjects.values() for each in some],
        )  # fmt: skip
    else:  # before, a kind that the index has only just reached looks new
        yield context.unknown(
            "errors.new_kinds_last_hour", "the errors of the last week are still being read"
        )
    names = [str(kind["name"]) for kind in kinds]
    most = _shown(_often(context.site, names[:SHOWN_KINDS]))
    yield context.known("errors.kinds_last_day", len(kinds), evidence=most, doctype=KIND)
    for key, told_by in (
        ("database.timeout_errors_last_day", is_timeout),
        ("database.lock_errors_last_day", is_lock_error),
    ):
        matching = [str(kind["name"]) for kind in kinds if told_by(kind["title"] or "")]
        errors = _count_since(context.site, matching, since)
        shown = _shown(_often(context.site, matching[:SHOWN_KINDS]))
        yield context.known(key, errors, evidence=shown, doctype=KIND)


def _often(site: Site, kinds: list[str]) -> list[Row]:
    """These kinds as evidence shows them, those with most errors first."""
    asked = {"name": ("in", kinds)}
    return site.get_all(KIND, ["name", *SHOWN_FIELDS], asked, order_by="count desc") if kinds else []


def _shown(kinds: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: kind[name] for name in SHOWN_FIELDS} for kind in list(kinds)[:SHOWN_KINDS]]


def _count_since(site: Site, kinds: list[str], since: datetime) -> int:
    """The errors of these kinds since then, to the hour: `hours` maps an hour in site time to its errors."""
    rows = site.get_all(KIND, ["hours"], {"name": ("in", kinds)}) if kinds else []
    return sum(hours_of(row, hour_key(since)).total() for row in rows)


SOURCES = (
    Source("errors.windows", WINDOW_PROMISES, measure_windows),
    Source("errors.kinds", KIND_PROMISES, measure_kinds),
    back.SOURCE,
)
