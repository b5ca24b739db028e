"""Where the numbers of SEPA stand on the page: what failed with the trail, the rest with the association."""

from __future__ import annotations

from vuurtoren.signals.placement import Placement, numbers

PLACEMENTS = (
    Placement(
        "sepa.outcomes", numbers("sepa.failed_last_hour", "sepa.failed_last_day", "sepa.events_last_day")
    ),
    Placement(
        "business",
        numbers("mandates.active", "mandates.failed_today"),
        order=30,
        subject="Direct debit",
        needs="SEPA Mandate",
    ),
    Placement(
        "business",
        numbers("batches.recent", "sepa.pending_payments"),
        order=31,
        subject="Direct debit",
        needs="Direct Debit Batch",
    ),
)
