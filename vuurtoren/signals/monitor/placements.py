"""Where the cost of the monitor stands on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Placement, numbers

PLACEMENTS = (Placement("monitor.costs", numbers("monitor.run_ms_today")),)
