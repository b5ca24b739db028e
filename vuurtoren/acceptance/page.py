"""The walk through the checklist as a page: what was seen of each step, and what only people can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from vuurtoren.acceptance import report
from vuurtoren.acceptance.acceptance import NoSuchStep, confirm, walk
from vuurtoren.acceptance.steps import ASKED
from vuurtoren.endpoints.permission import may_act, must_act
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.frame.answers import File
from vuurtoren.pages.frame.site_map import Served
from vuurtoren.site.protocol import Site

PATH = "monitoring_checklist"


def serve(
    site: Site,
    asked: Mapping[str, str],
    form: Mapping[str, Any],
    csrf_token: str = "",
    above: Markup = Markup(""),  # noqa: B008 - never changed
) -> Served:
    """The page; with `as=print` the report to sign, as a file of its own.

    A form keeps what a person says of a step, and this walk, so that the next one says what changed; to look
    keeps nothing. Raises Forbidden where the visitor may not act.
    """
    title, refused = site.translate("Acceptance of the monitoring"), ""
    if form:
        must_act(site)
        refused = _said(site, form)
    done = walk(site, keep=bool(form))
    if asked.get("as") == "print":
        file = File("acceptance.html", "text/html; charset=utf-8", report.as_html(site, done))
        return Served(title, file=file)
    values = {"path": PATH, "asked": ASKED, "csrf_token": csrf_token, "acts": may_act(site)}
    body = report.as_html(site, done, "walk.html", refused=refused, by=site.user(), **values)
    return site_map.around(site, title, Markup(body), csrf_token, under="monitor", above=above)


def _said(site: Site, form: Mapping[str, Any]) -> str:
    """Keep what is said of a step, where the form names one; why not, else empty."""
    step = str(form.get("step") or "")
    if not step:
        return ""
    by, note = str(form.get("by") or ""), str(form.get("note") or "")
    try:
        confirm(site, step, by, note, holds=form.get("holds") != "no")
    except NoSuchStep as refused:
        return str(refused)
    return ""
