"""Monitoring Routine Item: one line of a day's, week's or month's list; see vuurtoren.routines."""

from verenigingen.verenigingen.doctype.kept_document import KeptDocument


class MonitoringRoutineItem(KeptDocument):
    """Opened by the monitor, ticked on the page of routines, and deleted by the retention only."""
