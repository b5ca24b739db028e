"""Where checkpoints are handed to: in the site configuration, out of reach of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from vuurtoren.host_records import records
from vuurtoren.host_records.names import ASSOCIATION
from vuurtoren.outward.addresses import sorted_out
from vuurtoren.site import configured
from vuurtoren.site.protocol import Site

RECIPIENTS_KEY = "audit_anchor_recipients"
WEBHOOK_KEY = "audit_anchor_webhook"
SECRET_KEY = "audit_anchor_webhook_secret"
HOST_DOMAIN = "organization_email_domain"


@dataclass(frozen=True)
class Choices:
    """Whom to tell. `inside` are addresses in the site's own domain: whoever rules the site may rule those.

    `refused` holds what was configured and is no mail address.
    """

    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    webhook_url: str = ""
    webhook_secret: str = ""

    @property
    def reaches_outside(self) -> bool:
        return bool(self.outside or self.webhook_url)


def choices(site: Site) -> Choices:
    """What the site configuration says; raises Unavailable when it cannot be read."""
    addresses, refused = sorted_out(site.conf(RECIPIENTS_KEY))
    own = own_domains(site)
    inside = tuple(address for address in addresses if is_inside(address, own))
    return Choices(
        outside=tuple(address for address in addresses if address not in inside),
        inside=inside,
        refused=tuple(refused),
        webhook_url=configured.text(site, WEBHOOK_KEY),
        webhook_secret=configured.text(site, SECRET_KEY),
    )


def own_domains(site: Site) -> frozenset[str]:
    """The site's host name, what it is a part of, and the association's mail domain where it is known."""
    host = (urlsplit(f"//{site.name}").hostname or "").lower()
    domains = {host, host.partition(".")[2] if host.count(".") > 1 else host}
    kept = records.at_best(site)
    if kept.has_field(ASSOCIATION, HOST_DOMAIN):
        domains.add(str(kept.get_single(ASSOCIATION).get(HOST_DOMAIN) or "").lower().lstrip("@"))
    return frozenset(domain for domain in domains if domain)


def is_inside(address: str, own: frozenset[str]) -> bool:
    """Whether the mail address lies in one of these domains, or below or above one."""
    domain = address.rpartition("@")[2].lower()
    return any(domain == one or domain.endswith(f".{one}") or one.endswith(f".{domain}") for one in own)
