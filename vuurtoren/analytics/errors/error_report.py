"""`analyze_error_patterns` and `identify_error_hotspots`: the errors of a period in the published shapes."""

from __future__ import annotations

from typing import Any

from vuurtoren.analytics import recommendations, trend
from vuurtoren.analytics.errors import hot_spots
from vuurtoren.analytics.errors.error_sentences import sentences
from vuurtoren.analytics.sections import Sections

Json = dict[str, Any]
PATTERNS = (
    "daily_trends",
    "hourly_patterns",
    "error_types",
    "user_impact",
    "recurring_issues",
    "severity_distribution",
    "growth_trends",
)


def error_patterns(sections: Sections) -> Json:
    """Counts, patterns, hot spots and sentences; what cannot be said is None and `unknown` says why."""
    analysis, site, period = sections.errors.content, sections.site, sections.period
    report: Json = {
        "total_errors": None,
        "analysis_period": str(period),
        "start_date": period.first_day.isoformat(),
        "end_date": period.today.isoformat(),
        "counted_from": None,
        "patterns": dict.fromkeys(PATTERNS),
        "error_hotspots": None,
        "insights": [],
        "recommendations": [],
        "sources": {},
        "formulas": {},
        "unknown": {},
    }
    if analysis is None:
        missing = ("total_errors", "counted_from", "patterns", "error_hotspots", "insights")
        return report | {"unknown": dict.fromkeys(missing, sections.errors.unknown)}
    advice = recommendations.from_errors(site, analysis.spots, analysis.source)
    return report | {
        "total_errors": analysis.total,
        "counted_from": max(analysis.coverage.since, period.since).isoformat(" ", "seconds"),
        "patterns": analysis.as_patterns(),
        "error_hotspots": [spot.as_dict() for spot in analysis.spots],
        "insights": [statement.as_dict() for statement in sentences(analysis)],
        "recommendations": [each.as_dict() for each in advice],
        "sources": {
            "total_errors": analysis.source,
            "patterns.daily_trends": analysis.source_of_days,
            "patterns.hourly_patterns": analysis.source_of_hours,
            "patterns.error_types": analysis.source,
            "patterns.recurring_issues": analysis.source,
            "error_hotspots": analysis.source,
        },
        "formulas": {"patterns.growth_trends": site.translate(trend.FORMULA), **_formulas(sections)},
        "unknown": analysis.reasons(),
    }


def error_hot_spots(sections: Sections) -> Json:
    """The kinds of error by score, and which to mend first, with the formulas."""
    analysis = sections.errors.content
    report: Json = {
        "analysis_period": str(sections.period),
        "hotspots": None,
        "severity_scores": None,
        "critical_hotspots": None,
        "remediation_priority": None,
        "sources": {},
        "formulas": _formulas(sections),
        "unknown": {},
    }
    if analysis is None:
        missing = ("hotspots", "severity_scores", "critical_hotspots", "remediation_priority")
        return report | {"unknown": dict.fromkeys(missing, sections.errors.unknown)}
    spots = analysis.spots
    return report | {
        "hotspots": [spot.as_dict() for spot in spots],
        "severity_scores": {spot.kind.fingerprint: spot.score for spot in spots},
        "critical_hotspots": [spot.as_dict() for spot in spots if spot.critical],
        "remediation_priority": [
            {
                "rank": rank,
                "fingerprint": spot.kind.fingerprint,
                "title": spot.kind.title,
                "score": spot.score,
            }
            for rank, spot in enumerate(spots, start=1)
        ],
        "sources": {"hotspots": analysis.source},
    }


def _formulas(sections: Sections) -> dict[str, str]:
    _ = sections.site.translate
    return {"score": _(hot_spots.FORMULA), "critical": _(hot_spots.CRITICAL_FORMULA)}
