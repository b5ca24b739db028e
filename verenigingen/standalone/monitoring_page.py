"""The monitoring page as the embedded server serves it."""

from __future__ import annotations

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
