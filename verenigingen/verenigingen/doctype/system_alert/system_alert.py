"""System Alert: see system_alert.json for its fields."""

from frappe.model.document import Document


class SystemAlert(Document):
    pass
