"""A person verifies the trail from the desk or the page: bounded work, and every finding by class and row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vuurtoren.audit.search.sensitive_details import ROLE as AUDIT_COMMITTEE
from vuurtoren.audit.search.sensitive_details import committee_roles
from vuurtoren.audit.verification import daily_verification
from vuurtoren.endpoints.whitelist import Forbidden, refuse, visitor_has_role
from vuurtoren.site.protocol import Site

MAY_VERIFY = (AUDIT_COMMITTEE, "Verenigingen Administrator", "System Manager")
MOST_FINDINGS = 200


def may_verify(site: Site) -> bool:
    """Whether the current user may verify and search the trail."""
    return visitor_has_role(site, *MAY_VERIFY, *committee_roles(site))


def verify_for_people(site: Site) -> dict[str, Any]:
    """Verify now as the daily run does: all of a short trail, of a long one what is new and a sample.

    {exit_code, answer, verified_at, whole, findings: [{kind, explanation, position, event, row, checkpoint}],
    more_findings}. Commits; the result is what the page shows. Raises Forbidden without one of the roles, and
    Refused while somebody else verifies, or did so seconds ago.
    """
    if not may_verify(site):
        raise Forbidden(site.translate("Only {0} may verify the audit trail.").format(", ".join(MAY_VERIFY)))
    done = daily_verification.verify_now(site)
    if done is None:
        refuse(site.translate("Somebody else verifies the trail now, or has just done so. Try again later."))
    result, whole = done
    return {
        "exit_code": result.exit_code,
        "answer": result.answer,
        "verified_at": site.now().isoformat(" ", "seconds"),
        "whole": whole,
        "findings": [asdict(finding) for finding in result.findings[:MOST_FINDINGS]],
        "more_findings": max(0, len(result.findings) - MOST_FINDINGS),
    }
