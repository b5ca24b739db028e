"""/monitoring_checklist: the deployment checklist, walked, for those who may see the monitoring.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from vuurtoren.acceptance import page
from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import FileAnswer, arguments, csrf_token, form

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""


def get_context(context: Any) -> None:
    """The page for Frappe's website; a posted form is answered first."""
    served = page.serve(permitted_site(), arguments(), form(), csrf_token())
    if served.file:
        raise FileAnswer(served.file.name, served.file.content_type, served.file.text)
    context.title = served.title
    context.monitoring_page = served.body
