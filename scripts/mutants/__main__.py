"""Changes one sign or word of the product at a time and asks its tests whether they notice: `make mutants`.

The changes are cosmic-ray's operators. A sample, the same for the same seed and code, is spread over all
rooms in proportion to their size. First all tests, browsers left out, run once on a copy in which every place
to be changed is marked; then each mutant lives in a copy of the tree and is judged by the tests that were
seen to run its statement, those of its room and those that run little else first, at most thirty-two. What
runs at import is judged by the tests of the documents, of the rules and of the house, and by those that run
what reads it. What no test was seen to run is judged by the test files that are nearest: those that import
the changed module, those of its room, and those that import what imports it.
Tests that fail without any change are named and judge nothing. What was printed can be given again: then only
what it does not call caught is tried. Exit code 1 below the share that is asked.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from scripts.mutants.mutant import ROOT, Mutant, all_mutants, mutants_of, named_in, operators, sample
from scripts.mutants.trial import CAUGHT, SURVIVED, UNDECIDED, try_all


def main(arguments: list[str] | None = None) -> int:
    """Tries a sample and prints what survived, by room, and the share that was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--share", type=float, default=0.9, help="of the mutants that must be caught")
    parser.add_argument("--only", default="", help="modules whose path begins so")
    parser.add_argument("--list", action="store_true", help="name the sample without trying it")
    parser.add_argument("--again", type=Path, help="what an earlier run printed: only what it left uncaught")
    asked = parser.parse_args(arguments)
    applied = operators()
    named = still_there(asked.again, applied) if asked.again else None
    chosen = [
        one
        for one in (sample(all_mutants(applied), asked.size, asked.seed) if named is None else named)
        if one.module.startswith(asked.only)
    ]
    if asked.list:
        print(*chosen, sep="\n")
        return 0
    results = try_all(chosen, applied, asked.workers)
    counts = Counter(results.values())
    lost = Counter(mutant.room for mutant, outcome in results.items() if outcome == SURVIVED)
    share = counts[CAUGHT] / (counts[CAUGHT] + counts[SURVIVED] or 1)
    survived = ", ".join(f"{room} {count}" for room, count in sorted(lost.items())) or "none"
    print(
        f"{counts[CAUGHT]} caught ({share:.1%}), {counts[UNDECIDED]} undecided; survived by room: {survived}"
    )
    return 0 if share >= asked.share else 1


def still_there(printed: Path, applied: dict[str, Any]) -> list[Mutant]:
    """What an earlier run printed and did not call caught; says which of it the code no longer has."""
    named = named_in(printed.read_text(encoding="utf-8"))
    modules = {path for mutant in named if (path := ROOT / mutant.module).exists()}
    there = {mutant for module in modules for mutant in mutants_of(module, applied)}
    gone = [mutant for mutant in named if mutant not in there]
    print(*(f"no longer there: {mutant}" for mutant in gone), sep="\n", file=sys.stderr)
    return [mutant for mutant in named if mutant in there]


if __name__ == "__main__":
    sys.exit(main())
