"""Where the numbers of the audit trail stand on the page."""

from __future__ import annotations

from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.signals.placement import Number, Placement, Remark, numbers

COVERED = "audit.mandates_covered_percent"


def mandates_counted(snapshot: Snapshot) -> Remark | None:
    evidence = snapshot.get(COVERED).evidence
    if not evidence:
        return None
    counted = evidence[0]
    return Remark("{0} of {1} since the trail began", ((counted["audited"], ""), (counted["mandates"], "")))


PLACEMENTS = (
    Placement("sepa.coverage", (Number(COVERED, beside=mandates_counted),)),
    Placement(
        "sepa.proof",
        numbers(
            "audit.guard_intact",
            "audit.verification_ok",
            "audit.last_verification_age_hours",
            "audit.seal_lag_seconds",
            "audit.last_anchor_age_hours",
        ),
    ),
)
