"""/monitoring_runbook?rule=KEY: what to do about an alert, for those who may see the monitoring.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from verenigingen.dashboard import runbooks
from verenigingen.site.whitelist import argument
from verenigingen.www.monitoring_dashboard import permitted_site

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""


def get_context(context: Any) -> None:
    """The page for Frappe's website."""
    site = permitted_site()
    rule = argument("rule")
    context.title = runbooks.title_of(site, rule)
    context.runbook_page = runbooks.page_body(site, rule)
