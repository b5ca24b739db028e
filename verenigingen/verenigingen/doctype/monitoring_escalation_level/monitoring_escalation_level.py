"""Monitoring Escalation Level: after how long a level is told, and of what."""

from frappe.model.document import Document


class MonitoringEscalationLevel(Document):
    pass
