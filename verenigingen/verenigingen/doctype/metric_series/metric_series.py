"""Metric Series: a day of one metric; written by `vuurtoren.metrics.history` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class MetricSeries(OwnRecord):
    """See metric_series.json for its fields."""
