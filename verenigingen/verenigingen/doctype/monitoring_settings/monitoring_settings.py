"""Monitoring Settings: what the administrator chose; vuurtoren.settings.settings reads and checks it."""

import frappe
from frappe.model.document import Document

from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.notifications.channels.registry import channels
from vuurtoren.settings import people, settings, stored_rules
from vuurtoren.site.words.words import reason, said

SHOWN = ("title", "default_threshold", "unit")
"""Columns of a rule that follow from the rule, not from the administrator."""


class MonitoringSettings(Document):
    """One row for each rule, with its switch and threshold; text and negative thresholds are refused."""

    def onload(self) -> None:
        """The form offers the channels that there are, those of other apps too."""
        self.set_onload("channels", list(channels(FrappeSite())))

    def validate(self) -> None:
        self.offer_every_rule()
        self.refuse_what_cannot_hold()

    def offer_every_rule(self) -> None:
        """Rows of rules that are new are added, those of rules that are gone are dropped."""
        given = {row.rule: row for row in self.get("rules")}
        offered = settings.rule_rows([row.as_dict() for row in given.values()], FrappeSite())
        self.set("rules", [])
        for position, values in enumerate(offered, start=1):
            row = self.append("rules", given.get(values["rule"], values))
            row.update({field: values[field] for field in SHOWN} | {"idx": position})

    def refuse_what_cannot_hold(self) -> None:
        """Say in one sentence each what is wrong, and save nothing."""
        site = FrappeSite()
        values, nobody = people.with_addresses(site, self.as_dict())
        wrong = [said(each, _) for each in nobody]
        try:
            settings.check(values, stored_rules.known(site).rules)
        except settings.BadSettings as refused:
            wrong += said(reason(refused), _).splitlines()
        if wrong:
            lines = (frappe.utils.escape_html(line) for line in wrong)
            frappe.throw("<br>".join(lines), title=_("Not saved"))
