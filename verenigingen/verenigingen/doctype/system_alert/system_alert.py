"""System Alert: what people were told and what they did about it; the rules are in verenigingen.alerts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from verenigingen.alerts import alerts, settings
from verenigingen.alerts.events import record_event
from verenigingen.alerts.statistics import alert_summary
from verenigingen.alerts.text import storable
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.site.whitelist import Forbidden, whitelist

LIFE = (
    "status",
    "open_fingerprint",
    "acknowledged_by",
    "acknowledged_at",
    "resolved_by",
    "resolved_at",
    "resolution",
    "assigned_to",
    "escalation_level",
)
"""Fields that change by a step in the log of the alert only."""
LISTED = ["name", "alert_type", "severity", "message", "status", "timestamp", "count", "last_seen"]


class SystemAlert(Document):
    """An alert; what people do to it goes through `verenigingen.alerts`, and nothing else changes it."""

    def before_validate(self) -> None:
        if self.is_new():
            self._refuse(self.status not in (None, "", "Active"))
        else:
            self._refuse(any(self.has_value_changed(field) for field in LIFE))

    def db_set(self, fieldname: Any, value: Any = None, *args: Any, **kwargs: Any) -> None:
        changed = fieldname if isinstance(fieldname, dict) else {fieldname: value}
        self._refuse(any(field in LIFE for field in changed))
        super().db_set(fieldname, value, *args, **kwargs)

    def on_trash(self) -> None:
        if self.status in alerts.OPEN_STATUSES:
            frappe.throw(_("An open alert cannot be deleted. Resolve it first."))

    @staticmethod
    def create_alert(
        alert_type: str, severity: str, message: str, details: dict[str, Any] | None = None
    ) -> "SystemAlert":
        """Store an event in the caller's transaction; the next tick tells it. See `record_event`."""
        site = FrappeSite()
        name = record_event(site, settings.read(site), alert_type, severity, message, details)
        return frappe.get_doc("System Alert", name)

    @staticmethod
    def get_active_alerts() -> list[dict[str, Any]]:
        """Alerts that nobody has acknowledged yet, newest first."""
        return _listed({"status": "Active"})

    @staticmethod
    def get_recent_alerts(hours: int = 24) -> list[dict[str, Any]]:
        """Alerts opened in the last hours, newest first."""
        since: datetime = FrappeSite().now() - timedelta(hours=hours)
        return _listed({"timestamp": (">=", since)})

    def acknowledge_alert(self, user: str | None = None, note: str = "") -> None:
        """Record that somebody (the current user) has seen it; refused unless it is Active."""
        site = FrappeSite()
        _stated(lambda: alerts.acknowledge(site, str(self.name), note, user or ""))
        self.reload()

    def resolve_alert(self, user: str | None = None, note: str = "") -> None:
        """Record that somebody (the current user) closes it; refused when it is resolved already."""
        site = FrappeSite()
        _stated(lambda: alerts.resolve(site, str(self.name), note, user or "", settings.read(site)))
        self.reload()

    def _refuse(self, when: bool) -> None:
        if when:
            frappe.throw(_("The status of an alert changes by acknowledging and resolving only."))


@whitelist(methods=["POST"])
def acknowledge_alert(alert_name: str, note: str = "") -> dict[str, Any]:
    """Acknowledge one alert; {name, status}."""
    _require_role()
    document = _alert(alert_name)
    document.acknowledge_alert(note=str(note or ""))
    return {"name": document.name, "status": document.status}


@whitelist(methods=["POST"])
def resolve_alert(alert_name: str, note: str = "") -> dict[str, Any]:
    """Resolve one alert; {name, status}."""
    _require_role()
    document = _alert(alert_name)
    document.resolve_alert(note=str(note or ""))
    return {"name": document.name, "status": document.status}


@whitelist(methods=["GET", "POST"])
def get_alert_summary() -> dict[str, int]:
    """{active, acknowledged, resolved_today, critical_active}."""
    _require_role()
    return alert_summary(FrappeSite())


def _alert(name: str) -> SystemAlert:
    """Raises DoesNotExistError, also for what can be the name of nothing."""
    if not (isinstance(name, str) and storable(name)):
        frappe.throw(_("There is no such alert."), frappe.DoesNotExistError)
    return frappe.get_doc("System Alert", name)


def _require_role() -> None:
    # frappe.only_for lets everybody pass while tests run.
    if not FrappeSite().has_role(*alerts.PEOPLE):
        raise Forbidden(_("Only a System Manager or a Verenigingen Administrator may do this."))


def _listed(filters: dict[str, Any]) -> list[dict[str, Any]]:
    return FrappeSite().get_all("System Alert", LISTED, filters, order_by="timestamp desc")


def _stated(change: Callable[[], None]) -> None:
    """Carry the change out; what is not possible is said to the user."""
    try:
        change()
    except alerts.NotPossible as refused:
        frappe.throw(frappe.utils.escape_html(str(refused)))
