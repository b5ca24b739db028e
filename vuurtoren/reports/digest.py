"""The weekly digest: what the week was like, and which rules cost more attention than they earn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.alerts.intents.retelling import RETOLD, retold
from vuurtoren.backtest.noise import noisiest, times_to
from vuurtoren.backtest.suggesting import renew_suggestions
from vuurtoren.compliance import open_work
from vuurtoren.health import runs
from vuurtoren.notifications import outbox
from vuurtoren.notifications.undelivered import undelivered
from vuurtoren.reports import digest_message, reporting
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import said

JOB = "weekly digest"
WEEK = timedelta(days=7)
MOST_ALERTS = 5000
"""A week with more alerts than this is counted from its newest ones, and the digest says so."""
_FIELDS = ["name", "rule", "alert_type", "kind", "severity", "status", "message", "count"]
FIELDS = [*dict.fromkeys((*_FIELDS, *RETOLD)), "timestamp", "first_seen", "acknowledged_at", "resolved_at"]


def weekly_digest(site: Site, settings: Settings) -> dict[str, Any]:
    """The last seven days as a dict: lists of open and undelivered, figures, noisiest rules, suggestions.

    The suggestions are open from now on; commits. Times are `Times` in seconds, `noisiest` holds `Noise`;
    `cut_off` is true when not every alert was read.
    """
    now = site.now()
    since = now - WEEK
    rows = _of_the_week(site, since)
    noise = noisiest(rows, outbox.messages_by_alert(site, since), since, now)
    opened = [row for row in rows if row["timestamp"] >= since]
    return {
        "generated_at": now,
        "since": since,
        "opened": len(opened),
        "by_severity": Counter(str(row["severity"]) for row in opened),
        "acknowledged": times_to(rows, "acknowledged_at", since),
        "resolved": times_to(rows, "resolved_at", since),
        "never_acknowledged": sum(row["acknowledged_at"] is None for row in opened),
        "open": [row for row in rows if row["status"] in alerts.OPEN_STATUSES],
        "noisiest": noise,
        "suggestions": renew_suggestions(site, noise, since),
        "undelivered": undelivered(site, since),
        "sepa": open_work.open_lines(site, (*open_work.URGENT, *open_work.WEEKLY)),
        "problems": [said(each, site.translate) for each in settings.problems],
        "cut_off": len(rows) >= MOST_ALERTS,
    }


def send_weekly_digest(site: Site, settings: Settings) -> str:
    """Mail the digest once a week, by one worker; why it was not sent, or empty. See `reporting.send`."""
    if not settings.weekly_digest:
        return site.translate("The weekly digest is switched off in Monitoring Settings.")
    if not _due(site):
        return ""
    return reporting.send(
        site, settings, JOB, "week", lambda: digest_message.compose(site, weekly_digest(site, settings))
    )


def _due(site: Site) -> bool:
    """Whether it is Monday, or one was missed, or nobody took the last one; a new site waits for Monday."""
    now, last = site.now(), runs.last_success(site, JOB)
    missed = last is not None and now - last >= WEEK
    return now.weekday() == 0 or missed or reporting.failed(site, JOB)


def _of_the_week(site: Site, since: datetime) -> list[Row]:
    """Every alert that was open at some time since then, newest first."""
    asked: Sequence[Mapping[str, Any]] = (
        {"status": ("in", alerts.OPEN_STATUSES)},
        {"status": "Resolved", "resolved_at": (">=", since)},
    )
    found = [
        retold(site, row)
        for filters in asked
        for row in site.get_all(
            alerts.DOCTYPE, FIELDS, filters, order_by="timestamp desc, name", limit=MOST_ALERTS
        )
    ]
    return sorted(found, key=lambda row: row["timestamp"], reverse=True)
