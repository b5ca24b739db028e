"""Monitoring Quiet Hours: when messages of a severity are held back."""

from frappe.model.document import Document


class MonitoringQuietHours(Document):
    pass
