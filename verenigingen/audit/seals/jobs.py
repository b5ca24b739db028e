"""What the scheduler calls: seal on every tick; sweep, verify and hand out a checkpoint once a day."""

from __future__ import annotations

import json
from typing import Any

from verenigingen.alerts import runs, settings
from verenigingen.alerts.events import record_event
from verenigingen.alerts.own_errors import boundary
from verenigingen.audit.seals.anchors import hand_out
from verenigingen.audit.seals.findings import NOT_ANCHORED, NOT_SEALED, Verification
from verenigingen.audit.seals.sealer import Sealing, seal
from verenigingen.audit.seals.verification import verify
from verenigingen.site import current_site
from verenigingen.site.protocol import Site

JOB = "audit verification"
DAYS_BETWEEN_FULL_RUNS = 7
SAMPLE = 0.01
FINDINGS_TOLD = 20
TAMPERED, UNSEALED, FLAGGED = "SEPA_AUDIT_TAMPERED", "SEPA_AUDIT_NOT_SEALED", "SEPA_AUDIT_CHANGED_BEFORE_SEAL"


def seal_events() -> None:
    """Seal what was committed since the last tick. Raises nothing."""
    site = current_site()
    with boundary(site, "sealing the SEPA audit trail", undo=True):
        _tell_flagged(site, seal(site))


def verify_trail() -> None:
    """Seal late events, hand a checkpoint out, verify what is new and once a week all. Raises nothing."""
    site = current_site()
    with boundary(site, "the daily verification of the SEPA audit trail", undo=True):
        _tell_flagged(site, seal(site, sweep=True))
        hand_out(site)
        verify_daily(site)


def verify_daily(site: Site) -> Verification | None:
    """The daily verification; its answer stays in Monitoring Run. None when another worker runs it."""
    with runs.run(site, JOB) as held:
        if held is None:
            return None
        before = last_verification(site)
        since, full_on = _start(site, before)
        result = verify(site, since=since, sample=SAMPLE if since else 0.0)
        size = result.tree_size if result.exit_code != 1 else 0
        state = {"answer": result.answer, "exit_code": result.exit_code, "size": size, "full_on": full_on}
        site.update(runs.DOCTYPE, JOB, {"cursor": json.dumps(state)})
        site.commit()
        _tell(site, result)
    return result


def last_verification(site: Site) -> dict[str, Any]:
    """What the last daily verification said: answer, exit_code, size and full_on; empty before the first."""
    row = site.get(runs.DOCTYPE, JOB)
    try:
        state = json.loads((row or {}).get("cursor") or "{}")
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


def _start(site: Site, before: dict[str, Any]) -> tuple[int, int]:
    """Where to begin, and the day (as an ordinal) of the last full run: now, when it begins at 0."""
    today = site.now().date().toordinal()
    full_on, size = before.get("full_on"), before.get("size")
    if not isinstance(full_on, int) or not isinstance(size, int) or today - full_on >= DAYS_BETWEEN_FULL_RUNS:
        return 0, today
    return size, (full_on if size else today)


def _tell(site: Site, result: Verification) -> None:
    if result.tampered:
        found = [str(finding) for finding in result.findings if finding.tampering]
        _alert(site, TAMPERED, "CRITICAL", result.answer, found)
    elif result.of(NOT_SEALED):
        _alert(
            site, UNSEALED, "HIGH", result.answer, [str(each) for each in result.of(NOT_SEALED, NOT_ANCHORED)]
        )


def _tell_flagged(site: Site, done: Sealing) -> None:
    if done.flagged:
        message = site.translate("Audit events were changed before they were sealed")
        _alert(site, FLAGGED, "CRITICAL", message, done.flagged)


def _alert(site: Site, kind: str, severity: str, message: str, found: list[str]) -> None:
    details = {"findings": found[:FINDINGS_TOLD], "count": len(found)}
    record_event(site, settings.read(site), kind, severity, message, details)
    site.commit()
