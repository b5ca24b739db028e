"""The names of the deployment checklist that another app has too, and where ours are.

Imported at the start of every Python of a bench that was told to: plain values only, and no imports.
"""

PACKAGE = "verenigingen"
"""The package of the checklist; beside an app of that name ours has a second one."""
SYSTEM_ALERT = "doctype.system_alert.system_alert"
ANSWERED = {
    "utils.alert_manager": (
        "AlertManager",
        "check_critical_errors",
        "get_alert_statistics",
        "run_daily_checks",
        "run_hourly_checks",
        "test_alert_system",
    ),
    "utils.resource_monitor": ("ResourceMonitor", "get_performance_report", "get_system_health"),
    "utils.analytics_engine": (
        "AnalyticsEngine",
        "analyze_error_patterns",
        "forecast_performance_trends",
        "generate_insights_report",
        "get_performance_recommendations",
        "identify_compliance_gaps",
        "identify_error_hotspots",
    ),
    "www.monitoring_dashboard": (
        "get_active_alerts",
        "get_analytics_summary",
        "get_audit_summary",
        "get_compliance_audit_report",
        "get_compliance_metrics",
        "get_detailed_analytics_report",
        "get_executive_summary",
        "get_optimization_insights",
        "get_performance_metrics",
        "get_performance_optimization_report",
        "get_recent_errors",
        "get_system_metrics",
        "get_trend_forecasts",
        "refresh_advanced_dashboard_data",
        "refresh_dashboard_data",
        "test_monitoring_system",
    ),
    SYSTEM_ALERT: ("SystemAlert", "acknowledge_alert", "get_alert_summary", "resolve_alert"),
}
"""Modules of the other app, without its name, and what in each of them answers with ours."""
MODULES = {f"{PACKAGE}.{module}": module for module in ANSWERED}
CLASSES = ("AlertManager", "AnalyticsEngine", "ResourceMonitor", "SystemAlert")
