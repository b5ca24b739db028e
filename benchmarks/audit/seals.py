"""Sealing, verifying and exporting a long trail, each in a process of its own for its CPU and memory."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.audit.trails import grow
from benchmarks.measuring import Row
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import export
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.site.protocol import Site

Opener = Callable[..., Site]
"""Opens the measured site in any process."""
MEGABYTE = 1024
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Measured:
    """What one step took in a process that did nothing else."""

    answer: Any
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float

    def row(self, what: str, title: str, rows: int, goal: str, compared: str) -> Row:
        median = f"{self.wall_seconds:.1f} s (CPU {self.cpu_seconds:.1f} s)"
        each = (
            f"CPU {self.cpu_seconds / max(1, rows) * MICROSECONDS:.0f} µs a row; peak {self.peak_mb:.0f} MB"
        )
        return Row(what, f"{title}, {rows:,} rows", median, goal=goal, compared=f"{each}; {compared}")


def seal_rows(title: str, opener: Opener, arguments: tuple[Any, ...], size: int) -> Iterator[Row]:
    """Let the trail grow to that size, then seal, verify and export it; the export is verified too."""
    grow(opener(*arguments), size)
    sealing = _alone(_seal, opener, arguments)
    rate = f"{sealing.answer / max(sealing.cpu_seconds, 1e-9):,.0f} rows a second of CPU"
    yield sealing.row("sealing a backlog", title, sealing.answer, "≥ 5,000 rows/s", rate)
    checking = _alone(_verify, opener, arguments)
    goal = "1,000,000 rows ≤ 60 s, < 300 MB"
    yield checking.row("verification, whole", title, checking.answer[0], goal, checking.answer[1])
    with tempfile.TemporaryDirectory() as folder:
        making = _alone(_export, opener, (*arguments, folder))
        yield making.row("export", title, checking.answer[0], "< 300 MB", "")
        outside = _alone(_verify_export, opener, (*arguments, folder))
        yield outside.row("stand-alone verifier", title, checking.answer[0], "< 300 MB", outside.answer)
        shutil.rmtree(folder, ignore_errors=True)


def _alone(step: Callable[..., Any], opener: Opener, arguments: tuple[Any, ...]) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (step, opener, arguments))


def _measured(step: Callable[..., Any], opener: Opener, arguments: tuple[Any, ...]) -> Measured:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = step(opener, *arguments)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    return Measured(answer, time.perf_counter() - wall, time.process_time() - cpu, peak_mb)


def _seal(opener: Opener, *arguments: Any) -> int:
    return seal(opener(*arguments)).sealed


def _verify(opener: Opener, *arguments: Any) -> tuple[int, str]:
    site = opener(*arguments)
    notes = site.get_all(CHECKPOINT, ["note"], order_by="sequence desc", limit=1)
    result = verify(site, anchors=[Anchor.from_note(notes[0]["note"])])
    return site.count(LOG), result.answer.partition(":")[0]


def _export(opener: Opener, *arguments: Any) -> None:
    *opening, folder = arguments
    export(opener(*opening), Path(folder) / "export")


def _verify_export(opener: Opener, *arguments: Any) -> str:
    *opening, folder = arguments
    key = load_public_keys(opener(*opening))[0].text
    with (Path(folder) / "said").open("w") as said, redirect_stdout(said):
        code = verify_sepa_audit.main([str(Path(folder) / "export"), "--key", key])
    return ("ok", "tampered", "incomplete", "not checked")[code]
