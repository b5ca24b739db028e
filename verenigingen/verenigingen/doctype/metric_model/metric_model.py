"""Metric Model: what is usual for one metric and where it leads; written by `vuurtoren.metrics.learned`."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class MetricModel(OwnRecord):
    """See metric_model.json for its fields."""
