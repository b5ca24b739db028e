"""Monitoring Rule Setting: see monitoring_rule_setting.json for its fields."""

from frappe.model.document import Document


class MonitoringRuleSetting(Document):
    pass
