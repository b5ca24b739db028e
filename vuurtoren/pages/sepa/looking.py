"""Who may look at the SEPA page and its report: who may see the monitoring, and the audit committee."""

from __future__ import annotations

from vuurtoren.audit.verification.verifying import may_verify
from vuurtoren.composition import current_site
from vuurtoren.endpoints.permission import may_see
from vuurtoren.endpoints.whitelist import Forbidden
from vuurtoren.site.protocol import Site


def site_to_look_at() -> Site:
    """The current site; raises Forbidden unless the visitor may look."""
    site = current_site()
    if not (may_see(site) or may_verify(site)):
        raise Forbidden(
            site.translate("Only those who see the monitoring, and the audit committee, may see this.")
        )
    return site
