"""Changes one sign or word of the product at a time and asks its tests whether they notice: `make mutants`.

The changes are cosmic-ray's operators. A sample, the same for the same seed and code, is spread over all
rooms in proportion to their size. First all tests, browsers left out, run once on a copy in which every place
to be changed is marked; then each mutant lives in a copy of the tree and is judged by the tests that were
seen to run its statement, those of its room and those that run little else first, at most thirty-two. What
runs at import is judged by the tests of the documents and of the rules, and by the test files that are
nearest: those that import the changed module, those of its room, and those that import what imports it.
Tests that fail without any change are named and judge nothing. Exit code 1 below the share that is asked.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter

from scripts.mutants.mutant import all_mutants, operators, sample
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
    asked = parser.parse_args(arguments)
    applied = operators()
    chosen = [
        one
        for one in sample(all_mutants(applied), asked.size, asked.seed)
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


if __name__ == "__main__":
    sys.exit(main())
