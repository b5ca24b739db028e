"""`python3 -m verenigingen beside BENCH`: what it says, and its exit code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from verenigingen.beside.bench import Bench, BenchFailed
from verenigingen.beside.checklist_names import CHOICES, shims_to_commit, switch_names
from verenigingen.beside.laying import Refused, lay
from verenigingen.beside.repository import GitFailed
from verenigingen.beside.tree import NEW, OLD

PROGRAM = f"python3 -m {OLD.package} beside"


def main(arguments: list[str]) -> int:
    """0 when all is as it should be, 1 when it was refused or went wrong."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.shims:
        print(shims_to_commit())
        return 0
    if not asked.bench:
        parser.error("name the folder of the bench")
    bench = Bench(Path(asked.bench).expanduser().resolve(), NEW.package)
    complaint = bench.complaint()
    if complaint:
        return _fail(complaint)
    try:
        if asked.names:
            print(switch_names(bench, asked.names))
            return 0
        lay(bench, dry_run=asked.dry_run, say=print)
    except (Refused, BenchFailed, GitFailed) as problem:
        return _fail(str(problem))
    print(what_is_left(bench, dry_run=asked.dry_run))
    return 0


def what_is_left(bench: Bench, *, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was changed."
    said = [
        f"{bench.app} lies in {bench.path}. What is left, for each site that it shall watch:",
        f"    bench --site SITE install-app {bench.app}",
        "A site that has it already: bench --site SITE migrate, then bench restart.",
    ]
    if bench.has_ours_as(OLD.package):
        said += [
            f"{bench.path}/apps/{OLD.package} is this product too. A site that has it under that name "
            "keeps all its data with, before anything else:",
            f"    bench --site SITE monitoring rename-app --to {bench.app}",
            f"When all have been moved: bench remove-app {OLD.package}, which makes room for the other app.",
        ]
    return "\n".join(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=f"Lay this app into a bench, or update it there, as {NEW.package}",
    )
    parser.add_argument("bench", nargs="?", help="the folder of the bench")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument(
        "--names",
        choices=CHOICES,
        help="let the names of the deployment checklist answer with this app's on the sites that have it, "
        "or not; nothing else is done",
    )
    parser.add_argument(
        "--shims", action="store_true", help="print the lines that do the same when the other app has them"
    )
    return parser


def _fail(problem: str) -> int:
    print(problem, file=sys.stderr)
    return 1
