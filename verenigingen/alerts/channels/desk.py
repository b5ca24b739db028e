"""The bell of the desk: a notice for everybody who may see alerts, stored on the site itself."""

from __future__ import annotations

from verenigingen.alerts import alerts
from verenigingen.alerts.alerts import PEOPLE
from verenigingen.alerts.channel_settings import DESK
from verenigingen.alerts.channels.channel import Notice, NotTaken, Taken
from verenigingen.alerts.recipients import recipients
from verenigingen.alerts.settings import Settings
from verenigingen.site.protocol import Site
from verenigingen.site.values import Proof

ADMINISTRATOR = "Administrator"


class DeskChannel:
    """Rings for the Administrator and the holders of the roles that may see alerts; stored means proven."""

    name = DESK

    def hindrance(self, site: Site, settings: Settings) -> str:
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return ", ".join(_called(site, settings))

    def hand_over(self, site: Site, settings: Settings, notice: Notice) -> Taken:
        doctype = alerts.DOCTYPE if notice.alert else ""
        names = site.notify_desk(_called(site, settings), notice.subject, notice.text, doctype, notice.alert)
        if not names:
            raise NotTaken(site.translate("nobody has the desk of this site"))
        proof = site.translate("notifications stored: {0}").format(len(names))
        return Taken("\n".join(names), proof)

    def prove(self, site: Site, reference: str) -> Proof:
        return Proof("proven", reference)


def _called(site: Site, settings: Settings) -> tuple[str, ...]:
    """Everybody who may see alerts; on a level, those of them who are its recipients, if any is."""
    everybody = people(site)
    if settings.level == 1:
        return everybody
    wanted = {address.lower() for address in recipients(site, settings).addresses}
    rows = site.get_all("User", ["name", "email"], {"name": ("in", list(everybody))})
    chosen = {str(row["name"]) for row in rows if str(row["email"] or row["name"]).lower() in wanted}
    return tuple(name for name in everybody if name in chosen) or everybody


def people(site: Site) -> tuple[str, ...]:
    """Names of enabled users that may see alerts, the Administrator first."""
    holders = site.get_all("Has Role", ["parent"], {"role": ("in", PEOPLE), "parenttype": "User"})
    names = {str(row["parent"]) for row in holders} - {ADMINISTRATOR, "Guest"}
    enabled = site.get_all("User", ["name"], {"name": ("in", sorted(names)), "enabled": 1}) if names else []
    return (ADMINISTRATOR, *sorted(str(row["name"]) for row in enabled))
