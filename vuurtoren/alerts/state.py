"""How a rule's state follows from its answers: one pure function, used by every evaluation and every test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal, NamedTuple

from vuurtoren.rules.rule import BreachLevel

Answer = Literal["ok", "breached", "unknown"]
Phase = Literal["Inactive", "Pending", "Firing", "Recovering"]


class Transition(Enum):
    """What people are told, or what is counted."""

    OPENED = "opened"
    SEEN_AGAIN = "seen again"
    RAISED = "raised"
    LOWERED = "lowered"
    RESOLVED = "resolved"
    UNKNOWN_OPENED = "unknown opened"
    UNKNOWN_SEEN_AGAIN = "unknown seen again"
    UNKNOWN_RESOLVED = "unknown resolved"

    __hash__ = object.__hash__  # each is one object; that of an enumeration is a call of Python


OPEN: tuple[Phase, ...] = ("Firing", "Recovering")
"""The phases in which an alert is open."""
LEVELS = {Transition.OPENED: Transition.RAISED, Transition.RESOLVED: Transition.LOWERED}
"""What the begin and the end of the critical level mean to an alert that stays open."""


@dataclass(frozen=True)
class Patience:
    """Seconds before a breach, its end, and not knowing are told (None: never told).

    The critical level of a breach begins and ends with the same patience.
    """

    for_seconds: float = 0
    keep_firing_seconds: float = 0
    unknown_for_seconds: float | None = 0


class RuleState(NamedTuple):
    """Where one rule stands for one set of labels; times are site time.

    `phase` follows the breach alone: an unknown answer leaves it as it is. `critical_phase` follows in the
    same way whether the critical threshold is passed. `unknown_told` is true while an alert about not knowing
    is open.
    """

    phase: Phase = "Inactive"
    phase_since: datetime | None = None
    answer: Answer | None = None
    answer_since: datetime | None = None
    unknown_told: bool = False
    critical_phase: Phase = "Inactive"
    critical_since: datetime | None = None

    @property
    def level(self) -> BreachLevel:
        """The level of the open alert; "warning" where none is open."""
        return "critical" if self.critical_phase in OPEN else "warning"


def step(
    previous: RuleState, answer: Answer, patience: Patience, now: datetime, level: BreachLevel = "warning"
) -> tuple[RuleState, tuple[Transition, ...]]:
    """The next state, and what happened: about not knowing, then about the breach, then about its level.

    `level` is that of a breached answer. What opens, opens at the level of the new state; what is open is
    raised or lowered once the other level has lasted. Only an "ok" answer ever ends a breach. When the clock
    went back, what was being waited for is waited for anew from `now`, so that no wait is longer than its
    patience.
    """
    was, since, answered, answer_since, told, critical_was, critical_since = _not_after(previous, now)
    answer_since = answer_since if answered == answer else now
    told, about_knowing = _knowing(told, answer, answer_since, now, patience)
    phase, about_breach = _breach(was, answer, since, now, patience)
    critical: Answer = "ok" if answer == "breached" and level == "warning" else answer
    critical_phase, about_critical = _breach(critical_was, critical, critical_since, now, patience)
    about_level = LEVELS.get(about_critical) if about_critical and was in OPEN and phase in OPEN else None
    state = RuleState(
        phase,
        since if phase == was else now,
        answer,
        answer_since,
        told,
        critical_phase,
        critical_since if critical_phase == critical_was else now,
    )
    if about_knowing is None and about_level is None:
        return state, (about_breach,) if about_breach else ()
    return state, tuple(filter(None, (about_knowing, about_breach, about_level)))


def stop(previous: RuleState, now: datetime) -> tuple[RuleState, tuple[Transition, ...]]:
    """End whatever is open, because the rule is no longer judged (switched off, removed, not applicable)."""
    transitions = []
    if previous.unknown_told:
        transitions.append(Transition.UNKNOWN_RESOLVED)
    if previous.phase in OPEN:
        transitions.append(Transition.RESOLVED)
    return RuleState(phase_since=now), tuple(transitions)


def _breach(
    phase: Phase, answer: Answer, since: datetime | None, now: datetime, patience: Patience
) -> tuple[Phase, Transition | None]:
    if answer == "unknown":
        return phase, None
    if answer == "breached":
        if phase in OPEN:
            return "Firing", Transition.SEEN_AGAIN
        waited = _elapsed(since, now) if phase == "Pending" else 0
        return ("Firing", Transition.OPENED) if waited >= patience.for_seconds else ("Pending", None)
    if phase in ("Inactive", "Pending"):
        return "Inactive", None
    well_for = _elapsed(since, now) if phase == "Recovering" else 0
    if well_for < patience.keep_firing_seconds:
        return "Recovering", None
    return "Inactive", Transition.RESOLVED


def _knowing(
    told: bool, answer: Answer, since: datetime | None, now: datetime, patience: Patience
) -> tuple[bool, Transition | None]:
    if answer != "unknown":
        return False, Transition.UNKNOWN_RESOLVED if told else None
    if told:
        return True, Transition.UNKNOWN_SEEN_AGAIN
    if patience.unknown_for_seconds is None or _elapsed(since, now) < patience.unknown_for_seconds:
        return False, None
    return True, Transition.UNKNOWN_OPENED


def _not_after(state: RuleState, now: datetime) -> RuleState:
    if state.phase_since and state.phase_since > now:
        state = state._replace(phase_since=now)
    if state.answer_since and state.answer_since > now:
        state = state._replace(answer_since=now)
    if state.critical_since and state.critical_since > now:
        state = state._replace(critical_since=now)
    return state


def _elapsed(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0
