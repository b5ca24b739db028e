"""Alert Route: who hears of which alerts; the rules are in vuurtoren.notifications.routes."""

import frappe

from verenigingen.verenigingen.doctype.kept_document import KeptDocument
from vuurtoren.alerts import alerts
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.settings import settings


class AlertRoute(KeptDocument):
    """A route that nobody would read is not saved."""

    def validate(self) -> None:
        site = FrappeSite()
        try:
            stored_routes.check(site, settings.read(site), self.as_dict())
        except alerts.NotPossible as refused:
            lines = (frappe.utils.escape_html(line) for line in str(refused).splitlines())
            frappe.throw("<br>".join(lines), title=_("Not saved"))
