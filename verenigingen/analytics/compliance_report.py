"""`identify_compliance_gaps`: what the SEPA audit trail shows and lacks, with the formula of its score."""

from __future__ import annotations

from typing import Any

from verenigingen.analytics import compliance, sepa_outcomes
from verenigingen.analytics.sections import Sections

Json = dict[str, Any]
SCORE_FORMULA = (
    "score = 100 × (1 − Failed ÷ (Compliant + Exception + Failed)), over all entries of the period"
)


def compliance_gaps(sections: Sections) -> Json:
    """Outcomes by process, every gap, what to do; what cannot be said is None and `unknown` says why."""
    site, period = sections.site, sections.period
    _ = site.translate
    not_built = _("The rules of the SEPA rulebook are not checked; only the trail itself is.")
    report: Json = {
        "assessment_date": period.now.isoformat(" ", "seconds"),
        "assessment_period": str(period),
        "overall_compliance_score": None,
        "compliance_areas": None,
        "critical_gaps": None,
        "gaps": None,
        "remediation_plan": None,
        "regulatory_risks": None,
        "insights": [],
        "sources": {},
        "formulas": {
            "overall_compliance_score": _(SCORE_FORMULA),
            "compliance_areas.failure_percent": _(sepa_outcomes.FORMULA),
        },
        "unknown": {"regulatory_risks": not_built},
    }
    parts = (_outcomes(sections), _gaps(sections))
    unknown = report["unknown"] | parts[0].pop("unknown") | parts[1].pop("unknown")
    return report | parts[0] | parts[1] | {"unknown": unknown}


def _outcomes(sections: Sections) -> Json:
    found, site, period = sections.sepa.content, sections.site, sections.period
    if found is None:
        missing = ("overall_compliance_score", "compliance_areas", "insights")
        return {"unknown": dict.fromkeys(missing, sections.sepa.unknown)}
    together = sepa_outcomes.overall(found).failures
    source = sepa_outcomes.source(period)
    undecided = site.translate("No decided SEPA operation in the last {0} days.").format(period.days)
    return {
        "overall_compliance_score": round(100 * (1 - together.share), 1) if together else None,
        "compliance_areas": [outcome.as_dict() for outcome in found],
        "insights": [each.as_dict() for each in sepa_outcomes.sentences(site, period, found)],
        "sources": {"overall_compliance_score": source, "compliance_areas": source},
        "unknown": {} if together else {"overall_compliance_score": undecided},
    }


def _gaps(sections: Sections) -> Json:
    found = sections.gaps.content
    if found is None:
        missing = ("critical_gaps", "gaps", "remediation_plan")
        return {"unknown": dict.fromkeys(missing, sections.gaps.unknown)}
    unchecked = compliance.not_checked(sections.site)
    return {
        "critical_gaps": [gap.as_dict() for gap in found if gap.critical],
        "gaps": [gap.as_dict() for gap in found],
        "remediation_plan": [
            {"title": gap.title, "action": gap.action, "documents": list(gap.names), "evidence": gap.source}
            for gap in found
        ],
        "unknown": {f"gaps.{doctype}": reason for doctype, reason in unchecked.items()},
    }
