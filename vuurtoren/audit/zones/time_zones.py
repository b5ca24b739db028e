"""The time zone of the site, remembered, so that a change of it is an entry and not a riddle.

Entries show site time and are sealed with UTC. After a change of the zone the old ones still show the time
of the old one; the verification reads from the trail which zones there were. What counts is the zone in
effect, chosen or not: a Frappe site that never chose one shows the time of Asia/Kolkata.
"""

from __future__ import annotations

from vuurtoren.audit.recording.recording import PENDING_REVIEW, record
from vuurtoren.audit.seals.row_check import ZONE_CHANGES, ZONES
from vuurtoren.audit.zones import zone_memory
from vuurtoren.site.protocol import Site

SETTINGS = "System Settings"


def note_change(site: Site) -> None:
    """Write an entry when the zone is not the one that was seen last, in the caller's transaction."""
    zone, before = site.time_zone(), zone_memory.seen(site)
    if zone == before or zone not in ZONES:
        return
    zone_memory.keep(site, zone)
    if before:
        details = {"before": before, "after": zone}
        kind, action = ZONE_CHANGES["process_type"], ZONE_CHANGES["action"]
        record(site, kind, SETTINGS, SETTINGS, action, PENDING_REVIEW, details)
