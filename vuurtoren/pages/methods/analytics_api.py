"""The short answers of the page's advanced methods, drawn from the full reports of the analytics engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.engines.analytics_engine import AnalyticsEngine
from vuurtoren.pages.methods.api import Json, refresh_dashboard_data
from vuurtoren.settings import settings
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site

HOT_SPOT_DAYS = 7
HIGH = ("HIGH", "CRITICAL")


def get_analytics_summary(site: Site) -> Json:
    """The errors of 30 days and the hot spots of 7 in a few numbers."""
    engine = AnalyticsEngine(site)
    errors, spots = engine.analyze_error_patterns(), engine.identify_error_hotspots(HOT_SPOT_DAYS)
    patterns = errors["patterns"] or {}
    return {
        "error_patterns": {
            "total_errors": errors["total_errors"],
            "trend_direction": (patterns.get("growth_trends") or {}).get("direction"),
            "peak_hour": _largest(patterns.get("hourly_patterns")),
            "most_common_category": _largest(patterns.get("error_types")),
        },
        "hotspots": {
            "critical_count": _count(spots["critical_hotspots"]),
            "total_hotspots": _count(spots["hotspots"]),
            "severity_scores": spots["severity_scores"],
        },
        "last_updated": site.now(),
        "unknown": {**errors["unknown"], **spots["unknown"]},
    }


def get_trend_forecasts(site: Site) -> Json:
    """Which limits a clear trend of 30 days reaches within 7, and what to do."""
    report = AnalyticsEngine(site).forecast_performance_trends()
    return {
        "confidence_score": report["confidence_score"],
        "trend_alerts": report["trend_alerts"],
        "capacity_recommendations": report["capacity_planning"],
        "forecast_period": report["forecast_period"],
        "highlights": [each["text"] for each in report["trend_alerts"]],
        "unknown": report["unknown"],
    }


def get_compliance_metrics(site: Site) -> Json:
    """The SEPA audit trail of 90 days in a few numbers; the formulas are those of the full report."""
    report = AnalyticsEngine(site).identify_compliance_gaps()
    covered = collect(site, ["audit.coverage"]).get("audit.mandates_covered_percent")
    return {
        "overall_score": report["overall_compliance_score"],
        "critical_gaps": _count(report["critical_gaps"]),
        "sepa_compliance_rate": report["overall_compliance_score"],
        "audit_completeness": covered.value,
        "regulatory_violations": report["regulatory_risks"],
        "data_retention_status": f"{settings.read(site).sepa_retention_years} years",
        "last_assessment": report["assessment_date"],
        "formulas": report["formulas"],
        "unknown": report["unknown"] | ({"audit_completeness": covered.reason} if covered.reason else {}),
    }


def get_optimization_insights(site: Site) -> Json:
    """How many recommendations there are, of which kinds."""
    report = AnalyticsEngine(site).get_performance_recommendations()
    found = report["recommendations"]
    return {
        "total_recommendations": len(found),
        "high_priority_count": sum(each["priority"] in HIGH for each in found),
        "categories": sorted({each["category"] for each in found}),
        "potential_impact": report["impact_analysis"],
        "implementation_phases": report["implementation_roadmap"],
        "generated_at": report["generated_at"],
        "unknown": report["unknown"],
    }


def get_executive_summary(site: Site) -> Json:
    """The state of the site for whoever has a minute."""
    report = AnalyticsEngine(site).generate_insights_report()
    said, actions = report["executive_summary"], report["priority_actions"]
    issues = said["critical_issues"]
    return {
        "overall_status": said["overall_system_status"],
        "status_because": said["status_because"],
        "business_impact": said["business_impact_assessment"],
        "critical_issues_count": len(issues),
        "key_findings_count": len(said["key_findings"]),
        "priority_actions_count": len(actions),
        "top_critical_issue": issues[0]["text"] if issues else None,
        "top_priority_action": actions[0]["title"] if actions else None,
        "report_period": report["report_period"],
        "generated_at": report["generated_at"],
        "unknown": report["unknown"],
    }


def get_detailed_analytics_report(site: Site) -> Json:
    return AnalyticsEngine(site).generate_insights_report()


def get_performance_optimization_report(site: Site) -> Json:
    return AnalyticsEngine(site).get_performance_recommendations()


def get_compliance_audit_report(site: Site) -> Json:
    return AnalyticsEngine(site).identify_compliance_gaps()


def refresh_advanced_dashboard_data(site: Site) -> Json:
    """The page's numbers and the short answers above, at one moment."""
    return {
        **refresh_dashboard_data(site),
        "analytics_summary": get_analytics_summary(site),
        "trend_forecasts": get_trend_forecasts(site),
        "compliance_metrics": get_compliance_metrics(site),
        "optimization_insights": get_optimization_insights(site),
        "executive_summary": get_executive_summary(site),
    }


def _largest(counts: Mapping[str, int] | None) -> str | None:
    """The name with the highest count; None where nothing was counted."""
    if not counts or not any(counts.values()):
        return None
    return max(counts, key=lambda name: counts[name])


def _count(rows: list[Any] | None) -> int | None:
    return None if rows is None else len(rows)
