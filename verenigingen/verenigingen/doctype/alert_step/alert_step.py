"""Alert Step: who did what to an alert, when and why; written once."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class AlertStep(AppendOnlyDocument):
    """Written by `vuurtoren.alerts.steps` only, and deleted with its alert by the retention only."""
