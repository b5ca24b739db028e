"""Where the numbers of users stand on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Placement, numbers

PLACEMENTS = (
    Placement(
        "business",
        numbers("users.active", "users.online", "sessions.count"),
        order=61,
        subject="People",
        needs="User",
    ),
)
