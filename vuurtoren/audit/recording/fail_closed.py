"""Process types without which the business must not go on: no audit entry, no operation."""

from __future__ import annotations

from vuurtoren.site import configured
from vuurtoren.site.errors import SiteError, Unavailable
from vuurtoren.site.protocol import Site

CONFIG_KEY = "audit_fail_closed"
"""Configuration key: a list of process types, or text with commas; none when it is absent."""


class NotRecorded(SiteError):
    """The audit trail did not take the event, and the site is configured to do nothing without it."""


def refuse_if_closed(site: Site, process_type: str, cause: Exception) -> None:
    """Raise NotRecorded when the site lists this process type; else the event goes to the spool."""
    if process_type in process_types(site):
        raise NotRecorded(
            site.translate(
                "“{0}” was not carried out, because the SEPA audit trail did not take the entry about it"
                " ({1}). Mend the trail, or take the process type out of {2} in the site configuration."
            ).format(process_type, type(cause).__name__, CONFIG_KEY)
        ) from cause


def process_types(site: Site) -> tuple[str, ...]:
    """The listed process types; none while the configuration cannot be read."""
    try:
        return tuple(configured.texts(site, CONFIG_KEY))
    except Unavailable:
        return ()
