"""What `monitoring audit adopt` does and says."""

from __future__ import annotations

from vuurtoren.audit.adoption import adoption
from vuurtoren.audit.adoption.adopting import Progress
from vuurtoren.audit.adoption.adopting import adopt as take_over
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural


def adopt(site: Site, by: str = "", progress: Progress | None = None) -> str:
    """Take over what waits, seal it, and with a name let that person confirm it; what to tell people.

    Raises SiteError, with nothing done where the named person may not.
    """
    person = adoption.confirming_user(site, by) if by else ""
    found = take_over(site, by=person, progress=progress)
    if found is None:
        return site.translate("no entry from before the trail was found")
    if person:
        found = adoption.confirm(site, person)
    seal(site)
    return "\n".join(said(site, found))


def said(site: Site, found: adoption.Adoption) -> list[str]:
    """When, how many, by whom, and which entries hold IBANs in clear: their ids, never the values."""
    _ = site.translate
    one = "1 entry was taken over on {1}, as found then"
    many = "{0} entries were taken over on {1}, as found then"
    lines = [plural(_, found.adopted, one, many).format(found.adopted, moment(found.at, _))]
    if found.resealed:
        text = _("{0} of them carried a seal of an earlier trail that no longer fitted")
        lines.append(text.format(found.resealed))
    by = _("confirmed by {0}").format(found.confirmed_by)
    lines.append(by if found.confirmed_by else _("nobody has confirmed it: --by NAME"))
    return lines + _with_ibans(site)


def _with_ibans(site: Site) -> list[str]:
    held, events = adoption.with_ibans(site), adoption.events_with_ibans(site)
    if not held:
        return []
    one = "1 of them holds IBANs in clear; erase its details with: `monitoring audit erase ID`"
    many = "{0} of them hold IBANs in clear; erase their details with: `monitoring audit erase ID`"
    lines = [plural(site.translate, held, one, many).format(held), *(f"  {event}" for event in events)]
    more = site.translate("and {0} more").format(held - len(events))
    return lines + ([f"  {more}"] if held > len(events) else [])
