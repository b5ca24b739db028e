"""Which pages there are, and what each answers: a small site below one address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup

from vuurtoren.outward.page_paths import ROOT
from vuurtoren.pages import actions
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame import frame
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, File, Missing, Shown
from vuurtoren.pages.frame.frame import NOTHING, Frame
from vuurtoren.pages.render import digest_of, render_content, render_page_body
from vuurtoren.pages.views import (
    alert,
    alerts,
    error,
    errors,
    incidents,
    metric,
    metrics,
    notifications,
    now,
    report,
    routines,
    rules,
    search,
    sections,
    settings,
)
from vuurtoren.site.protocol import Site

Build = Callable[[Facts, Address], Answer]


@dataclass(frozen=True)
class Route:
    """A page by the first part of its path; a page about one thing takes its name behind that."""

    key: str
    title: str
    build: Build
    about_one: bool = False
    in_navigation: bool = True


ROUTES: tuple[Route, ...] = (
    Route("", "Now", now.build),
    Route("alerts", "Alerts", alerts.build),
    Route("alert", "Alert", alert.build, about_one=True),
    Route("incident", "Incident", incidents.build, about_one=True),
    Route("errors", "Errors", errors.build),
    Route("error", "Error", error.build, about_one=True),
    Route("metrics", "Numbers", metrics.build),
    Route("metric", "Number", metric.build, about_one=True),
    Route("operations", "Operations", sections.operations),
    Route("association", "Association", sections.association),
    Route("sepa", "SEPA", sections.sepa_rules_and_trail),
    Route("rules", "Rules", rules.build),
    Route("rule", "Rule", rules.build_one, about_one=True),
    Route("notifications", "Notifications", notifications.build),
    Route("routines", "Routines", routines.build),
    Route("settings", "Settings", settings.build),
    Route("monitor", "Monitor", sections.the_monitor),
    Route("report", "Report", report.build, in_navigation=False),
    Route("search", "Search", search.build, in_navigation=False),
)
"""In the order of the navigation."""
BY_KEY = {route.key: route for route in ROUTES}
PLACES = tuple((route.key, route.title) for route in ROUTES if route.in_navigation and not route.about_one)


ELSEWHERE = "elsewhere"
"""The path of a page that lies beside these: not refreshed, its forms are posted to the first page."""


@dataclass(frozen=True)
class Served:
    """What the server sends: a title with a fragment of HTML, or a file; `found` is false for a 404."""

    title: str
    body: str = ""
    file: File | None = None
    found: bool = True


def serve(
    site: Site,
    path: str,
    asked: Mapping[str, object],
    form: Mapping[str, Any],
    csrf_token: str = "",
    above: Markup = NOTHING,
) -> Served:
    """The page at this path below the root, with what the server shows above it; a form is answered first.

    Raises Forbidden where the visitor may not do what the form asks.
    """
    if form:
        actions.must_be_allowed(site, form)
    notice = actions.answer_form(site, form) if form else None
    address = Address.of(path, asked)
    facts = Facts(site)
    answer = _answer(facts, address)
    if isinstance(answer, File):
        return Served(answer.name, file=answer)
    around, shown = _around(facts, address, answer)
    around = replace(around, above=above)
    body = render_page_body(around, shown, translate=site.translate, csrf_token=csrf_token, notice=notice)
    return Served(around.title, body, found=not isinstance(answer, Missing))


def around(
    site: Site,
    title: str,
    fragment: Markup,
    csrf_token: str = "",
    *,
    under: str = "",
    above: Markup = NOTHING,
) -> Served:
    """A fragment that another part of the product drew, as a page among these: `under` is its place there."""
    facts, shown = Facts(site), Shown(title, "blocks/fragment.html", fragment, live=False)
    built = frame.build(facts, Address((ELSEWHERE,)), title, PLACES, under)
    frame_of_it = replace(built, here=href(), above=above)
    body = render_page_body(frame_of_it, shown, translate=site.translate, csrf_token=csrf_token)
    return Served(title, body)


def content(site: Site, here: str, csrf_token: str = "", seen: str = "") -> str:
    """What a refresh of the page at this address replaces, as HTML; nothing where its digest is `seen`."""
    parts = urlsplit(here)
    path = parts.path.strip("/").removeprefix(ROOT)
    address, facts = Address.of(path, dict(parse_qsl(parts.query))), Facts(site)
    around, shown = _around(facts, address, _answer(facts, address))
    html = render_content(around, shown, translate=site.translate, csrf_token=csrf_token)
    return "" if seen and seen == digest_of(html) else html


def _answer(facts: Facts, address: Address) -> Answer:
    route = BY_KEY.get(address.page)
    if route is None or bool(address.name) != route.about_one:
        return Missing(facts.translate("There is no such page here."))
    return route.build(facts, address)


def _around(facts: Facts, address: Address, answer: Answer) -> tuple[Frame, Shown]:
    shown = answer if isinstance(answer, Shown) else _missing(facts, answer)
    around = frame.build(facts, address, shown.title, PLACES)
    return around, shown


def _missing(facts: Facts, answer: Missing | File) -> Shown:
    said = answer.said if isinstance(answer, Missing) else facts.translate("This is a file: load it anew.")
    return Shown(facts.translate("Not found"), "blocks/missing.html", said, live=False)
