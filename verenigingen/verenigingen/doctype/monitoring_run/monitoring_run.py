"""Monitoring Run: see monitoring_run.json for its fields."""

from frappe.model.document import Document


class MonitoringRun(Document):
    pass
