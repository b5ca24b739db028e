"""Which exception of a traceback names the error: the cause behind the others, or what interrupted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vuurtoren.error_kinds.reading.tracebacks import CONTEXT, QUOTED, Frame, Raised
from vuurtoren.error_kinds.reading.whose_code import place_of

INTERRUPTS = {
    "AbortedError",
    "BaseTimeoutException",
    "CancelledError",
    "HorseMonitorTimeoutException",
    "JobTimeoutException",
    "KeyboardInterrupt",
    "ShutDownImminentException",
    "JobTimeout",
    "Shutdown",
    "SoftTimeLimit",
    "SoftTimeLimitExceeded",
    "StopRequested",
    "TaskTimeout",
    "TimeLimit",
    "TimeLimitExceeded",
    "WorkerLostError",
    "WorkerShutdown",
    "WorkerTerminate",
    "WorkerTimeout",
}
_MISSES = {
    "AttributeError",
    "DoesNotExist",
    "DoesNotExistError",
    "Empty",
    "FileNotFoundError",
    "ImportError",
    "IndexError",
    "KeyError",
    "LookupError",
    "ModuleNotFoundError",
    "StopIteration",
    "TemplateNotFound",
}
_NAMES_THE_ERROR = re.compile(r"\b(?:e|ex|exc|err|error|exception|log\w*)\b", re.IGNORECASE)
_SHORTEST_REPEAT = 8
LONGEST_CHAIN = 40


@dataclass(frozen=True)
class Decided:
    """The exception that names the error, with all frames that led to it, outermost first."""

    raised: Raised
    frames: list[Frame]


def interrupt(chain: list[Raised]) -> Decided | None:
    """What stopped the work from outside, wherever in the chain or in its groups; None where nothing did."""
    for raised in _all(chain):
        if raised.name in INTERRUPTS or (
            raised.name == "SystemExit" and not raised.message.strip("0123456789 -")
        ):
            return Decided(raised, chain[-1].frames or raised.frames)
    return None


def deciding(chain: list[Raised]) -> Decided:
    """The first cause, unless a later exception stands for itself: see `_retold` and `_fallback`."""
    chain = chain[-LONGEST_CHAIN:]
    at = len(chain) - 1
    decided = Decided(chain[at], chain[at].frames)
    frames = decided.frames
    if chain[at].link == QUOTED:
        return Decided(chain[at], _joined(chain[at - 1].frames, frames))
    while at > 0:
        later, earlier = chain[at], chain[at - 1]
        if earlier.link == QUOTED and at > 1:
            return Decided(earlier, _joined(_joined(frames, chain[at - 2].frames), earlier.frames))
        if later.link == CONTEXT and _fallback(later, earlier):
            break
        frames = _joined(frames, earlier.frames)
        if not _retold(later, earlier):
            decided = Decided(earlier, frames)
        at -= 1
    return decided


def _all(chain: list[Raised]) -> Iterator[Raised]:
    for raised in chain:
        yield raised
        for beside in raised.beside:
            yield from _all(beside)


def _joined(outer: list[Frame], inner: list[Frame]) -> list[Frame]:
    """The frames of a caught exception: those above the one that caught it stand only in the later one."""
    if not inner:
        return outer
    caught = _catching(outer, inner)
    return inner if caught is None else outer[:caught] + inner


def _catching(outer: list[Frame], inner: list[Frame]) -> int | None:
    if not inner:
        return None
    path, function = inner[0].path, inner[0].function
    for at, frame in enumerate(outer):
        if frame.function == function and frame.path == path:
            return at
    return None


def _retold(later: Raised, earlier: Raised) -> bool:
    """Whether a framework or a library says the same error in its own class, as QueryDeadlockError does."""
    if not earlier.frames or place_of(earlier.frames[0]).owner == "app":
        return False
    said = earlier.message.strip("()'\"")[:60].rstrip("'\"")
    return len(said) >= _SHORTEST_REPEAT and said in later.message + later.more


def _fallback(later: Raised, earlier: Raised) -> bool:
    """Whether something was merely not found, and what was done instead failed for a reason of its own."""
    if earlier.name not in _MISSES:
        return False
    caught = _catching(later.frames, earlier.frames)
    if caught is None or _NAMES_THE_ERROR.search(later.frames[caught].source):
        return False
    return any(not place_of(frame).throwing for frame in later.frames[caught + 1 :])
