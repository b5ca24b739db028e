"""What `monitoring audit adopt` does and says."""

from __future__ import annotations

from vuurtoren.audit.adoption import adoption
from vuurtoren.audit.adoption.adopting import Progress
from vuurtoren.audit.adoption.adopting import adopt as take_over
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.site.protocol import Site


def adopt(site: Site, by: str = "", progress: Progress | None = None) -> str:
    """Take over what waits, seal it, and with a name let that person confirm it; what to tell people.

    Raises SiteError, with nothing done where the named person may not.
    """
    person = adoption.confirming_user(site, by) if by else ""
    found = take_over(site, by=person, progress=progress)
    if found is None:
        return "no entry from before the trail was found"
    if person:
        found = adoption.confirm(site, person)
    seal(site)
    return "\n".join(said(site, found))


def said(site: Site, found: adoption.Adoption) -> list[str]:
    """When, how many, by whom, and which entries hold IBANs in clear: their ids, never the values."""
    taken = "1 entry was" if found.adopted == 1 else f"{found.adopted} entries were"
    lines = [f"{taken} taken over on {found.at:%Y-%m-%d %H:%M}, as found then"]
    if found.resealed:
        lines.append(f"{found.resealed} of them carried a seal of an earlier trail that no longer fitted")
    by = f"confirmed by {found.confirmed_by}" if found.confirmed_by else "nobody has confirmed it: --by NAME"
    lines.append(by)
    held = adoption.with_ibans(site)
    if held:
        lines.append(
            f"{held} of them {'holds' if held == 1 else 'hold'} IBANs in clear; erase their details with:"
            " monitoring audit erase ID"
        )
        events = adoption.events_with_ibans(site)
        lines += [f"  {event}" for event in events]
        lines += [f"  and {held - len(events)} more"] if held > len(events) else []
    return lines
