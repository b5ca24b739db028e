"""Where the numbers of the SEPA rules stand on the page."""

from __future__ import annotations

from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.signals.placement import Number, Placement, Remark

KEPT = "compliance.rules_kept_percent"


def rules_counted(snapshot: Snapshot) -> Remark | None:
    evidence = snapshot.get(KEPT).evidence
    if not evidence:
        return None
    counted = evidence[0]
    return Remark("{0} of {1} that could be judged", ((counted["kept"], ""), (counted["judged"], "")))


PLACEMENTS = (Placement("sepa.coverage", (Number(KEPT, beside=rules_counted),), needs="SEPA Finding"),)
