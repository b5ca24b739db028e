"""The time zone of the site, remembered, so that a change of it is an entry and not a riddle.

Entries show site time and are sealed with UTC. After a change of the zone the old ones still show the time
of the old one; the verification reads from the trail which zones there were.
"""

from __future__ import annotations

from verenigingen.alerts import runs
from verenigingen.audit.recording import PENDING_REVIEW, record
from verenigingen.audit.seals.row_check import ZONE_CHANGES, ZONES
from verenigingen.site.protocol import Site

JOB = "audit time zone"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds the zone that was seen last."""
SETTINGS = "System Settings"


def note_change(site: Site) -> None:
    """Write an entry when the zone is not the one that was seen last, in the caller's transaction."""
    zone = _zone(site)
    if zone not in ZONES:
        return
    row = site.get(runs.DOCTYPE, JOB)
    before = str(row["cursor"] or "") if row else ""
    if zone == before:
        return
    if row is None:
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0, "cursor": zone})
        return
    site.update(runs.DOCTYPE, JOB, {"cursor": zone})
    if before:
        details = {"before": before, "after": zone}
        kind, action = ZONE_CHANGES["process_type"], ZONE_CHANGES["action"]
        record(site, kind, SETTINGS, SETTINGS, action, PENDING_REVIEW, details)


def _zone(site: Site) -> str:
    if site.has_doctype(SETTINGS):
        return str(site.get_single(SETTINGS).get("time_zone") or "")
    return str(site.conf("time_zone") or "")
