"""Alert Rule: changes a shipped rule or adds one; the rules are read by vuurtoren.rules.record."""

from typing import Any

import frappe

from verenigingen.verenigingen.doctype.kept_document import KeptDocument
from vuurtoren.endpoints.permission import permitted_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import stored_rules
from vuurtoren.site.words.words import reason, said


class AlertRule(KeptDocument):
    """What cannot be judged is not saved, and every change is written down."""

    def validate(self) -> None:
        try:
            self.set("unit", stored_rules.check(FrappeSite(), self.as_dict()).unit)
        except BadRule as refused:
            lines = (frappe.utils.escape_html(line) for line in said(reason(refused), _).splitlines())
            frappe.throw("<br>".join(lines), title=_("Not saved"))

    def on_update(self) -> None:
        rule_changes.record(FrappeSite(), str(self.name), self.as_dict())

    def on_trash(self) -> None:
        rule_changes.record(FrappeSite(), str(self.name), None)


@whitelist(methods=["GET", "POST"])
def get_choices() -> dict[str, Any]:
    """What a rule may be about here: {metrics: {key: unit}, rules: {key: the shipped rule's own values}}."""
    return stored_rules.choices(permitted_site())
