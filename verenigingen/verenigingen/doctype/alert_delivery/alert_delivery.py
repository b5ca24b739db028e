"""Alert Delivery: see alert_delivery.json for its fields."""

from frappe.model.document import Document


class AlertDelivery(Document):
    pass
