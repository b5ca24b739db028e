"""Alert Rule Change: who changed a rule from what to what, and when; written once."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class AlertRuleChange(AppendOnlyDocument):
    """Written by `vuurtoren.rules.changes` only, and deleted by the retention only."""
