"""How often the change that caused a fault is among the first three that are named."""

from __future__ import annotations

from benchmarks.changes.corpus import DECOYS, FAULTS, cases
from benchmarks.measuring import Row, timed
from vuurtoren.changes.suspects import ranked

GOAL = 0.9
CORPORA = 20


def found(seed: int, faults: int = FAULTS, most: int = 3) -> float:
    """The share of the faults of one corpus whose cause is among the first `most`."""
    right = [
        any(case.cause in each.changes for each in ranked(case.changes, case.fault, most))
        for case in cases(seed, faults)
    ]
    return sum(right) / len(right)


def rows() -> list[Row]:
    shares = [found(seed) for seed in range(CORPORA)]
    first = [found(seed, most=1) for seed in range(CORPORA)]
    case = next(cases(0))
    size = f"{CORPORA} corpora of {FAULTS} faults, {DECOYS} decoys each"
    timing = timed(lambda: ranked(case.changes, case.fault), 200)
    return [
        Row(
            "the cause among the first three changes",
            size,
            f"{_percent(sum(shares) / CORPORA)}",
            f"worst {_percent(min(shares))}",
            f"at least {GOAL:.0%}",
        ),
        Row(
            "the cause named first", size, _percent(sum(first) / CORPORA), f"worst {_percent(min(first))}", ""
        ),
        Row.of("ranking the changes before a fault", f"{len(case.changes)} changes", timing),
    ]


def _percent(share: float) -> str:
    return f"{share:.1%}"
