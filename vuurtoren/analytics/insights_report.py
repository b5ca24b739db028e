"""`generate_insights_report` and `get_performance_recommendations`: all parts together, most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vuurtoren.analytics import forecast_sentences, sepa_outcomes
from vuurtoren.analytics import recommendations as advise
from vuurtoren.analytics.compliance_report import compliance_gaps
from vuurtoren.analytics.errors.error_report import error_patterns
from vuurtoren.analytics.errors.error_sentences import sentences as error_sentences
from vuurtoren.analytics.forecast_report import forecast
from vuurtoren.analytics.recommendations import Recommendation
from vuurtoren.analytics.sections import ReportSection, Sections
from vuurtoren.analytics.statement import Statement, question
from vuurtoren.health import liveness
from vuurtoren.rules.rule import rank
from vuurtoren.settings import settings
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

Json = dict[str, Any]
FORECAST_DAYS = 7
SHOWN = 5
STATUS_FORMULA = (
    "critical: a CRITICAL alert is open; warning: a HIGH or MEDIUM one; notice: a LOW one; ok: none; "
    "unknown: the monitor is switched off or has not run in the last 15 minutes"
)
STATUS_BY_RANK = ("notice", "warning", "warning", "critical")


def insights(sections: Sections) -> Json:
    """The whole report; a part that cannot be had says why, and the rest stands."""
    site, period = sections.site, sections.period
    found = recommendations(sections)
    status, because = overall_status(sections)
    return {
        "generated_at": period.now.isoformat(" ", "seconds"),
        "report_period": str(period),
        "executive_summary": {
            "overall_system_status": status,
            "status_because": because,
            "key_findings": [each.as_dict() for each in _findings(sections)],
            "critical_issues": _critical_issues(sections),
            "priority_recommendations": [each.as_dict() for each in found[:SHOWN]],
            "business_impact_assessment": [each.as_dict() for each in _sepa(sections)],
        },
        "error_analysis": error_patterns(sections),
        "performance_forecast": forecast(sections, FORECAST_DAYS),
        "compliance_status": compliance_gaps(sections),
        "health_trends": [
            each.as_dict() for each in forecast_sentences.courses(site, sections.resources.content or [])
        ],
        "business_impact": _business(sections),
        "optimization_recommendations": [each.as_dict() for each in found],
        "priority_actions": [
            {"priority": each.priority, "title": each.title, "action": each.action, "evidence": each.evidence}
            for each in found
        ],
        "formulas": {"overall_system_status": site.translate(STATUS_FORMULA)},
        "unknown": _unknown(sections),
    }


def performance_recommendations(sections: Sections) -> Json:
    """What to do, most urgent first; no impact and no roadmap, which nothing here measures."""
    _, found = sections.site.translate, recommendations(sections)
    return {
        "generated_at": sections.period.now.isoformat(" ", "seconds"),
        "recommendations": [each.as_dict() for each in found],
        "prioritized_actions": [
            {"rank": number, "priority": each.priority, "title": each.title, "action": each.action}
            for number, each in enumerate(found, start=1)
        ],
        "impact_analysis": None,
        "implementation_roadmap": None,
        "unknown": {
            "impact_analysis": _("What a recommendation would save has not been measured."),
            "implementation_roadmap": _("Who has time when is not known to the monitor."),
            **_unknown(sections),
        },
    }


def recommendations(sections: Sections) -> list[Recommendation]:
    """From open alerts, then from numbers of the report; most urgent first."""
    site, errors, gaps = sections.site, sections.errors.content, sections.gaps.content or []
    told = {gap.area for gap in gaps}
    outcomes = [each for each in sections.sepa.content or [] if each.process_type not in told]
    return advise.ranked(
        [
            *advise.from_alerts(sections.alerts.content or []),
            *advise.from_gaps(site, gaps),
            *(advise.from_errors(site, errors.spots, errors.source) if errors else ()),
            *advise.from_resources(site, sections.resources.content or []),
            *advise.from_sepa(site, outcomes, sepa_outcomes.source(sections.period)),
        ]
    )


def overall_status(sections: Sections) -> tuple[str, str]:
    """The state of the site by STATUS_FORMULA, and why."""
    site, rows = sections.site, sections.alerts.content
    _ = site.translate
    if rows is None:
        return "unknown", sections.alerts.unknown
    if not settings.read(site).enabled:
        return "unknown", _("The monitor is switched off in Monitoring Settings.")
    tick = liveness.pulse(site)[0]
    if tick.ended_at is None:
        return "unknown", _("The monitor has not run yet.")
    ran_at = tick.ended_at
    if tick.status == "failing":
        return "unknown", _("The monitor runs, but cannot do its work: {0}").format(tick.because)
    if tick.status != "ok":
        return "unknown", _("The monitor last ran at {0}.").format(moment(ran_at, _))
    if not rows:
        return "ok", _("No alert is open; last judged at {0}.").format(moment(ran_at, _))
    worst = max(rank(str(row["severity"])) for row in rows)
    text = plural(_, len(rows), "One alert is open: {1}", "{0} alerts are open, the most severe: {1}")
    return STATUS_BY_RANK[worst], text.format(len(rows), rows[0]["message"])


def _findings(sections: Sections) -> Iterator[Statement]:
    errors = sections.errors.content
    if errors is not None:
        yield from error_sentences(errors)
    yield from _resources(sections)
    yield from _sepa(sections)


def _resources(sections: Sections) -> Iterator[Statement]:
    found = sections.resources.content or []
    yield from forecast_sentences.near_limit(sections.site, found) or forecast_sentences.none_near(
        sections.site, found
    )
    yield from forecast_sentences.reaching_limit(sections.site, found)


def _sepa(sections: Sections) -> Iterator[Statement]:
    if sections.sepa.content is not None:
        yield from sepa_outcomes.sentences(sections.site, sections.period, sections.sepa.content)


def _critical_issues(sections: Sections) -> list[Json]:
    """Open alerts of high severity, critical gaps of the trail, critical hot spots."""
    source = question(Words("list"), "System Alert", {"status": ("in", ("Active", "Acknowledged"))})
    alerts = [
        Statement(str(row["message"]), source, row["name"], critical=True)
        for row in sections.alerts.content or []
        if rank(str(row["severity"])) >= rank("HIGH")
    ]
    gaps = [
        Statement(f"{gap.title}: {gap.number}", gap.source, gap.area, critical=True)
        for gap in sections.gaps.content or []
        if gap.critical
    ]
    errors = sections.errors.content
    findings = [each for each in (error_sentences(errors) if errors else []) if each.critical]
    return [each.as_dict() for each in (*alerts, *gaps, *findings)]


def _business(sections: Sections) -> Json:
    """SEPA operations that failed, and how many documents still wait for a success."""
    found, gaps = sections.sepa.content, sections.gaps.content
    processes = {outcome.process_type for outcome in found or []}
    waiting = [gap.number for gap in gaps or [] if gap.area in processes]
    return {
        "failed_sepa_operations": sepa_outcomes.overall(found).failed if found is not None else None,
        "documents_still_failed": sum(waiting) if gaps is not None else None,
        "amount": None,
        "members": None,
        "sources": {"failed_sepa_operations": sepa_outcomes.source(sections.period)},
        "unknown": {
            "amount": sections.site.translate("What the failures are worth is not followed yet."),
            "members": sections.site.translate("Which members an error touched is not followed yet."),
        },
    }


def _unknown(sections: Sections) -> dict[str, str]:
    """Every part that could not be read."""
    parts: dict[str, ReportSection[Any]] = {
        "errors": sections.errors,
        "resources": sections.resources,
        "sepa": sections.sepa,
        "audit_trail": sections.gaps,
        "alerts": sections.alerts,
    }
    unknown = {name: part.unknown for name, part in parts.items() if part.unknown}
    if not any(each.newest for each in sections.resources.content or []):
        unknown.setdefault("health_trends", sections.site.translate("No resource has been sampled yet."))
    return unknown
