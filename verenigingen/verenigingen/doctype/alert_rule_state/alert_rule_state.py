"""Alert Rule State: where a rule stands; written by `vuurtoren.alerts.stored_state` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class AlertRuleState(OwnRecord):
    """See alert_rule_state.json for its fields."""
