"""What had changed on the site before an alert, from its row as it is stored."""

from __future__ import annotations

from vuurtoren.alerts.alerts import details_of
from vuurtoren.alerts.incidents.grouping import subjects_of
from vuurtoren.changes.faults import fault
from vuurtoren.changes.suspects import Fault
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row


def fault_of(site: Site, row: Row) -> Fault:
    """What the alert is about, and since when."""
    details = details_of(row)
    began = row["first_seen"] or row["timestamp"] or site.now()
    return fault(site, began, str(details.get("metric") or ""), str(row["rule"] or ""), subjects_of(details))
