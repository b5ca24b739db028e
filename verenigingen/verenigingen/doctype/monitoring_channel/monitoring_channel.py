"""Monitoring Channel: by what messages go, in the order of the rows, and on which level."""

from frappe.model.document import Document


class MonitoringChannel(Document):
    pass
