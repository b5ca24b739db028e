"""Rows of Alert Route: read for telling, checked and saved for people, on every site in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.health import readiness
from vuurtoren.notifications import outbox
from vuurtoren.notifications.channels.registry import channels
from vuurtoren.notifications.recipients import disabled
from vuurtoren.notifications.routes.route import USUAL, About, AlertRoute, readers
from vuurtoren.outward.addresses import sorted_out
from vuurtoren.privacy.text import one_line
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings.settings import Settings
from vuurtoren.signals.areas import area_of
from vuurtoren.signals.signal import AREAS
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

DOCTYPE = "Alert Route"
FIELDS = ["name", "title", "enabled", "area", "rule", "severity", "recipients", "channels", "instead"]
MOST_ROUTES = 100
DRAFT = "a route that is not saved yet"


@dataclass(frozen=True)
class RouteTable:
    """The routes that take something, and a sentence for each that cannot."""

    routes: tuple[AlertRoute, ...] = ()
    problems: tuple[str, ...] = ()

    def of(self, key: str) -> AlertRoute | None:
        return next((route for route in self.routes if route.name == key), None)

    def readers(self, settings: Settings, alert: Mapping[str, Any]) -> tuple[str, ...]:
        """The keys of those who hear of this row of System Alert."""
        return readers(self.routes, about(settings, alert))


def about(settings: Settings, alert: Mapping[str, Any]) -> About:
    """What routes ask of a row of System Alert."""
    key = str(alert["rule"] or "")
    return About(str(alert["severity"]), key, area_of(settings.rule(key)))


def rows(site: Site) -> list[Row]:
    """Every route, also those that are switched off; none before the migration that brings them."""
    if not readiness.keeps(site, DOCTYPE) or not site.has_field(outbox.DOCTYPE, "route"):
        return []
    return site.get_all(DOCTYPE, FIELDS, order_by="title, name", limit=MOST_ROUTES)


def read(site: Site) -> RouteTable:
    """The routes that hold now; one without a reader is left out and named, so that the usual ones hear."""
    return _table(site, [row for row in rows(site) if row["enabled"]])


def tried(site: Site, draft: Mapping[str, Any]) -> RouteTable:
    """The same with this route, saved or not and also one that is off, in place of the row of its name."""
    given = {field: draft.get(field) for field in FIELDS} | {"name": str(draft.get("name") or DRAFT)}
    others = [row for row in rows(site) if row["enabled"] and row["name"] != given["name"]]
    return _table(site, [*others, given])


def _table(site: Site, rows_: Iterable[Mapping[str, Any]]) -> RouteTable:
    found, problems = [], []
    for row in rows_:
        route, because = _route(site, row)
        problems += because
        found += [route] if route.recipients else []
    return RouteTable(tuple(found), tuple(problems))


def _route(site: Site, row: Mapping[str, Any]) -> tuple[AlertRoute, list[str]]:
    addresses, refused = sorted_out(row["recipients"])
    gone = disabled(site, addresses)
    left = tuple(each for each in addresses if each not in gone)
    names, known = _channel_names(row["channels"]), channels(site)
    unknown = [one_line(name, 60) for name in names if name not in known]
    problems = []
    if not left:
        text = site.translate("The route “{0}” has no reader, so the usual recipients are told: {1}")
        problems.append(
            text.format(row["title"], ", ".join([*refused, *gone]) or site.translate("no address"))
        )
    elif refused or gone:
        text = site.translate("The route “{0}” leaves out: {1}")
        problems.append(text.format(row["title"], ", ".join([*refused, *gone])))
    if unknown:
        text = site.translate("The route “{0}” names a channel that nobody knows: {1}")
        problems.append(text.format(row["title"], ", ".join(unknown)))
    taken = {name: str(row[name] or "") for name in ("name", "title", "area", "rule", "severity")}
    way = tuple(name for name in names if name in known)
    return AlertRoute(**taken, recipients=left, channels=way, instead=bool(row["instead"])), problems


def _channel_names(given: object) -> tuple[str, ...]:
    """What stands between the commas, each once."""
    parts = (part.strip().lower() for part in re.split(r"[,\n]", str(given or "")))
    return tuple(dict.fromkeys(part for part in parts if part))


def at(site: Site, settings: Settings, level: int, key: str, table: RouteTable | None = None) -> Settings:
    """The settings with the recipients and the channels of a level, and at level 1 of a route.

    After the channels of a route the usual ones follow, so that a message always has somewhere to go. Those
    of a route that is gone are the usual ones.
    """
    route = (table or read(site)).of(key) if key != USUAL and level == 1 else None
    if route is None:
        return settings.at(level)
    order = tuple(dict.fromkeys((*route.channels, *settings.channels.order)))
    chosen = replace(settings.channels, order=order, in_parallel=())
    return replace(settings, recipients="\n".join(route.recipients), channels=chosen, route=key)


def check(site: Site, settings: Settings, values: Mapping[str, Any]) -> None:
    """Raise NotPossible, a sentence a line, when this route must not be saved."""
    _ = site.translate
    wrong: list[str] = []
    addresses, refused = sorted_out(values.get("recipients"))
    wrong += [_("{0} is not a mail address").format(repr(text)) for text in refused]
    if not addresses and not refused:
        wrong.append(_("Name at least one mail address: a route without a reader takes nothing."))
    if not str(values.get("title") or "").strip():
        wrong.append(_("Give the route a name."))
    wrong += _not_among(site, "area", values, AREAS) + _not_among(site, "severity", values, SEVERITIES)
    rule = str(values.get("rule") or "")
    if rule and settings.rule(rule) is None:
        wrong.append(_("There is no rule {0}.").format(one_line(rule, 60)))
    names, known = _channel_names(values.get("channels")), channels(site)
    strange = [name for name in names if name not in known]
    wrong += [_("no channel has this name: {0}").format(one_line(each, 60)) for each in strange]
    if site.count(DOCTYPE) > MOST_ROUTES:
        wrong.append(_("The table of routes is full: {0}").format(MOST_ROUTES))
    if wrong:
        raise NotPossible("\n".join(wrong))


def _not_among(site: Site, name: str, values: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    given = str(values.get(name) or "")
    if not given or given in known:
        return []
    return [site.translate("{0} is none of {1}").format(one_line(given, 60), ", ".join(known))]


def add(site: Site, settings: Settings, values: Mapping[str, Any]) -> str:
    """Save a new route and return its name. Raises NotPossible. The caller commits."""
    check(site, settings, values)
    return site.insert(DOCTYPE, {name: values.get(name) for name in FIELDS[1:]} | {"enabled": 1})


def switch(site: Site, name: str, *, on: bool) -> Row:
    """Switch a route on or off, which the other takes back; its row. Raises NotPossible where none is."""
    row = site.get(DOCTYPE, name) if readiness.keeps(site, DOCTYPE) else None
    if row is None:
        raise NotPossible(site.translate("This route is gone."))
    site.update(DOCTYPE, name, {"enabled": int(on)})
    return row
