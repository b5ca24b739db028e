"""Alert Suggestion: a longer wait that would have kept a rule quiet; see vuurtoren.backtest.suggestions."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class AlertSuggestion(AppendOnlyDocument):
    """Made by the weekly digest and decided with one click; nothing of it is changed by hand."""
