"""What had changed shortly before something went wrong, in a line for people."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.changes import stored
from vuurtoren.changes.change import said_together
from vuurtoren.changes.suspects import USUAL_OVER, Fault, Suspect, ranked
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration

SAME_MOMENT = timedelta(seconds=1)


def suspects(site: Site, fault: Fault) -> list[Suspect]:
    """The likeliest changes before it, at most three; the newest 500 of the month before are looked at."""
    return ranked(stored.newest_before(site, fault.began, fault.began - USUAL_OVER), fault)


def line(site: Site, fault: Fault, found: list[Suspect]) -> str:
    """ "12 min after verenigingen 0.9.1 → 0.9.2 and 2 patches; 3 h after …"; empty where nothing is named."""
    return "; ".join(_after(site, fault, each) for each in found)


def _after(site: Site, fault: Fault, suspect: Suspect) -> str:
    """What was seen only by a look after the fault began is somewhere since the look before it."""
    _, told = site.translate, said_together(site, suspect.changes)
    if suspect.at < fault.began:
        text, apart = _("{0} after {1}"), fault.began - suspect.at
    else:
        text, apart = _("at most {0} after {1}"), fault.began - suspect.began
    if apart < SAME_MOMENT:
        return _("at the time of {0}").format(told)
    return text.format(duration(apart.total_seconds(), _), told)
