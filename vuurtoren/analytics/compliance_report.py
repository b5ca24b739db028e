"""`identify_compliance_gaps`: what the SEPA audit trail shows and lacks, with the formula of its score."""

from __future__ import annotations

from typing import Any

from vuurtoren.analytics import compliance, sepa_outcomes
from vuurtoren.analytics.sections import Sections
from vuurtoren.compliance import open_work, rule_states
from vuurtoren.compliance.findings.stored import DOCTYPE as FINDING
from vuurtoren.compliance.status import NOT_SCANNED
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural

Json = dict[str, Any]
SCORE_FORMULA = (
    "score = 100 × (1 − Failed ÷ (Compliant + Exception + Failed)), over all entries of the period"
)


def compliance_gaps(sections: Sections) -> Json:
    """Outcomes by process, every gap, what to do; what cannot be said is None and `unknown` says why."""
    site, period = sections.site, sections.period
    _ = site.translate
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
        "unknown": {},
    }
    parts = (_outcomes(sections), _gaps(sections), _risks(site))
    unknown: Json = {}
    sources: Json = {}
    for part in parts:
        unknown |= part.pop("unknown")
        sources |= part.pop("sources", {})
        report |= part
    return report | {"sources": sources, "unknown": unknown}


def _risks(site: Site) -> Json:
    """Rules of SEPA direct debit with open findings, the most urgent first; unknown before the first scan."""
    if not site.has_doctype(FINDING):
        reason = site.translate("{0} is not installed on this site").format(FINDING)
        return {"unknown": {"regulatory_risks": reason}}
    if not rule_states.read(site):
        return {"unknown": {"regulatory_risks": site.translate(NOT_SCANNED)}}
    risks = [
        {
            "rule": each.rule,
            "title": site.translate(each.title),
            "severity": each.severity,
            "findings": each.number,
            "deadline": each.deadline.isoformat() if each.deadline else None,
            "cents": each.cents,
            "action": each.action,
        }
        for each in open_work.open_rules(site)
    ]
    return {"regulatory_risks": risks, "sources": {"regulatory_risks": FINDING}, "unknown": {}}


def _outcomes(sections: Sections) -> Json:
    found, site, period = sections.sepa.content, sections.site, sections.period
    if found is None:
        missing = ("overall_compliance_score", "compliance_areas", "insights")
        return {"unknown": dict.fromkeys(missing, sections.sepa.unknown)}
    together = sepa_outcomes.overall(found).failures
    source = sepa_outcomes.source(period)
    undecided = plural(
        site.translate,
        period.days,
        "No decided SEPA operation in the last day.",
        "No decided SEPA operation in the last {0} days.",
    ).format(period.days)
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
