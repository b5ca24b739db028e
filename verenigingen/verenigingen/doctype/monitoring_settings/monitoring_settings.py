"""Monitoring Settings: see monitoring_settings.json for its fields."""

from frappe.model.document import Document


class MonitoringSettings(Document):
    pass
