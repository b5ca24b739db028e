"""Alert Rule State: where each rule stands, one row per fingerprint, written by compare-and-swap."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from vuurtoren.alerts.judging import Judgement, Labels, label_text
from vuurtoren.alerts.state import OPEN, Answer, Phase, RuleState
from vuurtoren.failures import report
from vuurtoren.health import readiness
from vuurtoren.metrics.metric import REASON
from vuurtoren.privacy.redaction import redact_strings
from vuurtoren.privacy.text import LONGEST_TEXT, clean, one_line
from vuurtoren.rules.rule import Rule
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import moment_or_none, next_version
from vuurtoren.site.values import Row
from vuurtoren.site.words.kept import FIELD as WORDS
from vuurtoren.site.words.kept import told

DOCTYPE = "Alert Rule State"
LONGEST_FINGERPRINT = 120
UNKNOWN = "unknown "
"""Before the fingerprint of a rule: the alert about not knowing, beside that about the breach."""
MOST_FORGOTTEN = 500
REFRESH_AFTER = timedelta(hours=1)
"""A state that stays the same is written again after this time, not at every tick."""
_FIELDS = ["name", "fingerprint", "rule", "state", "state_since", "answer", "answer_since", "unknown_told"]
FIELDS = [*_FIELDS, "reason", "evaluated_at", "retry_after", "version"]
PHASES: tuple[Phase, ...] = get_args(Phase)
ANSWERS: tuple[Answer, ...] = get_args(Answer)
MOMENTS = ("state_since", "answer_since", "critical_since", "evaluated_at", "retry_after")
ALERT = "System Alert"
LEVEL_FIELDS = ["critical_phase", "critical_since"]


@dataclass(frozen=True)
class StoredState:
    """One row as it was read; `version` is None while there is no row."""

    fingerprint: str
    state: RuleState = field(default_factory=RuleState)
    reason: str = ""
    evaluated_at: datetime | None = None
    retry_after: datetime | None = None
    version: int | None = None
    unreadable: tuple[str, ...] = ()
    """Fields that held nothing of ours: they are rewritten from what is known now."""

    @property
    def quiet(self) -> bool:
        """Nothing is pending, open or unknown."""
        known = self.state.answer in (None, "ok")
        return known and self.state.phase == "Inactive" and not self.state.unknown_told


States = Mapping[str, dict[str, StoredState]]
"""By rule, and then by fingerprint."""


def fingerprint(rule: str, labels: Labels) -> str:
    """The rule and its labels as one short text: "queue_depth{queue=long}"."""
    if not labels:
        return rule
    text = one_line(f"{rule}{{{label_text(labels)}}}", 10_000)
    if len(text) <= LONGEST_FINGERPRINT:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[: LONGEST_FINGERPRINT - 17]}~{digest}"


def read_all(site: Site) -> dict[str, dict[str, StoredState]]:
    """Every stored state, by rule and then by fingerprint.

    Where the state of a rule cannot be read, its open alert says where the rule stands.
    """
    fields = [*FIELDS, *(LEVEL_FIELDS if keeps_levels(site) else ())]
    found = _by_rule(site.get_all(DOCTYPE, fields))
    for states in found.values():
        for name, stored in states.items():
            if stored.unreadable:
                states[name] = _healed(site, stored)
    return found


def _healed(site: Site, stored: StoredState) -> StoredState:
    text = f"{DOCTYPE} {stored.fingerprint}: {', '.join(stored.unreadable)} cannot be read; rewritten"
    report(site, f"a stored state of {stored.fingerprint}", text)
    is_open = site.count(ALERT, {"open_fingerprint": stored.fingerprint}) > 0
    return replace(stored, state=stored.state._replace(phase="Firing")) if is_open else stored


def not_judged(site: Site, rules: Iterable[Rule]) -> list[Row]:
    """What could not be judged at the last look, the oldest first, its reason in the language spoken now.

    What a site need not have is left out: nobody is told of it.
    """
    optional = {rule.key for rule in rules if not rule.tells_not_knowing}
    fields = readiness.kept_fields(site, DOCTYPE, ["rule", "labels", "answer_since", "reason", WORDS])
    rows = site.get_all(DOCTYPE, fields, {"answer": "unknown"}, order_by="answer_since")
    return [told(site, row, ("reason",), LONGEST_TEXT) for row in rows if row["rule"] not in optional]


def keeps_levels(site: Site) -> bool:
    """Whether critical levels can be stored; between an update of the code and its migration they cannot."""
    return readiness.keeps(site, DOCTYPE, "critical_phase")


def still_open(site: Site, fingerprint: str, *, of_not_knowing: bool = False) -> bool:
    """Whether the rule would still count this as open; takes the row in the caller's transaction if so.

    An evaluation that read the row before then loses its compare-and-swap, and the next one judges.
    """
    row = site.get(DOCTYPE, fingerprint.removeprefix(UNKNOWN) if of_not_knowing else fingerprint)
    stored = _stored(row) if row else StoredState(fingerprint)
    is_open = stored.state.unknown_told if of_not_knowing else stored.state.phase in OPEN
    taken = {"version": (stored.version or 0) + 1}
    return is_open and site.update(DOCTYPE, stored.fingerprint, taken, expect={"version": stored.version})


def write(
    site: Site,
    rule: str,
    before: StoredState,
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
        "version": next_version(before.version),
    }
    if readiness.keeps(site, DOCTYPE, WORDS):
        plain = {"reason": made_of} if (made_of := judgement.words.get(REASON)) else {}
        values[WORDS] = json.dumps(redact_strings(plain), ensure_ascii=False, separators=(",", ":"))
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


def worth_writing(before: StoredState, state: RuleState, judgement: Judgement, now: datetime) -> bool:
    """Whether the row would say something new, or was last written more than an hour ago."""
    if (
        before.unreadable
        or before.state != state
        or before.reason != clean(judgement.reason)
        or before.retry_after
    ):
        return True
    return before.evaluated_at is None or abs(now - before.evaluated_at) >= REFRESH_AFTER


def _by_rule(rows: Iterable[Row]) -> dict[str, dict[str, StoredState]]:
    found: dict[str, dict[str, StoredState]] = {}
    for row in rows:
        found.setdefault(str(row["rule"]), {})[str(row["fingerprint"])] = _stored(row)
    return found


def _stored(row: Row) -> StoredState:
    """The row as if a stranger had written it; `unreadable` names what is no state of ours."""
    unreadable = [
        name
        for name, known in (("state", PHASES), ("critical_phase", PHASES), ("answer", ANSWERS))
        if row.get(name) and row[name] not in known
    ]
    unreadable += [name for name in MOMENTS if row.get(name) and moment_or_none(row[name]) is None]
    state = RuleState(
        _phase(row["state"]),
        moment_or_none(row["state_since"]),
        row["answer"] if row["answer"] in ANSWERS else None,
        moment_or_none(row["answer_since"]),
        bool(row["unknown_told"]),
        _phase(row.get("critical_phase")),
        moment_or_none(row.get("critical_since")),
    )
    return StoredState(
        str(row["fingerprint"]),
        state,
        str(row["reason"] or ""),
        moment_or_none(row["evaluated_at"]),
        moment_or_none(row["retry_after"]),
        row["version"] or 0,
        tuple(unreadable),
    )


def _phase(stored: Any) -> Phase:
    return stored if stored in PHASES else "Inactive"
