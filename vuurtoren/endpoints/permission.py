"""Who may see and act on the monitoring: one gate for every page, method and form."""

from __future__ import annotations

from vuurtoren.composition import current_site
from vuurtoren.endpoints.whitelist import Forbidden, visitor_has_role
from vuurtoren.site.protocol import Site

PEOPLE = ("System Manager", "Verenigingen Administrator")
"""The roles that may see the monitoring and act on alerts."""


def may_see(site: Site) -> bool:
    """Whether the current user may see the monitoring."""
    return site.has_role(*PEOPLE)


def permitted_site() -> Site:
    """The current site; raises Forbidden unless the visitor may see the monitoring."""
    site = current_site()
    if not may_see(site):
        raise Forbidden(site.translate("Only a System Manager or a Verenigingen Administrator may see this."))
    return site


def acting_site() -> Site:
    """The current site; raises Forbidden unless the visitor may act, whatever user the code has set since."""
    site = current_site()
    if not visitor_has_role(site, *PEOPLE):
        raise Forbidden(site.translate("Only a System Manager or a Verenigingen Administrator may do this."))
    return site
