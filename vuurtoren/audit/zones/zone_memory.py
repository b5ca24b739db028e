"""Which time zone the site had when it was last looked: kept from the first event on, before any tick."""

from __future__ import annotations

from vuurtoren.audit.seals.row_check import ZONES
from vuurtoren.health import runs
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site

JOB = "audit time zone"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds the zone that was seen last."""
_remembered: set[str] = set()
"""Sites, by their folder, about which this process need not ask again; a change is for the tick to see."""


def remember(site: Site) -> None:
    """Keep the zone in effect where none is kept yet, in the caller's transaction."""
    folder = str(site.site_path())
    if folder in _remembered or not site.has_doctype(runs.DOCTYPE):
        return
    if seen(site) is None:
        keep(site, site.time_zone())
    _remembered.add(folder)


def seen(site: Site) -> str | None:
    """The zone that was seen last; None where nothing is kept yet, or what is kept names no zone."""
    row = site.get(runs.DOCTYPE, JOB)
    zone = str(row["cursor"] or "") if row else ""
    return zone if zone in ZONES else None


def keep(site: Site, zone: str) -> None:
    """Keep this zone; what is no zone is not kept."""
    if zone not in ZONES or site.update(runs.DOCTYPE, JOB, {"cursor": zone}):
        return
    try:
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0, "cursor": zone})
    except AlreadyExists:
        return  # another worker was first
