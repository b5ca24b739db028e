"""Where the numbers of the web requests stand on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Number, Placement, beside, numbers

PLACEMENTS = (
    Placement(
        "resources.charted",
        (
            Number("requests.last_hour"),
            Number("requests.p95_ms", beside=beside("half within {0}", "requests.p50_ms")),
        ),
    ),
    Placement("resources.plain", numbers("requests.failed_last_hour", "requests.slow_last_hour")),
)
