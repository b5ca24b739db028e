"""The bell of the desk: a notice for everybody who may see alerts, stored on the site itself."""

from __future__ import annotations

from vuurtoren.alerts import alerts
from vuurtoren.alerts.people import people
from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused
from vuurtoren.notifications.recipients import recipients
from vuurtoren.outward.languages import in_each_language
from vuurtoren.outward.page_paths import ROOT, path_of_alert
from vuurtoren.settings.channels import DESK
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Proof


class DeskChannel:
    """Rings for the Administrator and the holders of the roles that may see alerts; stored means proven."""

    name = DESK

    def hindrance(self, site: Site, settings: Settings) -> str:
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return ", ".join(_called(site, settings))

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        doctype = alerts.DOCTYPE if notice.alert else ""
        link = f"/{path_of_alert(notice.alert)}" if notice.alert else f"/{ROOT}"
        names = [
            name
            for users, said in in_each_language(site, _called(site, settings), notice.said_again)
            for name in site.notify_desk(users, said.subject, said.text, doctype, notice.alert, link)
        ]
        if not names:
            raise SendRefused(site.translate("nobody has the desk of this site"))
        proof = site.translate("notifications stored: {0}").format(len(names))
        return Receipt("\n".join(names), proof)

    def prove(self, site: Site, reference: str) -> Proof:
        return Proof("proven", reference)


def _called(site: Site, settings: Settings) -> tuple[str, ...]:
    """Everybody who may see alerts; on a level or a route its recipients among them, if any is."""
    everybody = people(site)
    if settings.level == 1 and not settings.route:
        return everybody
    wanted = {address.lower() for address in recipients(site, settings).addresses}
    rows = site.get_all("User", ["name", "email"], {"name": ("in", list(everybody))})
    chosen = {str(row["name"]) for row in rows if str(row["email"] or row["name"]).lower() in wanted}
    return tuple(name for name in everybody if name in chosen) or everybody
