"""What the page's forms do with routes of alerts."""

from __future__ import annotations

from collections.abc import Mapping

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site

NAMES = ("add_route", "route_on", "route_off")
UNDO = {"add_route": "route_off", "route_on": "route_off", "route_off": "route_on"}
FORM = ("title", "area", "severity", "recipients", "channels", "instead", "route")


def asked(site: Site, action: str, given: Mapping[str, str]) -> dict[str, str]:
    """Add a route, or switch one on or off; commits. Raises NotPossible with a sentence for people."""
    if not site.has_doctype(stored_routes.DOCTYPE):
        raise NotPossible(
            site.translate("Routes come with the next migration: run `bench --site SITE migrate`")
        )
    if action == "add_route":
        values = {**given, "instead": int(given.get("instead") == "1")}
        name = stored_routes.add(site, settings.read(site), values)
        said = site.translate("The route “{0}” holds from the next alert on.").format(given["title"])
    else:
        name, on = given["route"], action == "route_on"
        row = stored_routes.switch(site, name, on=on)
        text = site.translate("The route “{0}” is on.") if on else site.translate("The route “{0}” is off.")
        said = text.format(row["title"])
    site.commit()
    return {"name": name, "status": "Changed", "message": said}
