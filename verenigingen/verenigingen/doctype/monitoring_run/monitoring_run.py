"""Monitoring Run: what became of a job of the monitor; written by `vuurtoren` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class MonitoringRun(OwnRecord):
    """See monitoring_run.json for its fields."""
