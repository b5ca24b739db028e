"""/monitoring_sepa and its methods: what the SEPA rules find, for those who may see it.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from datetime import date
from typing import Any

from vuurtoren.audit.verification import proof_file
from vuurtoren.compliance import status
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.findings import stored as findings
from vuurtoren.compliance.reading.values import day
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.endpoints.permission import acting_site, may_see
from vuurtoren.endpoints.whitelist import argument, csrf_token, file_answer, refuse, whitelist
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.sepa import answer, report
from vuurtoren.pages.sepa.looking import site_to_look_at
from vuurtoren.site.errors import SiteError, Unavailable
from vuurtoren.site.protocol import Site

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""


def get_context(context: Any) -> None:
    """The page for Frappe's website; the audit committee may see it too."""
    site = site_to_look_at()
    context.title = site.translate("SEPA")
    body = answer.body(site, {name: argument(name) for name in answer.ASKED})
    if may_see(site):
        served = site_map.around(site, context.title, body, csrf_token(), under="sepa")
        context.monitoring_page = served.body
    else:
        context.monitoring_page = body


@whitelist(methods=["GET", "POST"])
def get_sepa_status() -> dict:
    """Each area and rule as the last scan found it, and the number of rules kept with its formula."""
    site = site_to_look_at()
    try:
        return status.read(site).as_dict(site.translate)
    except Unavailable as unavailable:
        refuse(unavailable.said(site.translate))


def _days(site: Site, since: str, until: str) -> tuple[date, date]:
    first, last = day(since), day(until)
    if first is None or last is None:
        refuse(site.translate("Name the first and the last day, such as 2026-01-31."))
    return first, last


@whitelist(methods=["GET", "POST"])
def get_sepa_report(since: str, until: str) -> str:
    """The report for audit committee and board as an HTML document to print; days as 2026-01-31."""
    site = site_to_look_at()
    first, last = _days(site, since, until)
    try:
        return report.document(site, first, last)
    except Unavailable as unavailable:
        refuse(unavailable.said(site.translate))


@whitelist(methods=["GET", "POST"])
def get_sepa_report_pdf(since: str, until: str) -> Any:
    """The same report as a PDF, as the platform makes it; 409 where it makes none."""
    site = site_to_look_at()
    first, last = _days(site, since, until)
    try:
        made = report.pdf(site, first, last)
    except Unavailable as unavailable:
        refuse(unavailable.said(site.translate))
    return file_answer(f"sepa-{first}-{last}.pdf", "application/pdf", made)


@whitelist(methods=["POST"])
def get_proof(event_id: str) -> Any:
    """A zip for an auditor: one entry of the trail with its proof; 409 where it cannot be proven."""
    site = site_to_look_at()
    try:
        made = proof_file.for_people(site, str(event_id).strip())
    except SiteError as refused:
        refuse(str(refused))
    return file_answer("proof-for-the-auditor.zip", "application/zip", made)


@whitelist(methods=["POST"])
def accept_finding(name: str, reason: str, until: str) -> dict:
    """Live with a finding until a day, for a reason; 409 when that cannot be."""
    site = acting_site()
    ends = day(until)
    if ends is None:
        refuse(site.translate("Name the day until which it is accepted, such as 2026-12-31."))
    try:
        row = findings.accept(site, str(name), str(reason), ends)
    except NotPossible as refused:
        refuse(str(refused))
    return {"name": row["name"], "status": row["status"]}


@whitelist(methods=["POST"])
def settle_return(name: str, state: str, how: str) -> dict:
    """Say that a return was followed up (Done) or needs nothing (Not Needed), and how; 409 when not."""
    site = acting_site()
    try:
        row = returns.settle(site, str(name), str(state), str(how))
    except NotPossible as refused:
        refuse(str(refused))
    return {"name": row["name"], "state": row["state"]}
