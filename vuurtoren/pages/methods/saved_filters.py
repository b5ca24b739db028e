"""Filters of the lists in Frappe's desk that are saved for everybody, by DocType and name."""

from __future__ import annotations

FILTERS: dict[str, dict[str, list[tuple[str, str, object]]]] = {
    "System Alert": {
        "Open": [("status", "in", ["Active", "Acknowledged"])],
        "Open, HIGH and CRITICAL": [
            ("status", "in", ["Active", "Acknowledged"]),
            ("severity", "in", ["HIGH", "CRITICAL"]),
        ],
        "Nobody looks after it": [("status", "=", "Active")],
    },
    "Error Kind": {"Seen in the last week": [("last_seen", "Timespan", "last week")]},
    "Alert Delivery": {"Not delivered": [("status", "in", ["Failed", "Given up", "Not proven"])]},
    "SEPA Finding": {"Open": [("status", "=", "Open")]},
}
