"""How many scheduled jobs failed, counted again from their log."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.recount import Log, Recount

FAILED = (Log("Scheduled Job Log", "modified", {"status": "Failed"}),)
RECOUNT = {
    "jobs.failed_last_hour": Recount(timedelta(hours=1), FAILED),
    "jobs.failed_last_day": Recount(timedelta(days=1), FAILED),
}
