"""Jobs that follow a commit: never more than one of a kind waits, and a dead Redis stops no business."""

from __future__ import annotations

import frappe

from verenigingen.audit.log_redaction import redacting
from verenigingen.site import compat

QUEUE = "short"
ASKED_SECONDS = 60
"""How long a job that was asked for and has not begun keeps others from being asked for; also how long a
queue that did not answer is left alone."""
WANTED = "verenigingen_jobs_wanted"
RUN = "verenigingen.site.frappe_jobs.run"


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
    """What the worker calls. From here on a commit asks for another job, as this one may not see its rows."""
    frappe.cache().delete(_key("asked", wanted))
    frappe.set_user("Administrator")  # the job of the site, not of whoever wrote the entry
    frappe.get_attr(wanted)()


def _enqueue_one(method: str) -> None:
    """The mark is set by one of many at once. It is lost with the cache, so the queue is asked as well."""
    cache = frappe.cache()
    if not cache.set(_key("asked", method), 1, nx=True, ex=ASKED_SECONDS):
        return
    compat.require_queue_redis()
    last = cache.get(_key("job", method))
    if last and compat.job_is_waiting(last.decode()):
        return
    job_id = frappe.generate_hash(length=32)
    compat.enqueue_at_commit(RUN, queue=QUEUE, job_id=job_id, wanted=method)
    cache.set(_key("job", method), job_id)


def _key(what: str, method: str) -> str:
    return f"verenigingen:{frappe.conf.db_name}:{what}:{method}"
