"""System Alert: what people were told and what they did about it; the rules are in vuurtoren.alerts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import frappe

from verenigingen.verenigingen.doctype.kept_document import KeptDocument
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import complete_inserted, record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.statistics import alert_summary
from vuurtoren.endpoints.permission import acting_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.privacy.text import storable
from vuurtoren.settings import settings

Done = TypeVar("Done")
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
GIVEN = ("alert_type", "severity", "message", "subject", "details", "status", "timestamp", "source")
"""What other code says of an alert that it inserts."""
LISTED = ["name", "alert_type", "severity", "message", "status", "timestamp", "count", "last_seen"]


class SystemAlert(KeptDocument):
    """An alert; what people do to it goes through `vuurtoren.alerts`, and nothing else changes it."""

    def before_insert(self) -> None:
        """What other code inserts by itself becomes an event, or is refused with a sentence."""
        if self.fingerprint or self.open_fingerprint:
            return
        site = FrappeSite()
        completed = _stated(lambda: complete_inserted(site, settings.read(site), self._given()))
        values, self.flags.record_opening = completed
        self.update(values)

    def after_insert(self) -> None:
        record_opening = self.flags.pop("record_opening", None)
        if record_opening:
            record_opening(str(self.name))

    def _given(self) -> dict[str, Any]:
        return {field: self.get(field) for field in GIVEN}

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
        acting_site()
        if self.status in alerts.OPEN_STATUSES:
            frappe.throw(_("An open alert cannot be deleted. Resolve it first."))
        intents.forget(FrappeSite(), [str(self.name)])

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
        """Record that somebody (the current user) has seen it; refused unless it is Active.

        Whoever calls: the current user and the visitor of the request need the role.
        """
        acting_site()
        site = FrappeSite()
        _stated(lambda: alerts.acknowledge(site, str(self.name), note, user or ""))
        self.reload()

    def resolve_alert(self, user: str | None = None, note: str = "") -> None:
        """Record that somebody (the current user) closes it; refused when it is resolved already, and for
        whom `acknowledge_alert` refuses."""
        acting_site()
        site = FrappeSite()
        _stated(lambda: alerts.resolve(site, str(self.name), note, user or "", settings.read(site)))
        self.reload()

    def _refuse(self, when: bool) -> None:
        if when:
            frappe.throw(_("The status of an alert changes by acknowledging and resolving only."))


@whitelist(methods=["POST"])
def acknowledge_alert(alert_name: str, note: str = "") -> dict[str, Any]:
    """Acknowledge one alert; {name, status}."""
    acting_site()
    document = _alert(alert_name)
    document.acknowledge_alert(note=str(note or ""))
    return {"name": document.name, "status": document.status}


@whitelist(methods=["POST"])
def resolve_alert(alert_name: str, note: str = "") -> dict[str, Any]:
    """Resolve one alert; {name, status}."""
    acting_site()
    document = _alert(alert_name)
    document.resolve_alert(note=str(note or ""))
    return {"name": document.name, "status": document.status}


@whitelist(methods=["GET", "POST"])
def get_alert_summary() -> dict[str, int]:
    """{active, acknowledged, resolved_today, critical_active}."""
    acting_site()
    return alert_summary(FrappeSite())


def _alert(name: str) -> SystemAlert:
    """Raises DoesNotExistError, also for what can be the name of nothing."""
    if not (isinstance(name, str) and storable(name)):
        frappe.throw(_("There is no such alert."), frappe.DoesNotExistError)
    return frappe.get_doc("System Alert", name)


def _listed(filters: dict[str, Any]) -> list[dict[str, Any]]:
    return FrappeSite().get_all("System Alert", LISTED, filters, order_by="timestamp desc")


def _stated(change: Callable[[], Done]) -> Done:
    """Carry the change out; what is not possible is said to the user."""
    try:
        return change()
    except alerts.NotPossible as refused:
        frappe.throw(frappe.utils.escape_html(str(refused)))
        raise  # Frappe has raised already
