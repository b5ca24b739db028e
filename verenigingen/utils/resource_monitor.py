"""The measurements under the names that the deployment checklist calls them by.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.engines.resource_monitor import ResourceMonitor

__all__ = ["ResourceMonitor", "get_performance_report", "get_system_health"]


@whitelist(methods=["GET", "POST"])
def get_system_health() -> dict[str, Any]:
    """ResourceMonitor().get_system_health() of the current site, for those who may see the monitor."""
    return ResourceMonitor(permitted_site()).get_system_health()


@whitelist(methods=["GET", "POST"])
def get_performance_report() -> dict[str, Any]:
    """ResourceMonitor().generate_performance_report() of the current site, for the same people."""
    return ResourceMonitor(permitted_site()).generate_performance_report()
