"""Outgoing mail: whether it can leave the site, and what waits, failed or is stuck in the Email Queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vuurtoren.metrics import subject
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source

QUEUE = "Email Queue"
DAY = timedelta(days=1)
SENDS = (subject.function("frappe.email.queue.flush"),)
"""The job in which Frappe sends, so that what failed or got stuck did so there."""
FAILED = ("Error", "Expired", "Partially Sent", "Partially Errored")
"""Frappe 14 gives up with Expired where later versions say Error. In part: some recipients got no mail;
Frappe tries those of Partially Sent again, and gives up with Partially Errored."""
STUCK_AFTER = timedelta(minutes=15)
SENDING_PROMISES = {
    "mail.can_send": Promise(
        "yes/no",
        "Mail can leave",
        "Whether there is an outgoing account, and mail is neither muted nor suspended.",
    ),
}
QUEUE_PROMISES = {
    "mail.waiting": Promise(
        "mails", "Mails waiting", "How many mails are in the queue and have not left yet."
    ),
    "mail.oldest_waiting_seconds": Promise(
        "s", "Oldest mail waiting", "How long the oldest mail that may leave has waited."
    ),
    "mail.failed_last_day": Promise(
        "mails",
        "Mails failed, last day",
        "Mails that were given up in the last 24 hours, or that not all of their recipients got.",
    ),
    "mail.stuck_sending": Promise(
        "mails", "Mails stuck while sending", "Mails that have been on their way for more than 15 minutes."
    ),
}


def measure_sending(context: Context) -> Iterable[Metric]:
    state = context.site.mail()
    texts = (state.no_account_because, state.muted_because, state.suspended_because)
    hindrances = [{"because": text} for text in texts if text]
    account = [{"account": state.account}] if state.account else []
    yield context.known("mail.can_send", not hindrances, evidence=hindrances or account)


def measure_queue(context: Context) -> Iterable[Metric]:
    """Every filter begins with `status`, which the Email Queue is indexed by."""
    needed(context.site, QUEUE)
    site, now = context.site, context.now
    waiting = site.count(QUEUE, {"status": "Not Sent"})
    oldest_seconds = _oldest_waiting_seconds(context) if waiting else 0
    unsent = {"status": "Not Sent"}
    yield context.known("mail.waiting", waiting, doctype=QUEUE, rows=unsent)
    yield context.known("mail.oldest_waiting_seconds", oldest_seconds, doctype=QUEUE, rows=unsent)
    failed = {"status": ("in", FAILED), "modified": (">=", now - DAY)}
    by_status = site.tally(QUEUE, "status", failed)
    evidence = [{"status": status, "mails": count} for status, count in by_status.items()]
    number = sum(by_status.values())
    yield context.known(
        "mail.failed_last_day", number, evidence=evidence, doctype=QUEUE, rows=failed, subjects=SENDS
    )
    stuck = {"status": "Sending", "modified": ("<", now - STUCK_AFTER)}
    yield context.known(
        "mail.stuck_sending", site.count(QUEUE, stuck), doctype=QUEUE, rows=stuck, subjects=SENDS
    )


def _oldest_waiting_seconds(context: Context) -> int:
    """0 where nothing waits; a mail that is to be sent later waits from then on."""
    now = context.now
    at_once = {"status": "Not Sent", "send_after": ("is", "not set")}
    later = {"status": "Not Sent", "send_after": ("<=", now)}
    oldest = [
        row[field]
        for field, wanted in (("creation", at_once), ("send_after", later))
        for row in context.site.get_all(QUEUE, [field], wanted, order_by=field, limit=1)
    ]
    return max((round((now - since).total_seconds()) for since in oldest if since <= now), default=0)


SOURCES = (
    Source("mail", SENDING_PROMISES, measure_sending),
    Source("mail.queue", QUEUE_PROMISES, measure_queue),
)
