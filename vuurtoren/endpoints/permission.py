"""Who may look at the monitoring, and who may act on it: one gate for every page, method and form."""

from __future__ import annotations

from vuurtoren.composition import current_site
from vuurtoren.endpoints.whitelist import Forbidden, visitor_has_role
from vuurtoren.site.protocol import Site

PEOPLE = ("System Manager", "Verenigingen Administrator")
"""The roles that may see the monitoring and act on alerts."""
READER_ROLES_KEY = "monitoring_reader_roles"
"""Configuration key: further roles, which may look at every page and act on nothing."""
HELD_BY_EVERYBODY = frozenset({"guest", "all", "desk user"})


def reader_roles(site: Site) -> tuple[str, ...]:
    """The roles that only look, as the configuration names them: a list, or a text with commas.

    What everybody holds (`Guest`, `All`, `Desk User`), and whatever is no name, counts for nothing.
    """
    named = site.conf(READER_ROLES_KEY)
    given = named.split(",") if isinstance(named, str) else named if isinstance(named, list | tuple) else ()
    names = (each.strip() for each in given if isinstance(each, str))
    return tuple(dict.fromkeys(each for each in names if each and each.casefold() not in HELD_BY_EVERYBODY))


def may_see(site: Site) -> bool:
    """Whether the current user may see the monitoring."""
    return site.has_role(*PEOPLE, *reader_roles(site))


def may_act(site: Site) -> bool:
    """Whether the visitor may change something, whatever user the code has set since."""
    return visitor_has_role(site, *PEOPLE)


def permitted_site() -> Site:
    """The current site; raises Forbidden unless the visitor may see the monitoring."""
    site = current_site()
    if not may_see(site):
        raise Forbidden(site.translate("Only a System Manager or a Verenigingen Administrator may see this."))
    return site


def acting_site() -> Site:
    """The current site; raises Forbidden unless the visitor may act, whatever user the code has set since."""
    site = current_site()
    must_act(site)
    return site


def must_act(site: Site) -> None:
    """Raise Forbidden unless the visitor may act."""
    if not may_act(site):
        raise Forbidden(site.translate("Only a System Manager or a Verenigingen Administrator may do this."))
