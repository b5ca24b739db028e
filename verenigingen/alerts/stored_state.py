"""Alert Rule State: where each rule stands, one row per fingerprint, written by compare-and-swap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from verenigingen.alerts.judging import Judgement, Labels, label_text
from verenigingen.alerts.state import RuleState
from verenigingen.alerts.text import clean, one_line
from verenigingen.site.errors import AlreadyExists
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

DOCTYPE = "Alert Rule State"
LONGEST_FINGERPRINT = 120
MOST_FORGOTTEN = 500
REFRESH_AFTER = timedelta(hours=1)
"""A state that stays the same is written again after this time, not at every tick."""
_FIELDS = ["name", "fingerprint", "rule", "state", "state_since", "answer", "answer_since", "unknown_told"]
FIELDS = [*_FIELDS, "reason", "evaluated_at", "retry_after", "version"]
LEVEL_FIELDS = ["critical_phase", "critical_since"]


@dataclass(frozen=True)
class Stored:
    """One row as it was read; `version` is None while there is no row."""

    fingerprint: str
    state: RuleState = field(default_factory=RuleState)
    reason: str = ""
    evaluated_at: datetime | None = None
    retry_after: datetime | None = None
    version: int | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is pending, open or unknown."""
        known = self.state.answer in (None, "ok")
        return known and self.state.phase == "Inactive" and not self.state.unknown_told


def fingerprint(rule: str, labels: Labels) -> str:
    """The rule and its labels as one short text: "queue_depth{queue=long}"."""
    if not labels:
        return rule
    text = one_line(f"{rule}{{{label_text(labels)}}}", 10_000)
    if len(text) <= LONGEST_FINGERPRINT:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[: LONGEST_FINGERPRINT - 17]}~{digest}"


def read_all(site: Site) -> dict[str, dict[str, Stored]]:
    """Every stored state, by rule and then by fingerprint."""
    return _by_rule(site.get_all(DOCTYPE, [*FIELDS, *(LEVEL_FIELDS if keeps_levels(site) else ())]))


def keeps_levels(site: Site) -> bool:
    """Whether critical levels can be stored; between an update of the code and its migration they cannot."""
    return site.has_field(DOCTYPE, "critical_phase")


def write(
    site: Site,
    rule: str,
    before: Stored,
    state: RuleState,
    judgement: Judgement,
    *,
    retry_after: datetime | None = None,
) -> bool:
    """Store the new state if nobody changed the row since it was read; whether this caller won."""
    values: dict[str, Any] = {
        "state": state.phase,
        "state_since": state.phase_since,
        "answer": state.answer,
        "answer_since": state.answer_since,
        "unknown_told": int(state.unknown_told),
        "value": judgement.value,
        "reason": clean(judgement.reason),
        "evaluated_at": site.now(),
        "retry_after": retry_after,
        "version": (before.version or 0) + 1,
    }
    if keeps_levels(site):
        values |= {"critical_phase": state.critical_phase, "critical_since": state.critical_since}
    if before.version is not None:
        return site.update(DOCTYPE, before.fingerprint, values, expect={"version": before.version})
    identity = {
        "fingerprint": before.fingerprint,
        "rule": rule,
        "labels": clean(label_text(judgement.labels)),
    }
    try:
        site.insert(DOCTYPE, identity | values)
    except AlreadyExists:
        return False
    return True


def forget(site: Site, fingerprints: Sequence[str]) -> None:
    """Delete the rows of instances that are gone, at most 500 at a time."""
    site.delete(DOCTYPE, {"fingerprint": ("in", list(fingerprints)[:MOST_FORGOTTEN])}, limit=MOST_FORGOTTEN)


def worth_writing(before: Stored, state: RuleState, judgement: Judgement, now: datetime) -> bool:
    """Whether the row would say something new, or was last written more than an hour ago."""
    if before.state != state or before.reason != clean(judgement.reason) or before.retry_after:
        return True
    return before.evaluated_at is None or abs(now - before.evaluated_at) >= REFRESH_AFTER


def _by_rule(rows: Iterable[Row]) -> dict[str, dict[str, Stored]]:
    found: dict[str, dict[str, Stored]] = {}
    for row in rows:
        found.setdefault(str(row["rule"]), {})[str(row["fingerprint"])] = _stored(row)
    return found


def _stored(row: Row) -> Stored:
    state = RuleState(
        row["state"] or "Inactive",
        row["state_since"],
        row["answer"] or None,
        row["answer_since"],
        bool(row["unknown_told"]),
        row.get("critical_phase") or "Inactive",
        row.get("critical_since"),
    )
    return Stored(
        str(row["fingerprint"]),
        state,
        str(row["reason"] or ""),
        row["evaluated_at"],
        row["retry_after"],
        int(row["version"] or 0),
    )
