"""Alert Rule State: see alert_rule_state.json for its fields."""

from frappe.model.document import Document


class AlertRuleState(Document):
    pass
