"""The panels of the scheduler and of the background queues."""

from __future__ import annotations

from collections.abc import Iterator

from vuurtoren.signals.panel import PanelContent, PanelPage, SignalPanel, breached, first_reason, table
from vuurtoren.signals.placement import Number, numbers
from vuurtoren.site.words.plurals import plural

SWITCHES = numbers("scheduler.enabled", "scheduler.dormant")
DEPTH, WORKERS = Number("queues.depth"), Number("workers.count")


def scheduler(page: PanelPage) -> PanelContent:
    _ = page.translate
    return PanelContent(
        first_reason(page, SWITCHES) or _("The scheduler is on."),
        SWITCHES,
        numbers(
            "scheduler.last_execution_age_seconds",
            "jobs.failed_last_hour",
            "jobs.failed_last_day",
            "jobs.stuck",
            "jobs.finished_today",
        ),
        columns=(_("Failed job"), _("Times")),
        rows=table(page.snapshot.get("jobs.failed_last_day").evidence, "method", "failed in a day"),
    )


def queues(page: PanelPage) -> PanelContent:
    _ = page.translate
    names = [dict(metric.labels)["queue"] for metric in page.snapshot.all("queue.depth") if metric.labels]
    late = dict(found for name in names for found in _late(page, name))
    workers = page.number(WORKERS)
    serve = plural(_, float(workers.value or 0), "1 worker serves {1}.", "{0} workers serve {1}.")
    served = plural(_, len(names), "1 queue", "{0} queues").format(len(names))
    well = serve.format(page.text(workers.value), served)
    return PanelContent(
        page.number(DEPTH).reason or workers.reason or "; ".join(late.values()) or well,
        (DEPTH, WORKERS, *late),
        (DEPTH, *numbers("queues.oldest_seconds", "queues.failed"), WORKERS),
        columns=(_("Queue"), _("Waiting"), _("Oldest")) if names else (),
        rows=tuple(_row(page, name) for name in names),
    )


def _late(page: PanelPage, queue: str) -> Iterator[tuple[Number, str]]:
    """The numbers of one queue that breach a rule, each with a sentence."""
    _ = page.translate
    for key, text in (
        ("queue.depth", _("Too many jobs wait in {0}")),
        ("queue.oldest_seconds", _("A job waits too long in {0}")),
    ):
        number = Number(key, labels=(("queue", queue),))
        if breached(page.number(number)):
            yield number, text.format(queue)


def _row(page: PanelPage, queue: str) -> tuple[str, ...]:
    depth = page.snapshot.get("queue.depth", queue=queue)
    oldest = page.snapshot.get("queue.oldest_seconds", queue=queue)
    return queue, page.text(depth.value), page.text(oldest.value, "s") if depth.value else "–"


PANELS = (SignalPanel("scheduler", "Scheduler", scheduler), SignalPanel("queues", "Queues", queues))
