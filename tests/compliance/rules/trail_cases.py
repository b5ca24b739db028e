"""Cases of the rules about the audit trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.compliance.rules.case import COVERAGE, HEALTH, NOW, RETENTION, Case, without

NO_TRAIL = without("SEPA Audit Log")
ALREADY = timedelta(hours=48)
SECOND = timedelta(seconds=1)

CASES = (
    Case("A01", "compliant", "an entry", COVERAGE, "held"),
    Case("A01", "breaching", "no entry", replace(COVERAGE, entries=0), "broken"),
    Case("A01", "breaching", "an entry about nothing", replace(COVERAGE, exists=False), "broken"),
    Case("A01", "boundary", "two entries", replace(COVERAGE, entries=2), "held"),
    Case("A01", "missing", "the trail was not asked", replace(COVERAGE, entries=None), "pending"),
    Case("A01", "not applicable", "no trail here", COVERAGE, "not applicable", NO_TRAIL),
    #
    Case("A02", "compliant", "all is there", RETENTION, "held"),
    Case("A02", "breaching", "entries are missing", replace(RETENTION, trail_rows_missing=3), "broken"),
    Case("A02", "breaching", "mandates are missing", replace(RETENTION, mandates_missing=1), "broken"),
    Case("A02", "boundary", "one former member too long",
         replace(RETENTION, members_past_retention=1), "broken", severity="M"),
    Case("A02", "missing", "it was not looked at", replace(RETENTION, trail_rows_missing=None), "pending"),
    Case("A02", "not applicable", "no trail here", RETENTION, "not applicable", NO_TRAIL),
    #
    Case("A03", "compliant", "sealed, guarded, verified, handed out", HEALTH, "held"),
    Case("A03", "breaching", "the guard is gone", replace(HEALTH, guard_missing="the guard table"), "broken"),
    Case("A03", "breaching", "verification did not hold", replace(HEALTH, verified_ok=False), "broken"),
    Case("A03", "breaching", "no checkpoint ever left", replace(HEALTH, anchor_at=None), "broken"),
    Case("A03", "boundary", "sealed after 300 seconds", replace(HEALTH, seal_lag_seconds=300), "held"),
    Case("A03", "boundary", "waiting for 301 seconds", replace(HEALTH, seal_lag_seconds=301), "broken"),
    Case("A03", "boundary", "verified 48 hours ago", replace(HEALTH, verified_at=NOW - ALREADY), "held"),
    Case("A03", "boundary", "verified a second longer ago",
         replace(HEALTH, verified_at=NOW - ALREADY - SECOND), "broken"),
    Case("A03", "boundary", "sealed after 299 seconds", replace(HEALTH, seal_lag_seconds=299), "held"),
    Case("A03", "boundary", "handed out a second longer ago",
         replace(HEALTH, anchor_at=NOW - ALREADY - SECOND), "broken"),
    Case("A03", "boundary", "handed out 48 hours ago", replace(HEALTH, anchor_at=NOW - ALREADY), "held"),
    Case("A03", "boundary", "nobody is to have them", replace(HEALTH, anchor_at=None, anchors_expected=False), "held"),
    Case("A03", "missing", "who has the checkpoints", replace(HEALTH, anchors_expected=None), "pending"),
    Case("A03", "missing", "whether it is guarded", replace(HEALTH, guard_missing=None), "pending"),
    Case("A03", "not applicable", "no trail here", HEALTH, "not applicable", NO_TRAIL),
)  # fmt: skip
