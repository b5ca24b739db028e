"""`python -m benchmarks`: print the tables, on an embedded site and in every bench site that is named."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks import bank_files, compliance, embedded, pages
from benchmarks.audit import embedded as audit_embedded
from benchmarks.changes import past, ranking
from benchmarks.detectors import learning
from benchmarks.detectors import rows as detectors
from benchmarks.measuring import print_table

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    given = _arguments()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {psutil.cpu_count()} CPUs,", end=" "
    )
    print(f"load {os.getloadavg()[0]:.1f}: medians and ratios count, the machine is shared")
    if given.detectors:
        print_table("Detectors", detectors.rows(given.detector_seeds, given.numenta))
        print_table("What learning costs", learning.rows())
        return
    if not given.bench_only:
        embedded.run(given.rows, given.writer_seconds)
        audit_embedded.run(given.audit_rows, given.mutations, given.clean_runs)
        bank_files.run()
        print_table("SEPA rules, embedded", compliance.rows(given.mandates))
        print_table("what changed before a fault", ranking.rows())
        print_table("The pages of the demo", pages.rows())
        print_table("the past, counted back", past.rows(max(given.rows)))
        print_table("Detectors", detectors.rows(given.detector_seeds, given.numenta))
        print_table("What learning costs", learning.rows())
    for bench, site in given.bench:
        _run_in_bench(Path(bench).resolve(), site, given)
        _audit_in_bench(Path(bench).resolve(), site, given)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--writer-seconds", type=float, default=20)
    parser.add_argument(
        "--bench",
        nargs=2,
        action="append",
        default=[],
        metavar=("BENCH", "SITE"),
        help="a bench and a scratch site of it: rows are added to it and taken out again",
    )
    parser.add_argument(
        "--disposable",
        action="store_true",
        help="the sites of --bench are thrown away afterwards: measure their audit trails too, whose events"
        " nobody can take out again",
    )
    parser.add_argument("--audit-rows", type=int, default=1_000_000, help="events to seal and to verify")
    parser.add_argument("--soak-rows", type=int, default=10_000, help="events of 16 writers in a bench")
    parser.add_argument(
        "--mandates", type=int, default=100_000, help="with ten usages each, for the SEPA rules"
    )
    parser.add_argument("--mutations", type=int, default=10_080, help="changes that must be found")
    parser.add_argument("--clean-runs", type=int, default=1_000, help="trails that nobody touched")
    parser.add_argument("--detectors", action="store_true", help="what the detectors find, and nothing else")
    parser.add_argument("--detector-seeds", type=int, default=5, help="years of each of ten courses")
    parser.add_argument("--numenta", type=Path, help="a folder in the form of the Numenta corpus, judged too")
    parser.add_argument("--bench-only", action="store_true", help="leave the embedded site out")
    return parser.parse_args()


def _run_in_bench(bench: Path, site: str, given: argparse.Namespace) -> None:
    command: list[str | Path] = [
        bench / "env" / "bin" / "python",
        "-m",
        "benchmarks.in_bench",
        site,
        "--rows",
    ]
    command += [*map(str, given.rows), "--writer-seconds", str(given.writer_seconds)]
    _in_bench(bench, command)


def _audit_in_bench(bench: Path, site: str, given: argparse.Namespace) -> None:
    if not given.disposable:
        print(f"\nThe audit trail of {site} is left out: its events stay for ever; see --disposable")
        return
    command: list[str | Path] = [bench / "env" / "bin" / "python", "-m", "benchmarks.audit.in_bench", site]
    command += ["--audit-rows", str(given.audit_rows), "--soak-rows", str(given.soak_rows)]
    _in_bench(bench, [*command, "--writer-seconds", str(given.writer_seconds)])


def _in_bench(bench: Path, command: Sequence[str | Path]) -> None:
    subprocess.run(command, cwd=bench / "sites", env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)


if __name__ == "__main__":
    main()
