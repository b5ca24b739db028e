"""The shipped rules by what the deployment checklist calls them, and by the alerts that they open."""

from __future__ import annotations

from collections.abc import Sequence

from vuurtoren.rules.rule import Rule
from vuurtoren.signals.catalogue import BY_KEY, SHIPPED

_NAMED = (
    "error_rate_hourly",
    "error_rate_daily",
    "slow_query_threshold",
    "failed_sepa_threshold",
    "member_churn_daily",
)
CHECKLIST_KEYS = tuple(key for key in _NAMED if key in BY_KEY)
"""The keys of `AlertManager().alert_thresholds`."""


def of_type(*alert_types: str, rules: Sequence[Rule] = SHIPPED) -> tuple[Rule, ...]:
    """The rules that open alerts of these types."""
    return tuple(rule for rule in rules if rule.alert_type in alert_types)
