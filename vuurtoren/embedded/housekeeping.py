"""Removes old log rows and messages of an embedded site, as Frappe's Log Settings do in a bench."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.composition import current_site
from vuurtoren.embedded.mailer import OUTBOX_FOLDER
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

DAYS_KEPT = {"Error Log": 30, "Scheduled Job Log": 7, "Email Queue": 30, "Activity Log": 90}
"""Frappe 15's own defaults, apart from Error Log (14 there), which the monthly analysis reads."""
OUTBOX_DAYS_KEPT = 90
ROWS_PER_BATCH = 1_000
SCHEDULER_EVENTS = {"daily": ["vuurtoren.embedded.housekeeping.clear_old_logs"]}


def clear_old_logs() -> None:
    """Delete what is older than its days, in batches of their own transaction."""
    site = current_site()
    if not isinstance(site, SQLiteSite):
        raise TypeError("only an embedded site clears its logs itself; a bench has Log Settings")
    for doctype, days in DAYS_KEPT.items():
        _clear_rows(site, doctype, days)
    _clear_outbox(site)


def _clear_rows(site: SQLiteSite, doctype: str, days: int) -> None:
    old = {"modified": ("<", site.now() - timedelta(days=days))}
    while site.delete(doctype, old, limit=ROWS_PER_BATCH):
        site.commit()


def _clear_outbox(site: SQLiteSite) -> None:
    oldest_kept = f"{site.now_utc() - timedelta(days=OUTBOX_DAYS_KEPT):%Y%m%d}"
    for message in (site.folder / OUTBOX_FOLDER).glob("*.eml"):
        if message.name < oldest_kept:
            message.unlink(missing_ok=True)
