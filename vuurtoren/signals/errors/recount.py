"""How many errors there were, counted again from the logs that the sources count."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.recount import Log, Recount

LOGS = (
    Log("Error Log", "creation", {"method": ("!=", OWN_TITLE)}),
    Log("Scheduled Job Log", "modified", {"status": "Failed"}),
    Log("Error Snapshot", "creation"),
)
RECOUNT = {
    "errors.last_hour": Recount(timedelta(hours=1), LOGS),
    "errors.last_day": Recount(timedelta(days=1), LOGS),
    "errors.last_week": Recount(timedelta(days=7), LOGS),
}
