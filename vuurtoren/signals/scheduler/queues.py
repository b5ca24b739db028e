"""The background queues of the bench and the workers that serve them."""

from __future__ import annotations

from collections.abc import Iterable

from vuurtoren.metrics import subject
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.values import QueuesState, QueueState

PROMISES = {
    "queue.depth": Promise("jobs", "Waiting in queue", "How many jobs wait in one background queue."),
    "queue.oldest_seconds": Promise(
        "s", "Oldest in queue", "How long the oldest job of one background queue has waited."
    ),
    "queues.depth": Promise("jobs", "Jobs waiting", "How many jobs wait in all background queues together."),
    "queues.oldest_seconds": Promise(
        "s", "Oldest job waiting", "How long the oldest job of all background queues has waited."
    ),
    "queues.failed": Promise(
        "jobs", "Failed in the queues", "How many failed jobs the background queues still remember."
    ),
    "workers.count": Promise("workers", "Workers", "How many background workers are alive."),
}
NO_AGE = "the waiting job does not say since when"


def measure_queues(context: Context) -> Iterable[Metric]:
    state = context.site.queues()
    for queue in state.queues:
        about = [subject.queue(queue.name), *([subject.function(queue.held_by)] if _holds(queue) else [])]
        held = [{"held by": queue.held_by, "for": _minutes(queue.held_seconds)}] if _holds(queue) else []
        yield context.known("queue.depth", queue.depth, evidence=held, subjects=about, queue=queue.name)
        age = _oldest_seconds(queue)
        if age is None:
            yield context.unknown("queue.oldest_seconds", NO_AGE, queue=queue.name)
        else:
            yield context.known("queue.oldest_seconds", age, evidence=held, subjects=about, queue=queue.name)
    yield from _totals(context, state)


def _totals(context: Context, state: QueuesState) -> Iterable[Metric]:
    waiting = [{"queue": queue.name, "waiting": queue.depth} for queue in state.queues if queue.depth]
    failed = [{"queue": queue.name, "failed": queue.failed} for queue in state.queues if queue.failed]
    ages = [_oldest_seconds(queue) for queue in state.queues]
    oldest = max((age for age in ages if age is not None), default=None)
    yield context.known("queues.depth", sum(queue.depth for queue in state.queues), evidence=waiting)
    yield context.known_or("queues.oldest_seconds", oldest, NO_AGE)
    yield context.known("queues.failed", sum(queue.failed for queue in state.queues), evidence=failed)
    yield context.known("workers.count", state.workers, evidence=[{"busy": state.busy_workers}])


def _holds(queue: QueueState) -> bool:
    """Whether others wait behind the job that has run longest."""
    return bool(queue.depth and queue.held_by)


def _minutes(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds // 60:.0f} min"


def _oldest_seconds(queue: QueueState) -> float | None:
    """An empty queue lets nobody wait."""
    if not queue.depth:
        return 0
    return None if queue.oldest_seconds is None else round(queue.oldest_seconds)


SOURCES = (Source("queues", PROMISES, measure_queues),)
