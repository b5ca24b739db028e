"""What the page's forms do with routes of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.backtest.hearing import preview, result
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.pages import route_preview
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object

LONGEST_RECORD = 20_000
MOST_DAYS = 366
NAMES = ("add_route", "try_route", "route_on", "route_off")
UNDO = {"add_route": "route_off", "route_on": "route_off", "route_off": "route_on"}
FORM = ("title", "area", "severity", "recipients", "channels", "instead", "route")


def asked(site: Site, action: str, given: Mapping[str, str]) -> dict[str, str]:
    """Add a route, or switch one on or off; commits. Raises NotPossible with a sentence for people."""
    if not site.has_doctype(stored_routes.DOCTYPE):
        raise NotPossible(
            site.translate("Routes come with the next migration: run `bench --site SITE migrate`")
        )
    if action == "try_route":
        return {"name": "", "status": "Tried", "message": _tried(site, given)}
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


def preview_of(site: Site, record: str, days: str) -> dict[str, Any]:
    """Who would have heard of what by the field values of a route as JSON, as data and as `html` to show in
    its form; raises NotPossible."""
    try:
        values = json_object(record) if len(record) <= LONGEST_RECORD else None
    except NotReadable:
        values = None
    back = int(days) if days.isdecimal() and len(days) < 4 else 0
    if values is None or not 1 <= back <= MOST_DAYS:
        raise NotPossible(site.translate("record: the field values of one Alert Route as a JSON object"))
    chosen = settings.read(site)
    stored_routes.check(site, chosen, values)
    found = preview.preview(site, chosen, back, values)
    return result.as_data(found) | {"html": str(route_preview.fragment(site, chosen, found))}


def _tried(site: Site, given: Mapping[str, str]) -> str:
    """Who would have heard of what with this route; nothing is saved. Raises NotPossible as saving does."""
    chosen, values = settings.read(site), {**given, "instead": int(given.get("instead") == "1")}
    stored_routes.check(site, chosen, values)
    return "\n".join(result.as_lines(site, chosen, preview.preview(site, chosen, draft=values)))
