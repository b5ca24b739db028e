"""Jobs that follow a commit: never more than one of a kind waits, and a dead Redis stops no business."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import frappe
from frappe.utils.background_jobs import get_queue, get_queues_timeout

from vuurtoren import carrier
from vuurtoren.frappe_adapter import compat
from vuurtoren.privacy.log_redaction import redacting

QUEUE = "short"
ASKED_SECONDS = 60
"""How long a job that was asked for and has not begun keeps others from being asked for; also how long a
queue that did not answer is left alone."""
WANTED = "verenigingen_jobs_wanted"


def after_commit_enqueue(method: str) -> None:
    """Have a worker run this function once the current transaction is committed.

    Never more than one of the same function waits, and one that begins later sees everything that was
    committed before. Where no job can be enqueued, none is: nothing is raised, and nothing waits for it.
    """
    if frappe.flags.in_test:
        return  # a live worker would seal what a test is about to seal itself
    frappe.local.flags.setdefault(WANTED, set()).add(method)
    compat.call_at_commit(enqueue_wanted)


def enqueue_wanted() -> None:
    """Enqueue what this transaction asked for, once; never raises."""
    for method in frappe.local.flags.pop(WANTED, ()):
        try:
            _enqueue_one(method)
        except Exception as error:  # the business is done; the next run of the monitor does the same work
            redacting(frappe.logger("verenigingen")).warning(f"{method} was not enqueued: {error}")


def run(wanted: str) -> None:
    """What the worker calls. From here on a commit asks for another job, as this one may not see its rows.

    One from before an update may name a function that is no more; the next run of the monitor does its work.
    """
    frappe.cache().delete(key_of("asked", wanted))
    frappe.set_user("Administrator")  # the job of the site, not of whoever wrote the entry
    function = _function(wanted)
    if function is not None:
        function()


def _function(path: str) -> Callable[[], object] | None:
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
            raise
        return None


def remove_waiting_jobs(app: str) -> None:
    """Take this site's jobs of an app that goes out of the queues: a worker would find no app for them."""
    for queue in map(get_queue, get_queues_timeout()):
        for job in queue.get_jobs():
            told = job.kwargs or {}
            if told.get("site") == frappe.local.site and str(told.get("method")).startswith(f"{app}."):
                job.delete()


def release(method: str) -> bool:
    """See Site.release_job. Frappe enqueues a scheduled job only when the last one says neither that it waits
    nor that it runs. That its worker died, RQ writes down when it tidies up: each worker every 10 minutes,
    and each queue at most every 15 (rq.Queue.acquire_maintenance_lock: 899 s).
    """
    name = frappe.db.get_value("Scheduled Job Type", {"method": method})
    job = compat.rq_job(frappe.get_doc("Scheduled Job Type", name).rq_job_id) if name else None
    if job is None or not _died(job):
        return False
    registry = job.started_job_registry
    for beat in compat.rq_job_beats(job):
        registry.connection.zrem(registry.key, beat)
    job.set_status("failed")
    return True


def _died(job: Any) -> bool:
    """Whether it says that it runs and its worker beats no more, or that it waits and is in no queue, which a
    worker takes a job out of before it says so."""
    status = job.get_status()
    if status == "started":
        return all(until < time.time() for until in compat.rq_job_beats(job).values())
    return status == "queued" and job.get_position() is None


def run_path() -> str:
    """`run` as Frappe may call it: in the app, as it calls functions of installed apps only."""
    return f"{carrier.app_name()}.jobs.run"


def _enqueue_one(method: str) -> None:
    """The mark is set by one of many at once. It is lost with the cache, so the queue is asked as well."""
    cache = frappe.cache()
    if not cache.set(key_of("asked", method), 1, nx=True, ex=ASKED_SECONDS):
        return
    compat.require_queue_redis()
    last = cache.get(key_of("job", method))
    waiting = compat.rq_job(last.decode()) if last else None
    if waiting is not None and waiting.get_status() == "queued":
        return
    job_id = frappe.generate_hash(length=32)
    compat.enqueue_at_commit(run_path(), queue=QUEUE, job_id=job_id, wanted=method)
    cache.set(key_of("job", method), job_id)


def key_of(what: str, method: str) -> str:
    """Under which the cache keeps something of this site about a function, or about a machine."""
    return f"verenigingen:{frappe.conf.db_name}:{what}:{method}"
