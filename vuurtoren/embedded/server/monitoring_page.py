"""The pages of the monitoring and the runbooks as the embedded server serves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from vuurtoren.acceptance import page as acceptance_page
from vuurtoren.embedded.server.lesson_strip import strip
from vuurtoren.embedded.server.shell import shell
from vuurtoren.pages import backtest_page, runbooks
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.frame.site_map import Served
from vuurtoren.pages.sepa import answer as sepa_answer
from vuurtoren.site.protocol import Site


def monitoring_page(
    site: Site, path: str, asked: Mapping[str, str], form: Mapping[str, Any], csrf_token: str
) -> Served:
    """The page at this path as of now, or a file."""
    return site_map.serve(site, path, asked, form, csrf_token, strip(site))


def document_of(site: Site, served: Served) -> str:
    """The whole HTML document of a page."""
    return shell(site, f"{served.title} · {site.name}", served.body)


def runbook_page(site: Site, rule: str, csrf_token: str) -> str:
    """The runbook of one rule, or the list of all."""
    title = runbooks.title_of(site, rule)
    return document_of(site, _around(site, title, runbooks.page_body(site, rule), csrf_token, "rules"))


def backtest(site: Site, given: Mapping[str, str], csrf_token: str) -> str:
    """What a rule would have done, for what the address asks."""
    title = site.translate("What would this rule have done?")
    body = backtest_page.page_body(site, given)
    return document_of(site, _around(site, title, body, csrf_token, "rules"))


def checklist(site: Site, asked: Mapping[str, str], form: Mapping[str, Any], csrf_token: str) -> Served:
    """The deployment checklist, walked, or the report of it."""
    return acceptance_page.serve(site, asked, form, csrf_token, strip(site))


def sepa(site: Site, given: Mapping[str, str], csrf_token: str) -> str:
    """What the SEPA rules find, for what the address asks."""
    body = sepa_answer.body(site, given)
    return document_of(site, _around(site, site.translate("SEPA"), body, csrf_token, "sepa"))


def _around(site: Site, title: str, fragment: Markup, csrf_token: str, under: str) -> Served:
    return site_map.around(site, title, fragment, csrf_token, under=under, above=strip(site))
