"""What a tick of each of many embedded sites costs in one process: `python -m benchmarks.many_sites 200`."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo.builders import log_errors
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.checks import run_job

USUALLY = 200
ROUNDS = 3
MINUTES_BETWEEN = 4


@contextmanager
def site_of(folder: Path, moment: datetime) -> Iterator[SQLiteSite]:
    site = SQLiteSite(
        folder, clock=lambda: moment, config={"time_zone": "Europe/Amsterdam"}, name=folder.name
    )
    use_site(site)
    with closing(site.store):
        yield site


def measure(folder: Path, sites: int) -> None:
    """Make the sites, tick each of them in each round, and print what a tick took."""
    began = datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)
    folders = [folder / f"site-{number:03}.example" for number in range(sites)]
    for each in folders:
        with site_of(each, began) as site:
            ensure_keys(site)
            log_errors(site, 20, minutes=30)
            site.commit()
    for turn in range(ROUNDS):
        seconds, before = list[float](), _cpu_seconds()
        for each in folders:
            at = time.perf_counter()
            with site_of(each, began + timedelta(minutes=MINUTES_BETWEEN * (turn + 1))) as site:
                if problem := run_job(site, "tick"):
                    raise SystemExit(f"{each.name}: {problem}")
            seconds.append(time.perf_counter() - at)
        cpu = _cpu_seconds() - before
        told = f"median {statistics.median(seconds) * 1000:.0f} ms, worst {max(seconds) * 1000:.0f} ms"
        print(f"round {turn + 1}: {sites} ticks in {sum(seconds):.1f} s ({cpu:.1f} s of CPU), {told}")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        measure(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else USUALLY)
