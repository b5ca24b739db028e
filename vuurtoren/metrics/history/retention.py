"""How long and how large the history may become; enforced in bounded batches, once a day."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.history.rows import DOCTYPE
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import whole

SETTINGS = "Monitoring Settings"
DEFAULT_DAYS = 400
LONGEST_DAYS = 36_500
DEFAULT_CAP_MB = 100
ROW_OVERHEAD_BYTES = 400
"""What a row takes besides its samples: names, stamps and its part of three indexes."""
NOT_DAYS = {"resolution_seconds": ("<", 86_400)}
"""What may go: minutes and hours. The days stay for ever, some four bytes each."""
BATCH = 500
MOST_BATCHES = 20


def trim(site: Site) -> int:
    """Delete the minutes and hours that are too old, then the oldest while the history is too large; commits.

    How many rows went; at most 10,000 at a time, the rest next time. Today stays, and so do the days as a
    count, lowest, mean and highest.
    """
    days, cap_bytes = _limits(site)
    today_utc = site.now_utc().date()
    oldest_kept = today_utc - timedelta(days=days)
    gone = 0
    for _ in range(MOST_BATCHES):
        deleted = site.delete(DOCTYPE, {"day": ("<", oldest_kept), **NOT_DAYS}, limit=BATCH)
        site.commit()
        gone += deleted
        if deleted < BATCH:
            if size_bytes(site) <= cap_bytes:
                break
            oldest = site.get_all(
                DOCTYPE, ["day"], {"day": ("<", today_utc), **NOT_DAYS}, order_by="day", limit=1
            )
            if not oldest:
                break
            oldest_kept = oldest[0]["day"] + timedelta(days=1)
    return gone


def size_bytes(site: Site) -> int:
    """What the history takes at rest, the overhead of its rows included."""
    return int(site.total(DOCTYPE, "size_bytes")) + ROW_OVERHEAD_BYTES * site.count(DOCTYPE)


def _limits(site: Site) -> tuple[int, int]:
    settings = site.get_single(SETTINGS) if site.has_doctype(SETTINGS) else {}
    days = min(whole(settings.get("history_retention_days")) or DEFAULT_DAYS, LONGEST_DAYS)
    cap_mb = whole(settings.get("history_cap_mb")) or DEFAULT_CAP_MB
    return max(1, days), max(1, cap_mb) * 1_000_000
