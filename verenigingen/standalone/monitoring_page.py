"""The monitoring page and the runbooks as the embedded server serves them."""

from __future__ import annotations

from collections.abc import Mapping

from verenigingen.dashboard import backtest_page, runbooks
from verenigingen.dashboard.parts import Notice
from verenigingen.dashboard.render import render_page_body
from verenigingen.dashboard.view import build_page
from verenigingen.site.protocol import Site
from verenigingen.standalone.pages import shell


def monitoring_page(site: Site, csrf_token: str, notice: Notice | None = None) -> str:
    """The whole page as of now."""
    page = build_page(site)
    body = render_page_body(page, translate=site.translate, csrf_token=csrf_token, notice=notice)
    return shell(site, f"{site.translate('Monitoring')} · {site.name}", body)


def runbook_page(site: Site, rule: str) -> str:
    """The runbook of one rule, or the list of all."""
    return shell(site, f"{runbooks.title_of(site, rule)} · {site.name}", runbooks.page_body(site, rule))


def backtest(site: Site, given: Mapping[str, str]) -> str:
    """What a rule would have done, for what the address asks."""
    title = site.translate("What would this rule have done?")
    return shell(site, f"{title} · {site.name}", backtest_page.page_body(site, given))
