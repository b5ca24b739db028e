"""The trail verifies itself once a day: all of it while it is small and once a week, else what is new."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from verenigingen.alerts import runs
from verenigingen.audit.recording import FAILED, record
from verenigingen.audit.seals.findings import EXIT_TAMPERED, NOT_CHECKABLE, Verification
from verenigingen.audit.seals.tables import CHECKPOINT
from verenigingen.audit.seals.verification import MAINTENANCE, verify
from verenigingen.site.protocol import Site

JOB = "audit verification"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds what was found."""
VERIFIED_WHOLE_UP_TO = 20_000
SAMPLE = 0.01
WHOLE_EVERY = timedelta(days=7)
MOST_FINDINGS = 20
KEPT = {"at", "exit_code", "checkable", "answer", "tree_size", "whole_at", "findings"}


@dataclass(frozen=True)
class Verified:
    """What the last verification said: `held` is None where it could not tell, and `answer` says why."""

    at: datetime
    held: bool | None
    answer: str
    tree_size: int
    whole_at: datetime
    findings: tuple[str, ...] = ()


def verify_daily(site: Site) -> str:
    """Verify unless that was done well today; what is wrong, or an empty text. Commits."""
    with runs.run(site, JOB, once_a="day") as held:
        if held is None:
            return ""
        _verify(site, held)
        return "; ".join(held.problems)


def verify_now(site: Site) -> tuple[Verification, bool] | None:
    """Verify as the daily run does, whatever it did today, and whether that was the whole trail.

    None while another verification runs, or has ended a few seconds ago. Commits.
    """
    with runs.run(site, JOB) as held:
        return None if held is None else _verify(site, held)


def _verify(site: Site, held: runs.Run) -> tuple[Verification, bool]:
    since = _start(site)
    result = verify(site, since=since, sample=SAMPLE)
    keep(site, result, whole=not since)
    if result.tampered:
        held.problems.append(result.answer)
    return result, not since


def keep(site: Site, result: Verification, *, whole: bool) -> None:
    """Store what a verification of the whole trail, or of its end, found, and tell the trail itself; commits.

    A change that was found stays found: only a later verification of the whole trail can say otherwise.
    """
    if not site.get(runs.DOCTYPE, JOB):
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0})
    before = last(site)
    whole_at = site.now() if whole or before is None else before.whole_at
    findings = [str(finding) for finding in result.findings if finding.tampering][:MOST_FINDINGS]
    stored = {
        "at": site.now().isoformat(" "),
        "exit_code": result.exit_code,
        "checkable": not result.of(NOT_CHECKABLE),
        "answer": result.answer,
        "tree_size": result.tree_size,
        "whole_at": whole_at.isoformat(" "),
        "findings": findings,
    }
    site.update(runs.DOCTYPE, JOB, {"cursor": json.dumps(stored, ensure_ascii=False)})
    if result.tampered:
        details = {"answer": result.answer, "findings": findings, "root": result.root}
        # the same findings of a day are one event, however often they are found
        found = hashlib.sha256("\n".join(findings).encode()).hexdigest()[:16]
        once = f"verification-{site.now():%Y%m%d}-{found}"
        record(site, MAINTENANCE, CHECKPOINT, "", "verification_failed", FAILED, details, event_id=once)
    site.commit()


def last(site: Site) -> Verified | None:
    """The last verification that was kept; None when there was none."""
    row = site.get(runs.DOCTYPE, JOB)
    stored = _read(row["cursor"] if row else None)
    if stored is None:
        return None
    tampered = stored["exit_code"] == EXIT_TAMPERED
    return Verified(
        at=datetime.fromisoformat(stored["at"]),
        held=False if tampered else (True if stored["checkable"] else None),
        answer=str(stored["answer"]),
        tree_size=int(stored["tree_size"]),
        whole_at=datetime.fromisoformat(stored["whole_at"]),
        findings=tuple(str(each) for each in stored["findings"]),
    )


def _start(site: Site) -> int:
    """From where to verify: the whole trail, unless it is long and was in order the last time."""
    before = last(site)
    if before is None or not before.held or before.tree_size < VERIFIED_WHOLE_UP_TO:
        return 0
    if not timedelta(0) <= site.now() - before.whole_at < WHOLE_EVERY:
        return 0
    known = site.count(CHECKPOINT, {"tree_size": before.tree_size})
    return before.tree_size if known else 0


def _read(text: Any) -> dict[str, Any] | None:
    try:
        stored = json.loads(text)
        return stored if KEPT <= set(stored) else None
    except (TypeError, ValueError):
        return None
