"""How a rule's state follows from its answers: one pure function, used by every evaluation and every test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Literal

Answer = Literal["ok", "breached", "unknown"]
Phase = Literal["Inactive", "Pending", "Firing", "Recovering"]


class Transition(Enum):
    """What people are told, or what is counted."""

    OPENED = "opened"
    SEEN_AGAIN = "seen again"
    RESOLVED = "resolved"
    UNKNOWN_OPENED = "unknown opened"
    UNKNOWN_SEEN_AGAIN = "unknown seen again"
    UNKNOWN_RESOLVED = "unknown resolved"


@dataclass(frozen=True)
class Patience:
    """Seconds before a breach, its end, and not knowing are told (None: never told)."""

    for_seconds: float = 0
    keep_firing_seconds: float = 0
    unknown_for_seconds: float | None = 0


@dataclass(frozen=True)
class RuleState:
    """Where one rule stands for one set of labels; times are site time.

    `phase` follows the breach alone: an unknown answer leaves it as it is. `unknown_told` is true while
    an alert about not knowing is open.
    """

    phase: Phase = "Inactive"
    phase_since: datetime | None = None
    answer: Answer | None = None
    answer_since: datetime | None = None
    unknown_told: bool = False


def step(
    previous: RuleState, answer: Answer, patience: Patience, now: datetime
) -> tuple[RuleState, tuple[Transition, ...]]:
    """The next state, and what happened: at most one transition about not knowing, then one about the breach.

    Only an "ok" answer ever ends a breach. When the clock went back, what was being waited for is waited
    for anew from `now`, so that no wait is longer than its patience.
    """
    known = _not_after(previous, now)
    answer_since = known.answer_since if known.answer == answer else now
    told, about_knowing = _knowing(known.unknown_told, answer, _elapsed(answer_since, now), patience)
    phase, about_breach = _breach(known.phase, answer, _elapsed(known.phase_since, now), patience)
    phase_since = known.phase_since if phase == known.phase else now
    state = RuleState(phase, phase_since, answer, answer_since, told)
    return state, tuple(each for each in (about_knowing, about_breach) if each)


def stop(previous: RuleState, now: datetime) -> tuple[RuleState, tuple[Transition, ...]]:
    """End whatever is open, because the rule is no longer judged (switched off, removed, not applicable)."""
    transitions = []
    if previous.unknown_told:
        transitions.append(Transition.UNKNOWN_RESOLVED)
    if previous.phase in ("Firing", "Recovering"):
        transitions.append(Transition.RESOLVED)
    return RuleState(phase_since=now), tuple(transitions)


def _breach(
    phase: Phase, answer: Answer, in_phase_seconds: float, patience: Patience
) -> tuple[Phase, Transition | None]:
    if answer == "unknown":
        return phase, None
    if answer == "breached":
        if phase in ("Firing", "Recovering"):
            return "Firing", Transition.SEEN_AGAIN
        waited = in_phase_seconds if phase == "Pending" else 0
        return ("Firing", Transition.OPENED) if waited >= patience.for_seconds else ("Pending", None)
    if phase in ("Inactive", "Pending"):
        return "Inactive", None
    well_for = in_phase_seconds if phase == "Recovering" else 0
    if well_for < patience.keep_firing_seconds:
        return "Recovering", None
    return "Inactive", Transition.RESOLVED


def _knowing(
    told: bool, answer: Answer, unknown_seconds: float, patience: Patience
) -> tuple[bool, Transition | None]:
    if answer != "unknown":
        return False, Transition.UNKNOWN_RESOLVED if told else None
    if told:
        return True, Transition.UNKNOWN_SEEN_AGAIN
    if patience.unknown_for_seconds is None or unknown_seconds < patience.unknown_for_seconds:
        return False, None
    return True, Transition.UNKNOWN_OPENED


def _not_after(state: RuleState, now: datetime) -> RuleState:
    if state.phase_since and state.phase_since > now:
        state = replace(state, phase_since=now)
    if state.answer_since and state.answer_since > now:
        state = replace(state, answer_since=now)
    return state


def _elapsed(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0
