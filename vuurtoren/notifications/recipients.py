"""Who is told: Monitoring Settings, else the site configuration, else System Managers; nobody built in."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.outward.addresses import sorted_out
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

CONFIG_KEY = "alert_recipients"
FALLBACK_ROLE = "System Manager"


@dataclass(frozen=True)
class Recipients:
    """The addresses that messages go to, and where they come from.

    `dropped` holds what was given and is no address, or that of a disabled user.
    `problem` is a sentence when nobody can be told, or
    when what was configured could not be used; it is empty when all is well.
    """

    addresses: tuple[str, ...]
    origin: str
    dropped: tuple[str, ...] = ()
    problem: str = ""


def recipients(site: Site, settings: Settings) -> Recipients:
    """The first of the three places that names a valid address; what was dropped on the way is named."""
    dropped: list[str] = []
    left: list[str] = []
    configured, problem = _configured(site)
    places = (
        (site.translate("Monitoring Settings"), settings.recipients),
        (site.translate("{0} in the site configuration").format(CONFIG_KEY), configured),
        (site.translate("the System Managers"), site.people_with_role(FALLBACK_ROLE)),
    )
    for origin, given in places:
        addresses, refused = sorted_out(given)
        dropped += refused
        gone = disabled(site, addresses)
        left += gone
        addresses = tuple(each for each in addresses if each not in gone)
        if addresses:
            said = " ".join(filter(None, (problem, _dropped_text(site, dropped), _left_text(site, left))))
            return Recipients(addresses, origin, (*dropped, *left), said)
    nobody = site.translate("Nobody is told: no valid address is configured, and no System Manager has one.")
    said = " ".join(filter(None, (problem or nobody, _left_text(site, left))))
    return Recipients((), site.translate("nowhere"), (*dropped, *left), said)


def disabled(site: Site, addresses: tuple[str, ...]) -> list[str]:
    """Those that belong to a disabled user of this site: whoever has left is told nothing more."""
    if not addresses or not site.has_doctype("User"):
        return []
    asked = sorted({each for address in addresses for each in (address, address.lower())})
    rows = site.get_all("User", ["email", "name"], {"email": ("in", asked), "enabled": 0})
    rows += site.get_all("User", ["email", "name"], {"name": ("in", asked), "enabled": 0})
    gone = {str(row[field] or "").lower() for row in rows for field in ("email", "name")}
    return [address for address in addresses if address.lower() in gone]


def _left_text(site: Site, left: list[str]) -> str:
    if not left:
        return ""
    return site.translate("The user is disabled, so left out: {0}").format(", ".join(left))


def _configured(site: Site) -> tuple[object, str]:
    try:
        return site.conf(CONFIG_KEY), ""
    except Unavailable as unreadable:
        return None, unreadable.said(site.translate)


def _dropped_text(site: Site, dropped: list[str]) -> str:
    if not dropped:
        return ""
    return site.translate("Not a mail address, so left out: {0}").format(", ".join(dropped))
