"""A copy of the tree in which one mutant at a time lives, and what the tests say of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from scripts.mutants.mutant import ROOT, Mutant
from scripts.mutants.reach import Reach, run_tests

CAUGHT, SURVIVED, UNDECIDED = "caught", "SURVIVED", "undecided"
NO_TESTS = 5
"""pytest's exit code when all that was asked for is left out, as browsers are."""
WAVE_SECONDS = 300
"""A test that hangs ends by its own limit; what lasts longer is a slow machine, and says nothing."""


class Copy:
    """A copy of the tree in which one mutant at a time lives."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        for name in filter(None, tracked.stdout.split("\0")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "."], cwd=root, check=True)

    def outcome(self, mutant: Mutant, operator: Any, waves: Iterable[list[str]], without: list[str]) -> str:
        """`CAUGHT` when a test fails with this change in place, else `SURVIVED`; `UNDECIDED` out of time."""
        from cosmic_ray.mutating import MutationVisitor

        module = self.root / mutant.module
        original, times = module.read_text(encoding="utf-8"), module.stat()
        changed = MutationVisitor.mutate_code(original, operator, mutant.occurrence)
        assert changed and changed != original, f"{mutant} changes nothing"
        try:
            module.write_text(changed, encoding="utf-8")
            # a compiled file is told by seconds and size: a time of its own makes sure that this one is read
            os.utime(module, (time.time(), times.st_mtime + 1 + mutant.occurrence))
            outcomes = set()
            for files in waves:
                outcomes.add(self._run(files, without))
                if CAUGHT in outcomes:
                    return CAUGHT
            return UNDECIDED if UNDECIDED in outcomes else SURVIVED
        finally:
            module.write_text(original, encoding="utf-8")
            os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _run(self, tests: list[str], without: list[str]) -> str:
        deselected = [f"--deselect={test}" for test in without]
        try:
            status, _failed = run_tests(self.root, ["-x", *deselected, *tests], WAVE_SECONDS)
        except subprocess.TimeoutExpired:
            return UNDECIDED
        return SURVIVED if status in (0, NO_TESTS) else CAUGHT


def try_all(mutants: list[Mutant], applied: dict[str, Any], workers: int) -> dict[Mutant, str]:
    """Each mutant with its outcome, printed as it is known."""
    with tempfile.TemporaryDirectory() as folder:
        reach = Reach(Copy(Path(folder) / "reach").root, mutants, workers)
        print(f"{len(reach.tests)} of {len(mutants)} changes stand where tests were seen to run", flush=True)
        print(*(f"failed without any change: {test}" for test in reach.failed), sep="\n", flush=True)
        free: SimpleQueue[Copy] = SimpleQueue()
        for number in range(workers):
            free.put(Copy(Path(folder) / str(number)))

        def try_one(mutant: Mutant) -> str:
            copy = free.get()
            try:
                outcome = copy.outcome(mutant, applied[mutant.operator], reach.waves(mutant), reach.failed)
            finally:
                free.put(copy)
            print(f"{outcome:<10}{mutant}", flush=True)
            return outcome

        with ThreadPoolExecutor(workers) as pool:
            return dict(zip(mutants, pool.map(try_one, mutants), strict=True))
