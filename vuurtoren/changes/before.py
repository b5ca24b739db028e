"""What had changed shortly before something went wrong, in a line for people."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.changes import stored
from vuurtoren.changes.change import said_together
from vuurtoren.changes.suspects import USUAL_OVER, Fault, Suspect, ranked
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration


def suspects(site: Site, fault: Fault) -> list[Suspect]:
    """The likeliest changes before it, at most three; the newest 500 of the month before are looked at."""
    return ranked(stored.newest_before(site, fault.began, fault.began - USUAL_OVER), fault)


def line(site: Site, fault: Fault, found: list[Suspect]) -> str:
    """ "12 min after verenigingen 0.9.1 → 0.9.2 and 2 patches; 3 h after …"; empty where nothing is named."""
    text = site.translate("{0} after {1}")
    return "; ".join(
        text.format(
            duration(max(fault.began - each.at, timedelta()).total_seconds(), site.translate),
            said_together(site, each.changes),
        )
        for each in found
    )
