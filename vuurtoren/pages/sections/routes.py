"""Who gets what: the routes of alerts, and who would have heard of what last month."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.backtest.hearing import preview, result
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.pages.facts import Facts
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.signals.signal import AREAS
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row


@dataclass(frozen=True)
class RouteView:
    """One route as the page shows it."""

    name: str
    title: str
    said: str
    enabled: bool
    href: str


@dataclass(frozen=True)
class HeardView:
    """What one reader would have heard, and the newest of it with when."""

    said: str
    newest: tuple[str, ...]


@dataclass(frozen=True)
class RoutesView:
    """Every route, what each reader would have heard and what that rests on, and what a form offers; `kept`
    once it is migrated."""

    kept: bool
    routes: tuple[RouteView, ...]
    heard: tuple[HeardView, ...]
    rests_on: tuple[str, ...]
    problems: tuple[str, ...]
    areas: tuple[tuple[str, str], ...]
    severities: tuple[tuple[str, str], ...]


def build(facts: Facts) -> RoutesView:
    _ = facts.translate
    found = preview.preview(facts.site, facts.settings)
    return RoutesView(
        kept=facts.has(stored_routes.DOCTYPE),
        routes=tuple(_view(facts, row) for row in stored_routes.rows(facts.site)),
        heard=tuple(_heard(facts, reader) for reader in found.readers),
        rests_on=tuple(result.rests_on(facts.site, facts.settings, found)),
        problems=found.problems,
        areas=tuple((each, _(each)) for each in AREAS),
        severities=tuple((each, _(each)) for each in SEVERITIES),
    )


def _heard(facts: Facts, reader: preview.Reader) -> HeardView:
    _ = facts.translate
    newest = (f"{moment(each.at, _)} {_(each.severity)} {each.message}" for each in reader.newest)
    return HeardView(f"{reader.title}: {result.said(facts.site, reader)}", tuple(newest))


def _view(facts: Facts, row: Row) -> RouteView:
    _ = facts.translate
    taken = [
        _(str(row["area"])) if row["area"] else "",
        str(row["rule"] or ""),
        _("{0} or worse").format(_(str(row["severity"]))) if row["severity"] else "",
    ]
    what = ", ".join(filter(None, taken)) or _("everything")
    readers = ", ".join(str(row["recipients"] or "").split())
    said = f"{what} → {readers}" + (f" ({row['channels']})" if row["channels"] else "")
    if row["instead"]:
        said += " · " + _("instead of the usual recipients")
    href = facts.form_href(stored_routes.DOCTYPE, str(row["name"]))
    return RouteView(str(row["name"]), str(row["title"]), said, bool(row["enabled"]), href)
