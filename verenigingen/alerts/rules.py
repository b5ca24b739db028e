"""All shipped rules, and the names that the deployment checklist gives to five of them."""

from __future__ import annotations

from collections.abc import Sequence

from verenigingen.alerts.rule import Rule
from verenigingen.alerts.shipped import association, audit, database, errors, host, jobs, mail, safety

SHIPPED: tuple[Rule, ...] = (
    *errors.RULES,
    *association.RULES,
    *audit.RULES,
    *jobs.RULES,
    *mail.RULES,
    *host.RULES,
    *database.RULES,
    *safety.RULES,
)
BY_KEY: dict[str, Rule] = {rule.key: rule for rule in SHIPPED}

CHECKLIST_KEYS = (
    "error_rate_hourly",
    "error_rate_daily",
    "slow_query_threshold",
    "failed_sepa_threshold",
    "member_churn_daily",
)
"""The keys of `AlertManager().alert_thresholds`."""


def of_type(*alert_types: str, rules: Sequence[Rule] = SHIPPED) -> tuple[Rule, ...]:
    """The rules that open alerts of these types."""
    return tuple(rule for rule in rules if rule.alert_type in alert_types)
