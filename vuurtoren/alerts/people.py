"""Who may see alerts, and so be given one."""

from __future__ import annotations

from vuurtoren.endpoints.permission import PEOPLE
from vuurtoren.site.protocol import Site

ADMINISTRATOR = "Administrator"


def people(site: Site) -> tuple[str, ...]:
    """Names of enabled users that may see alerts, the Administrator first."""
    holders = site.get_all("Has Role", ["parent"], {"role": ("in", PEOPLE), "parenttype": "User"})
    names = {str(row["parent"]) for row in holders} - {ADMINISTRATOR, "Guest"}
    enabled = site.get_all("User", ["name"], {"name": ("in", sorted(names)), "enabled": 1}) if names else []
    return (ADMINISTRATOR, *sorted(str(row["name"]) for row in enabled))
