"""/monitoring_runbook?rule=KEY: what to do about an alert, for those who may see the monitoring.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import argument, csrf_token
from vuurtoren.pages import runbooks
from vuurtoren.pages.frame import site_map

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""


def get_context(context: Any) -> None:
    """The page for Frappe's website."""
    site = permitted_site()
    rule = argument("rule")
    context.title = runbooks.title_of(site, rule)
    body = runbooks.page_body(site, rule)
    served = site_map.around(site, context.title, body, csrf_token(), under="rules")
    context.monitoring_page = served.body
