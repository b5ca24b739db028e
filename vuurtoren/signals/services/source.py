"""Services outside that the site calls, by name: bank, payment, mail and others, and its own webhooks.

What Frappe logs of them: each call in Integration Request, with the name of its service and how it ended;
each try of a webhook in Webhook Request Log, with an error where it failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.privacy.text import one_line
from vuurtoren.site.words.words import Words

REQUEST, WEBHOOK = "Integration Request", "Webhook Request Log"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MADE_WITHIN = timedelta(days=7)
"""What was made earlier and ends only now is left out; Frappe 16 looks rows up by when they were made."""
OPEN = ("Queued", "Cancelled", "")
"""Neither went well nor failed: what waits for somebody who pays, and what somebody gave up."""
FEWEST = 5
"""Of fewer calls that ended one is too large a share."""
MOST_SERVICES, LONGEST_LABEL, LONGEST_REASON = 50, 100, 160
CALLS, FAILED_HOUR, SHARE = "service.calls_last_day", "service.failed_last_hour", "service.failed_percent"
ALL_CALLS, ALL_FAILED = "services.calls_last_day", "services.failed_last_day"
PROMISES = {
    ALL_CALLS: Promise(
        "calls",
        "Calls to services, last day",
        "How many calls to services outside were made or ended in the last 24 hours.",
    ),
    ALL_FAILED: Promise(
        "calls",
        "Failed calls to services, last day",
        "How many calls to services outside failed in the last 24 hours.",
    ),
    CALLS: Promise(
        "calls",
        "Calls to a service, last day",
        "How many calls to this service were made or ended in the last 24 hours.",
    ),
    FAILED_HOUR: Promise(
        "calls",
        "Failed calls to a service, last hour",
        "How many calls to this service failed in the last hour.",
    ),
    SHARE: Promise(
        "%",
        "Failed share of a service",
        "How many of the calls to this service that ended in the last 24 hours failed; five must have ended.",
    ),
}


@dataclass(frozen=True)
class CallLog:
    """A DocType that keeps calls: the field that names the service, which failed, which have not ended."""

    doctype: str
    service: str
    failed: dict[str, Any]
    open: dict[str, Any] = field(default_factory=dict)
    called: str = "{0}"


LOGS = (
    CallLog(REQUEST, "integration_request_service", {"status": "Failed"}, {"status": ("in", OPEN)}),
    CallLog(WEBHOOK, "webhook", {"error": ("is", "set")}, called="webhook {0}"),
)


@dataclass(frozen=True)
class Service:
    """One service and its calls of a day."""

    log: CallLog
    name: str
    made: int
    failed: int
    open: int

    @property
    def label(self) -> str:
        return self.log.called.format(one_line(self.name or "–", LONGEST_LABEL))

    @property
    def is_it(self) -> dict[str, Any]:
        return {self.log.service: self.name or ("is", "not set")}


def measure_services(context: Context) -> Iterable[Metric]:
    site = context.site
    logs = [log for log in LOGS if site.has_doctype(log.doctype)]
    if not logs:
        needed(site, REQUEST)
    services = [service for log in logs for service in _services(context, log)]
    doctype = logs[0].doctype if len({each.log.doctype for each in services}) < 2 else ""
    yield context.known(ALL_CALLS, sum(each.made for each in services), doctype=doctype)
    yield context.known(
        ALL_FAILED,
        sum(each.failed for each in services),
        evidence=[{"service": each.label, "calls": each.made, "failed": each.failed} for each in services],
        doctype=doctype,
    )
    found = [metric for service in services[:MOST_SERVICES] for metric in _of_service(context, service)]
    yield from found
    if not found:
        yield context.known(CALLS, 0)
        yield context.known(FAILED_HOUR, 0)
    if SHARE not in {metric.key for metric in found}:
        yield context.unknown(SHARE, Words("fewer than {0} calls to one service ended within a day", FEWEST))


def _services(context: Context, log: CallLog) -> list[Service]:
    """Those that were called within a day, the one that failed most first; of one label the first."""
    within = _within(context.now, DAY)

    def counted(filters: dict[str, Any]) -> Counter[str]:
        found: Counter[str] = Counter()
        for name, calls in context.site.tally(log.doctype, log.service, within | filters).items():
            found[str(name or "")] += calls
        return found

    made, failed = counted({}), counted(log.failed)
    waiting = counted(log.open) if log.open else Counter()
    found = [Service(log, name, made[name], failed[name], waiting[name]) for name in made]
    found.sort(key=lambda each: (-each.failed, -each.made, each.name))
    return list({each.label: each for each in reversed(found)}.values())[::-1]


def _of_service(context: Context, service: Service) -> Iterator[Metric]:
    log, label, site = service.log, service.label, context.site
    within = _within(context.now, DAY) | service.is_it
    yield context.known(CALLS, service.made, doctype=log.doctype, rows=within, service=label)
    newest = _newest_failure(context, service) if service.failed else []
    last_hour = _within(context.now, HOUR) | service.is_it | log.failed
    failed_now = site.count(log.doctype, last_hour) if service.failed else 0
    yield context.known(
        FAILED_HOUR, failed_now, evidence=newest, doctype=log.doctype, rows=last_hour, service=label
    )
    ended = service.made - service.open
    if ended >= FEWEST:
        percent = round(100 * service.failed / ended, 1)
        of = [{"failed": service.failed, "ended": ended}]
        yield context.known(
            SHARE,
            percent,
            evidence=[*of, *newest],
            doctype=log.doctype,
            rows=within | log.failed,
            service=label,
        )


def _newest_failure(context: Context, service: Service) -> list[dict[str, Any]]:
    """When, and what was said: its beginning on one line, redacted as everywhere."""
    rows = context.site.get_all(
        service.log.doctype,
        ["name", "modified", "error"],
        _within(context.now, DAY) | service.is_it | service.log.failed,
        order_by="modified desc",
        limit=1,
    )
    return [
        {
            "newest failure": row["modified"],
            "call": str(row["name"]),
            "because": one_line(row["error"] or "–", LONGEST_REASON),
        }
        for row in rows
    ]


def _within(now: datetime, span: timedelta) -> dict[str, Any]:
    return {"modified": (">=", now - span), "creation": (">=", now - MADE_WITHIN)}


SOURCES = (Source("services", PROMISES, measure_services, keep_seconds=60),)
