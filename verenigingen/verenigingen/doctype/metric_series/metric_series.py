"""Metric Series: see metric_series.json for its fields."""

from frappe.model.document import Document


class MetricSeries(Document):
    pass
