"""What `/monitoring_sepa` shows for what the address asks: the page, or the report of a period."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from vuurtoren.compliance.reading.values import day
from vuurtoren.endpoints.permission import may_see
from vuurtoren.pages.sepa import page, report
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

ASKED = ("q", "minutes", "from", "to")


def body(site: Site, given: Mapping[str, str]) -> Markup:
    """The report where both days are given and can be read, else the page."""
    since, until = day(given.get("from", "")), day(given.get("to", ""))
    if since and until:
        try:
            return report.body(site, since, until, alone=not may_see(site))
        except Unavailable:
            pass  # the page itself says what is missing
    return page.page_body(site, given)
