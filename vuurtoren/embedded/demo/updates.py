"""What changed on the association's site in that week: the update that broke the portal, and what did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears

UPDATE_HOURS_AGO = 67
"""On Tuesday afternoon an update went live."""
APP = "verenigingen_site"
BEFORE, AFTERWARDS = "3.4.1", "3.5.0"
BROKEN_IN = "verenigingen_site/utils/dates.py in days_until"
"""Where the error comes from that the update brought."""
TREASURER = "penningmeester@vuurtorenwacht.example"


def installed(now: datetime, ends: datetime) -> dict[str, str]:
    """The version of the association's app at a moment of the story."""
    updated = now >= ends - timedelta(hours=UPDATE_HOURS_AGO)
    return {APP: AFTERWARDS if updated else BEFORE}


def updates(told: StoryMoment) -> Iterator[Happening]:
    """Two patches with the update, and changes by hand that harmed nobody."""
    for minutes, patch in ((4, "v3_5.rename_portal_fields"), (3, "v3_5.fill_member_since")):
        at = told.ago(hours=UPDATE_HOURS_AGO, minutes=minutes)
        yield appears(at, "Patch Log", told.token(), patch=f"{APP}.patches.{patch}")
    for hours, doctype, name, about in (
        (150, "Custom Field", "Member-lighthouse", {"dt": "Member"}),
        (110, "Client Script", "Batch colours", {"dt": "Direct Debit Batch"}),
        (71, "Property Setter", "Member-main-title_field", {"doc_type": "Member"}),
        (30, "Notification", "Welcome to new members", {"document_type": "Member"}),
    ):
        yield appears(told.ago(hours=hours), doctype, name, owner=TREASURER, modified_by=TREASURER, **about)
