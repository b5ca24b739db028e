"""Failures of SEPA operations."""

from __future__ import annotations

from vuurtoren.rules.rule import Rule

RULES = (
    Rule(
        key="failed_sepa_threshold",
        title="SEPA operations that failed in the last hour",
        alert_type="SEPA_COMPLIANCE",
        severity="HIGH",
        metric="sepa.failed_last_hour",
        operator=">",
        threshold=5,
        critical_threshold=25,
        unit="failures",
        keep_firing_seconds=15 * 60,
        summary="{value} in SEPA operations in the last hour (limit {threshold})",
        links=("SEPA Audit Log",),
        runbook="""Open the SEPA Audit Log with status Failed and see which step failed.
Do not send a batch to the bank until the cause is known.
The same error for many members points to settings (creditor, account); for one member, to that mandate.""",
    ),
)
