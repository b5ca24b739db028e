"""Alert Silence: what is not told for a while; the rules are in vuurtoren.alerts.silences."""

import frappe

from verenigingen.verenigingen.doctype.kept_document import KeptDocument
from vuurtoren.alerts import alerts, stored_silences
from vuurtoren.endpoints.permission import acting_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.privacy.text import clean


class AlertSilence(KeptDocument):
    """Made once, ended once by `end_silence` or by itself; nothing else of it changes."""

    def before_validate(self) -> None:
        if not self.is_new():
            frappe.throw(_("A silence is not changed: end it and make another."))
        site = FrappeSite()
        self.set("starts_at", self.get("starts_at") or site.now())
        self.set("until_resolved", int(not self.get("ends_at")))
        self.set("silenced_by", site.user())
        self.set("reason", clean(self.get("reason") or ""))
        for field in ("ended_at", "ended_by", "ended_because"):
            self.set(field, None)

    def after_insert(self) -> None:
        if not self.flags.ignore_permissions:  # made in the desk; `stored_silences` records its own
            stored_silences.record(FrappeSite(), str(self.name))

    def validate(self) -> None:
        starts_at = frappe.utils.get_datetime(self.get("starts_at"))
        ends_at = frappe.utils.get_datetime(self.get("ends_at")) if self.get("ends_at") else None
        target = (self.get("rule") or "", self.get("fingerprint") or "")
        try:
            stored_silences.check(
                FrappeSite(), self.get("kind"), *target, starts_at, ends_at, self.get("reason")
            )
            last_day = frappe.utils.getdate(self.get("repeats_until")) if self.get("repeats_until") else None
            stored_silences.check_repeating(
                FrappeSite(), self.get("kind"), starts_at, ends_at, self.get("repeats") or "", last_day
            )
        except alerts.NotPossible as refused:
            frappe.throw(frappe.utils.escape_html(str(refused)))


@whitelist(methods=["POST"])
def end_silence(name: str, reason: str = "") -> dict:
    """End it now; {name}."""
    site = acting_site()
    try:
        stored_silences.end(site, str(name), str(reason or ""))
    except alerts.NotPossible as refused:
        frappe.throw(frappe.utils.escape_html(str(refused)))
    return {"name": name}
