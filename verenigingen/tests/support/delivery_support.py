"""What the in-bench tests of messages share: a sender, events, ticks, and what became of each message."""

from __future__ import annotations

from datetime import timedelta

import frappe
from pypika import Interval

from verenigingen.tests.mail.test_frappe_mail import SENDER
from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren.alerts.events import record_event
from vuurtoren.notifications import outbox
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings

CHANNELS = ("channel_order", "parallel_channels", "proof_minutes", "quiet_hours", "repeat_hours")
NUMBERS = ("proof_minutes", "repeat_hours")
RECIPIENT = "Email Queue Recipient"
KEPT = (
    "System Alert", "Alert Notification", "Alert Delivery", "Alert Rule State", "Alert Silence", "Alert Step",
    "Monitoring Run",
)  # fmt: skip
"""Everything by which the monitor knows what it did, and when."""


class DeliveryTest(SiteTest):
    """Starts and ends without alerts, messages and bells; mail has a sender and one recipient."""

    def setUp(self) -> None:
        super().setUp()
        self.cleanup()
        self.addCleanup(self.cleanup)
        sender = configured(**SENDER)
        sender.__enter__()
        self.addCleanup(sender.__exit__, None, None, None)
        self.choose(recipients="beheer@vereniging.example", mail_enabled=1)

    def forget(self) -> None:
        """As if nothing had ever been judged or told."""
        frappe.db.rollback()
        for doctype in KEPT:
            frappe.db.delete(doctype)
        frappe.db.delete("Notification Log", {"type": "Alert"})
        frappe.db.delete("Email Queue", {"reference_doctype": "System Alert"})
        frappe.db.commit()

    def cleanup(self) -> None:
        self.forget()
        frappe.db.delete("DefaultValue", {"defkey": "suspend_email_queue"})
        frappe.clear_cache()
        self.choose(recipients="", **{name: 0 if name in NUMBERS else "" for name in CHANNELS})

    def choose(self, **values: object) -> None:
        self.site.set_single("Monitoring Settings", values)
        self.site.commit()

    def event(self, message: str = "the books do not balance") -> str:
        name = record_event(self.site, settings.read(self.site), "TEST", "HIGH", message)
        self.site.commit()
        return name

    def tell(self) -> None:
        deliver(self.site, settings.read(self.site))

    def age(self, **ago: float) -> None:
        """As if all that the monitor did so far had been done earlier; later when negative."""
        frappe.db.rollback()
        passed = Interval(seconds=round(timedelta(**ago).total_seconds()))
        for doctype in KEPT:
            table, query = frappe.qb.DocType(doctype), frappe.qb.update(frappe.qb.DocType(doctype))
            stamps = frappe.get_meta(doctype).get("fields", {"fieldtype": "Datetime"})
            for name in ("creation", "modified", *(field.fieldname for field in stamps)):
                query = query.set(table[name], table[name] - passed)
            query.run()
        frappe.db.commit()

    def mails(self) -> list[tuple[str, ...]]:
        """The recipients of every mail about an alert, oldest first."""
        frappe.db.rollback()
        about = {"reference_doctype": "System Alert"}
        queued = frappe.get_all("Email Queue", about, pluck="name", order_by="creation")
        return [tuple(frappe.get_all(RECIPIENT, {"parent": name}, pluck="recipient")) for name in queued]

    def mail_is_refused(self) -> None:
        frappe.local.conf["mute_emails"] = 1

    def mail_is_taken(self) -> None:
        frappe.local.conf.pop("mute_emails", None)

    def state(self, channel: str) -> list[str]:
        rows = self.site.get_all(outbox.DOCTYPE, ["status"], {"channel": channel}, order_by="creation")
        return [str(row["status"]) for row in rows]

    def failure(self, channel: str) -> str:
        frappe.db.rollback()
        return str(frappe.db.get_value(outbox.DOCTYPE, {"channel": channel}, "failure") or "")

    def queued(self, name: str) -> str:
        return str(frappe.db.get_value("Email Queue", {"reference_name": name}, "name"))

    def bells(self) -> list[dict[str, str]]:
        frappe.db.rollback()
        fields = ["for_user", "subject", "email_content", "document_type", "document_name"]
        return frappe.get_all("Notification Log", fields, {"type": "Alert"})

    def rung_for(self, name: str) -> list[str]:
        """Whose bell rang about this alert, once for each ring."""
        return sorted(bell["for_user"] for bell in self.bells() if bell["document_name"] == name)
