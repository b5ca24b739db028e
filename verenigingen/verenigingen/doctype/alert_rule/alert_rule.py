"""Alert Rule: changes a shipped rule or adds one; the rules are read by verenigingen.alerts.rule_record."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from verenigingen.alerts import rule_changes, stored_rules
from verenigingen.alerts.alerts import PEOPLE
from verenigingen.alerts.rule_record import BadRule
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.site.whitelist import Forbidden, whitelist


class AlertRule(Document):
    """What cannot be judged is not saved, and every change is written down."""

    def validate(self) -> None:
        try:
            self.set("unit", stored_rules.check(FrappeSite(), self.as_dict()).unit)
        except BadRule as refused:
            lines = (frappe.utils.escape_html(line) for line in str(refused).splitlines())
            frappe.throw("<br>".join(lines), title=_("Not saved"))

    def on_update(self) -> None:
        rule_changes.record(FrappeSite(), str(self.name), self.as_dict())

    def on_trash(self) -> None:
        rule_changes.record(FrappeSite(), str(self.name), None)


@whitelist(methods=["GET", "POST"])
def get_choices() -> dict[str, Any]:
    """What a rule may be about here: {metrics: {key: unit}, rules: {key: the shipped rule's own values}}."""
    site = FrappeSite()
    if not site.has_role(*PEOPLE):
        raise Forbidden(_("Only a System Manager or a Verenigingen Administrator may do this."))
    return stored_rules.choices(site)
