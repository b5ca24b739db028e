"""Monitoring Recipient: who is told, a user of the site or a mail address, and on which level."""

from frappe.model.document import Document


class MonitoringRecipient(Document):
    pass
