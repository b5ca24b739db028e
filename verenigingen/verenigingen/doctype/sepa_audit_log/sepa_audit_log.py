"""SEPA Audit Log: see sepa_audit_log.json for its fields."""

from frappe.model.document import Document


class SEPAAuditLog(Document):
    pass
