"""The analytics under the names that the deployment checklist calls them by.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.engines.analytics_engine import AnalyticsEngine

__all__ = [
    "AnalyticsEngine",
    "analyze_error_patterns",
    "forecast_performance_trends",
    "generate_insights_report",
    "get_performance_recommendations",
    "identify_compliance_gaps",
    "identify_error_hotspots",
]


@whitelist(methods=["GET", "POST"])
def analyze_error_patterns(days: int = 30) -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).analyze_error_patterns(days)


@whitelist(methods=["GET", "POST"])
def identify_error_hotspots(days: int = 7) -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).identify_error_hotspots(days)


@whitelist(methods=["GET", "POST"])
def forecast_performance_trends(days_back: int = 30, forecast_days: int = 7) -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).forecast_performance_trends(days_back, forecast_days)


@whitelist(methods=["GET", "POST"])
def identify_compliance_gaps() -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).identify_compliance_gaps()


@whitelist(methods=["GET", "POST"])
def get_performance_recommendations() -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).get_performance_recommendations()


@whitelist(methods=["GET", "POST"])
def generate_insights_report() -> dict[str, Any]:
    return AnalyticsEngine(permitted_site()).generate_insights_report()
