"""Once a month the newest backup is tried, in a job of its own that may last longer than the checks."""

from __future__ import annotations

from vuurtoren.backups.drill import Busy, drill, is_due
from vuurtoren.failures import error_boundary
from vuurtoren.site.protocol import Site

MOST_SECONDS = 1200.0
"""Frappe ends a job of its long queue after 25 minutes."""


def drill_when_due(site: Site) -> str:
    """Try the newest backup unless one was tried within a month; what went wrong, or empty. Never raises."""
    with error_boundary(site, "the drill of a backup", undo=True) as caught:
        if is_due(site):
            try:
                drill(site, most_seconds=MOST_SECONDS)
            except Busy:
                return ""
    return caught.reason
