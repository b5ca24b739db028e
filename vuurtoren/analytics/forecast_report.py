"""`forecast_performance_trends`: the resources with a limit, and where a clear trend takes them."""

from __future__ import annotations

from typing import Any

from vuurtoren.analytics import forecast_sentences
from vuurtoren.analytics.forecast import FORMULA, NEAR_FORMULA, Forecast
from vuurtoren.analytics.sections import Sections

Json = dict[str, Any]


def forecast(sections: Sections, forecast_days: int) -> Json:
    """Samples, lines and dates by metric; what cannot be said is None and `unknown` says why."""
    found, site = sections.resources.content, sections.site
    no_score = site.translate(
        "Each forecast has an interval and its number of days; one score for all would hide them."
    )
    report: Json = {
        "analysis_period": str(sections.period),
        "forecast_period": f"{forecast_days} days",
        "historical_metrics": None,
        "forecasts": None,
        "trend_alerts": [],
        "capacity_planning": [],
        "confidence_score": None,
        "sources": {},
        "formulas": {
            "forecasts": site.translate(FORMULA),
            "historical_metrics.near": site.translate(NEAR_FORMULA),
        },
        "unknown": {"confidence_score": no_score},
    }
    if found is None:
        missing = ("historical_metrics", "forecasts", "trend_alerts", "capacity_planning")
        return report | {"unknown": report["unknown"] | dict.fromkeys(missing, sections.resources.unknown)}
    return report | {
        "historical_metrics": {each.rule.metric: forecast_sentences.history(each) for each in found},
        "forecasts": {each.rule.metric: forecast_sentences.forecast(each, forecast_days) for each in found},
        "trend_alerts": [statement.as_dict() for statement in forecast_sentences.reaching_limit(site, found)],
        "capacity_planning": [
            statement.as_dict() for statement in forecast_sentences.near_limit(site, found)
        ],
        "sources": {each.rule.metric: each.source for each in found},
        "unknown": report["unknown"] | _unknown(sections, found),
    }


def _unknown(sections: Sections, found: list[Forecast]) -> dict[str, str]:
    reasons = {}
    for each in found:
        metric = each.rule.metric
        if each.newest is None:
            reasons[f"historical_metrics.{metric}"] = forecast_sentences.why_no_history(sections.site, each)
        if each.line is None:
            reasons[f"forecasts.{metric}"] = forecast_sentences.why_no_forecast(sections.site, each)
        elif each.reach is None:
            reasons[f"forecasts.{metric}.reaches_threshold"] = forecast_sentences.why_no_reach(sections.site)
    return reasons
