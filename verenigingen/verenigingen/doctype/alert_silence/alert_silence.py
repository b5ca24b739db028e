"""Alert Silence: what is not told for a while; the rules are in verenigingen.alerts.silences."""

import frappe
from frappe import _
from frappe.model.document import Document

from verenigingen.alerts import alerts, stored_silences
from verenigingen.alerts.text import clean
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.site.whitelist import Forbidden, whitelist


class AlertSilence(Document):
    """Made once, ended once by `end_silence` or by itself; nothing else of it changes."""

    def before_validate(self) -> None:
        if not self.is_new():
            frappe.throw(_("A silence is not changed: end it and make another."))
        site = FrappeSite()
        self.starts_at = self.starts_at or site.now()
        self.until_resolved = int(not self.ends_at)
        self.silenced_by = site.user()
        self.reason = clean(self.reason or "")
        self.ended_at = self.ended_by = self.ended_because = None

    def validate(self) -> None:
        moments = (
            frappe.utils.get_datetime(each) if each else None for each in (self.starts_at, self.ends_at)
        )
        try:
            stored_silences.check(
                FrappeSite(), self.kind, self.rule or "", self.fingerprint or "", *moments, self.reason or ""
            )
        except alerts.NotPossible as refused:
            frappe.throw(frappe.utils.escape_html(str(refused)))


@whitelist(methods=["POST"])
def end_silence(name: str, reason: str = "") -> dict:
    """End it now; {name}."""
    site = FrappeSite()
    if not site.has_role(*alerts.PEOPLE):
        raise Forbidden(_("Only a System Manager or a Verenigingen Administrator may do this."))
    try:
        stored_silences.end(site, name, reason)
    except alerts.NotPossible as refused:
        frappe.throw(frappe.utils.escape_html(str(refused)))
    return {"name": name}
