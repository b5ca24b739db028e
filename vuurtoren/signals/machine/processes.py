"""Memory of the bench's own processes on this machine: web, workers, scheduler, Redis, node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from vuurtoren.metrics.hosts import of_each_host
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.signals.machine.counters import readable
from vuurtoren.site.words.words import Words

KEY = "host.bench_memory_bytes"
PROMISES = {
    KEY: Promise(
        "bytes",
        "Memory of the bench",
        "What the web server, workers, scheduler and Redis of this bench hold.",
    )
}
SHOWN_PROGRAMS = 5


def measure_processes(context: Context) -> Iterable[Metric]:
    """Resident memory; pages that processes share count once for each of them."""
    bench = bench_folder(context.site.site_path())
    by_program: Counter[str] = Counter()
    for name, resident_bytes in readable(Words("the process list"), lambda: list(_processes(bench))):
        by_program[name] += resident_bytes
    evidence = [
        {"program": name, "bytes": resident} for name, resident in by_program.most_common(SHOWN_PROGRAMS)
    ]
    yield context.known(KEY, sum(by_program.values()), evidence=evidence)


def bench_folder(site_path: Path) -> Path | None:
    """The bench that a site folder belongs to; None for an embedded site, which is one process."""
    return site_path.parent.parent if site_path.parent.name == "sites" else None


def _processes(bench: Path | None) -> Iterator[tuple[str, int]]:
    if bench is None:
        own = psutil.Process()
        yield own.name(), own.memory_info().rss
        return
    for process in psutil.process_iter():
        try:
            # Everything that bench starts works in the bench's folder; others' folders are not ours to see.
            working_folder = Path(process.cwd())
            if working_folder == bench or bench in working_folder.parents:
                yield process.name(), process.memory_info().rss
        except (psutil.Error, OSError):
            continue


SOURCES = (Source("host.processes", PROMISES, of_each_host(measure_processes), keep_seconds=300, local=True),)
