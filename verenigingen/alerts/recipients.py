"""Who is told: Monitoring Settings, else the site configuration, else System Managers; nobody built in."""

from __future__ import annotations

from dataclasses import dataclass

from verenigingen.alerts.addresses import sorted_out
from verenigingen.alerts.settings import Settings
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site

CONFIG_KEY = "alert_recipients"
FALLBACK_ROLE = "System Manager"


@dataclass(frozen=True)
class Recipients:
    """The addresses that messages go to, and where they come from.

    `dropped` holds what was given and is no address. `problem` is a sentence when nobody can be told, or
    when what was configured could not be used; it is empty when all is well.
    """

    addresses: tuple[str, ...]
    origin: str
    dropped: tuple[str, ...] = ()
    problem: str = ""


def recipients(site: Site, settings: Settings) -> Recipients:
    """The first of the three places that names a valid address; what was dropped on the way is named."""
    dropped: list[str] = []
    configured, problem = _configured(site)
    places = (
        (site.translate("Monitoring Settings"), settings.recipients),
        (site.translate("{0} in the site configuration").format(CONFIG_KEY), configured),
        (site.translate("the System Managers"), site.people_with_role(FALLBACK_ROLE)),
    )
    for origin, given in places:
        addresses, refused = sorted_out(given)
        dropped += refused
        if addresses:
            return Recipients(addresses, origin, tuple(dropped), problem or _dropped_text(site, dropped))
    nobody = site.translate("Nobody is told: no valid address is configured, and no System Manager has one.")
    return Recipients((), site.translate("nowhere"), tuple(dropped), problem or nobody)


def _configured(site: Site) -> tuple[object, str]:
    try:
        return site.conf(CONFIG_KEY), ""
    except Unavailable as unreadable:
        return None, str(unreadable)


def _dropped_text(site: Site, dropped: list[str]) -> str:
    if not dropped:
        return ""
    return site.translate("Not a mail address, so left out: {0}").format(", ".join(dropped))
