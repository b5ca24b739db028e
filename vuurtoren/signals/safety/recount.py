"""How many log-ins were refused, counted again from their log."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.recount import Log, Recount

REFUSED = (Log("Activity Log", "creation", {"operation": "Login", "status": "Failed"}),)
RECOUNT = {"logins.failed_last_day": Recount(timedelta(days=1), REFUSED)}
