"""The trail verifies itself once a day: everything while it is small, else what is new and a sample."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
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
MOST_FINDINGS = 20


@dataclass(frozen=True)
class Verified:
    """What the last verification said: `held` is None where it could not tell, and `answer` says why."""

    at: datetime
    held: bool | None
    answer: str
    tree_size: int
    findings: tuple[str, ...] = ()


def verify_daily(site: Site) -> str:
    """Verify unless that was done well today; what is wrong, or an empty text. Commits."""
    with runs.run(site, JOB, once_a_day=True) as held:
        if held is None:
            return ""
        result = verify(site, since=_start(site), sample=SAMPLE)
        keep(site, result)
        if result.tampered:
            held.problems.append(result.answer)
        return "; ".join(held.problems)


def keep(site: Site, result: Verification) -> None:
    """Store what a verification found, and write what was tampered with into the trail itself; commits.

    A change that was found stays found: only a later verification of the whole trail can say otherwise.
    """
    if not site.get(runs.DOCTYPE, JOB):
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0})
    findings = [str(finding) for finding in result.findings if finding.tampering][:MOST_FINDINGS]
    stored = {
        "at": site.now().isoformat(" "),
        "exit_code": result.exit_code,
        "checkable": not result.of(NOT_CHECKABLE),
        "answer": result.answer,
        "tree_size": result.tree_size,
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
        findings=tuple(str(each) for each in stored["findings"]),
    )


def _start(site: Site) -> int:
    """From where to verify: the whole trail, unless it is long and was in order the last time."""
    before = last(site)
    if before is None or not before.held or before.tree_size < VERIFIED_WHOLE_UP_TO:
        return 0
    known = site.count(CHECKPOINT, {"tree_size": before.tree_size})
    return before.tree_size if known else 0


def _read(text: Any) -> dict[str, Any] | None:
    try:
        stored = json.loads(text)
        return (
            stored
            if {"at", "exit_code", "checkable", "answer", "tree_size", "findings"} <= set(stored)
            else None
        )
    except (TypeError, ValueError):
        return None
