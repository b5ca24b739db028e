"""/monitoring_backtest and its methods: what a rule would have done, for those who may see the monitoring.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

import json
from typing import Any

from vuurtoren.backtest import result as backtest_result
from vuurtoren.backtest.request import CannotBacktest, ask, in_force, of_record
from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import argument, csrf_token, refuse, whitelist
from vuurtoren.pages import backtest_page
from vuurtoren.pages.backtest_page import days_of
from vuurtoren.pages.frame import site_map
from vuurtoren.site.words.words import Words

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""
LONGEST_RECORD = 20_000
ASKED = ("rule", "threshold", "critical", "for", "keep_firing", "days")


def get_context(context: Any) -> None:
    """The page for Frappe's website."""
    site = permitted_site()
    context.title = site.translate("What would this rule have done?")
    body = backtest_page.page_body(site, {name: argument(name) for name in ASKED})
    context.monitoring_page = site_map.around(site, context.title, body, csrf_token(), under="rules").body


@whitelist(methods=["GET", "POST"])
def backtest_rule(
    rule: str,
    threshold: str = "",
    critical: str = "",
    pending_for: str = "",
    keep_firing_for: str = "",
    days: str = "",
) -> dict:
    """What a rule in force would have done, with other numbers where given; 409 where that cannot be said.

    Every number is a text, which Frappe 14 does not convert.
    """
    site = permitted_site()
    changes = {
        "threshold": threshold, "critical": critical, "for": pending_for, "keep_firing": keep_firing_for,
    }  # fmt: skip
    try:
        return backtest_result.as_data(ask(site, in_force(site, rule, changes), days_of(str(days))))
    except CannotBacktest as refused:
        refuse(str(refused))


@whitelist(methods=["POST"])
def backtest_form(record: str, days: str = "") -> dict:
    """The same for the field values of an Alert Rule as JSON, saved or not, and `html` to show there."""
    site = permitted_site()
    try:
        answer = ask(site, of_record(site, _fields(record)), days_of(str(days)))
    except CannotBacktest as refused:
        refuse(str(refused))
    return backtest_result.as_data(answer) | {"html": str(backtest_page.desk_fragment(site, answer))}


def _fields(record: str) -> dict[str, Any]:
    try:
        fields = json.loads(record) if len(record) <= LONGEST_RECORD else None
    except (ValueError, TypeError, RecursionError):  # Frappe 14 hands over any type
        fields = None
    if not isinstance(fields, dict):
        raise CannotBacktest(Words("record: the field values of one Alert Rule as a JSON object"))
    return fields
