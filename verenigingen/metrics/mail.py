"""Outgoing mail: whether it can leave the site, and what waits, failed or is stuck in the Email Queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source

QUEUE = "Email Queue"
DAY = timedelta(days=1)
STUCK_AFTER = timedelta(minutes=15)
QUEUE_PROMISES = {
    "mail.waiting": "mails",
    "mail.oldest_waiting_seconds": "s",
    "mail.failed_last_day": "mails",
    "mail.stuck_sending": "mails",
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
    yield context.known("mail.waiting", waiting, doctype=QUEUE)
    yield context.known("mail.oldest_waiting_seconds", oldest_seconds, doctype=QUEUE)
    # Frappe 14 gives up with Expired where later versions say Error.
    failed = {"status": ("in", ("Error", "Expired")), "modified": (">=", now - DAY)}
    yield context.known("mail.failed_last_day", site.count(QUEUE, failed), doctype=QUEUE)
    stuck = {"status": "Sending", "modified": ("<", now - STUCK_AFTER)}
    yield context.known("mail.stuck_sending", site.count(QUEUE, stuck), doctype=QUEUE)


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
    Source("mail", {"mail.can_send": "yes/no"}, measure_sending),
    Source("mail.queue", QUEUE_PROMISES, measure_queue),
)
