"""Where the counts of errors stand on the page; their section says the rest in the title."""

from __future__ import annotations

from vuurtoren.signals.placement import Number, Placement

PLACEMENTS = (
    Placement(
        "errors.counts",
        (
            Number("errors.last_hour", "Last hour"),
            Number("errors.last_day", "Last day"),
            Number("errors.last_week", "Last week"),
            Number("errors.new_kinds_last_hour"),
        ),
    ),
)
