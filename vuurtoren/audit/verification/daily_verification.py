"""The trail verifies itself once a day: all of it while it is small and once a week, else what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.audit.anchors.kept_files import unknown_newest
from vuurtoren.audit.recording.recording import FAILED, record
from vuurtoren.audit.seals.canonical import utc_text
from vuurtoren.audit.seals.findings import EXIT_TAMPERED, NOT_CHECKABLE, Verification, answer_in_words
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification.verification import verify
from vuurtoren.health import runs
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object, moment, whole
from vuurtoren.site.words.words import as_plain, from_plain

JOB = "audit verification"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds what was found."""
VERIFIED_WHOLE_UP_TO = 20_000
SAMPLE = 0.01
WHOLE_EVERY = timedelta(days=7)
MOST_FINDINGS = 20
MOST_REMEMBERED = 30
"""So many verifications are remembered with their answers, beside all that the last one found."""


@dataclass(frozen=True)
class Earlier:
    """A verification that was: whether the trail was as it was sealed, None where it could not tell."""

    at: datetime
    held: bool | None
    answer: str


@dataclass(frozen=True)
class Verified:
    """What the last verification said: `held` is None where it could not tell, and `answer` says why."""

    at: datetime
    held: bool | None
    answer: str
    tree_size: int
    whole_at: datetime
    findings: tuple[str, ...] = ()
    unknown_file: str = ""
    """The newest file with a checkpoint, when the log did not hold it."""
    history: tuple[Earlier, ...] = ()
    """This one and those before it, the latest first."""


def verify_daily(site: Site) -> str:
    """Verify unless that was done well today; what is wrong, or an empty text. Commits.

    A database that was set back says of itself that it was verified today: then it is verified anew, whole.
    """
    with runs.run(site, JOB, once_a=None if _set_back(site) else "day") as held:
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


def verify_since(site: Site, since_utc: datetime) -> Verification:
    """Verify what was sealed since then, of a short trail all; the next run verifies the whole. Commits."""
    older = {"time_utc": ("<=", utc_text(since_utc))}
    rows = site.get_all(CHECKPOINT, ["tree_size"], older, order_by="tree_size desc", limit=1)
    known = whole(rows[0]["tree_size"]) if rows else 0
    since = known if known >= VERIFIED_WHOLE_UP_TO else 0
    result = verify(site, since=since)
    keep(site, result, whole=not since, next_whole=True)
    return result


def _verify(site: Site, held: runs.Run) -> tuple[Verification, bool]:
    since = _start(site)
    result = verify(site, since=since, sample=SAMPLE)
    keep(site, result, whole=not since)
    if result.tampered:
        held.problems.append(result.answer)
    return result, not since


def keep(site: Site, result: Verification, *, whole: bool, next_whole: bool = False) -> None:
    """Store what a verification of the whole trail, or of its end, found, and tell the trail itself; commits.

    Whoever verified, and where ever: page, metric and alert read it here. A change that was found stays
    found: only a later verification of the whole trail can say otherwise.
    """
    if not site.get(runs.DOCTYPE, JOB):
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0})
    before = last(site)
    if before and before.held is False and not (whole or result.tampered):
        site.commit()
        return
    whole_at = site.now() if whole or before is None else before.whole_at
    if next_whole:
        whole_at = min(whole_at, site.now() - WHOLE_EVERY)
    tampering = [finding for finding in result.findings if finding.tampering][:MOST_FINDINGS]
    findings, words = [str(each) for each in tampering], [as_plain(each.words) for each in tampering]
    stored = {
        "at": site.now().isoformat(" "),
        "exit_code": result.exit_code,
        "checkable": not result.of(NOT_CHECKABLE),
        "answer": result.answer,
        "tree_size": result.tree_size,
        "whole_at": whole_at.isoformat(" "),
        "findings": findings,
        "words": words,
        "unknown_file": _unknown_file(site),
    }
    stored["history"] = [_entry(stored), *_entries(site)][:MOST_REMEMBERED]
    site.update(runs.DOCTYPE, JOB, {"cursor": json.dumps(stored, ensure_ascii=False)})
    if result.tampered:
        details = {"answer": result.answer, "findings": findings, "root": result.root}
        # the same findings of a day are one event, however often they are found
        found = hashlib.sha256("\n".join(findings).encode()).hexdigest()[:16]
        once = f"verification-{site.now():%Y%m%d}-{found}"
        record(site, MAINTENANCE, CHECKPOINT, "", "verification_failed", FAILED, details, event_id=once)
    site.commit()


def _entry(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stored[name] for name in ("at", "exit_code", "checkable", "answer")}


def _entries(site: Site) -> list[Any]:
    """Those that are remembered, as they were stored."""
    row = site.get(runs.DOCTYPE, JOB)
    try:
        found = json_object(row["cursor"]).get("history") if row and row["cursor"] else None
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def last(site: Site) -> Verified | None:
    """The last verification that was kept; None when there was none."""
    row = site.get(runs.DOCTYPE, JOB)
    try:
        return _kept(json_object(row["cursor"])) if row and row["cursor"] else None
    except (ValueError, KeyError, TypeError):
        return None  # whoever needs it verifies anew


def _kept(stored: Mapping[str, Any]) -> Verified:
    return Verified(
        at=moment(stored["at"]),
        held=_held(stored),
        answer=answer_in_words(str(stored["answer"])),
        tree_size=whole(stored["tree_size"]),
        whole_at=moment(stored["whole_at"]),
        findings=tuple(from_plain(each) for each in stored.get("words") or stored["findings"]),
        unknown_file=str(stored.get("unknown_file") or ""),
        history=tuple(_history(stored.get("history"))),
    )


def _held(stored: Mapping[str, Any]) -> bool | None:
    return False if stored["exit_code"] == EXIT_TAMPERED else (True if stored["checkable"] else None)


def _history(stored: object) -> Iterator[Earlier]:
    """What cannot be read of it is left out."""
    for each in stored if isinstance(stored, list) else ():
        with suppress(KeyError, TypeError, ValueError):
            yield Earlier(moment(each["at"]), _held(each), answer_in_words(str(each["answer"])))


def _set_back(site: Site) -> bool:
    """Whether a file holds a younger checkpoint than the database, since the last verification."""
    found, before = _unknown_file(site), last(site)
    return bool(found) and (before is None or before.unknown_file != found)


def _unknown_file(site: Site) -> str:
    try:
        return unknown_newest(site)
    except OSError:
        return ""  # the verification says that it cannot read them


def _start(site: Site) -> int:
    """From where to verify: the whole trail, unless it is long and was in order the last time."""
    before = last(site)
    if before is None or _set_back(site) or not before.held or before.tree_size < VERIFIED_WHOLE_UP_TO:
        return 0
    if not timedelta(0) <= site.now() - before.whole_at < WHOLE_EVERY:
        return 0
    known = site.count(CHECKPOINT, {"tree_size": before.tree_size})
    return before.tree_size if known else 0
