"""Timing a function, and one printed line for what was found."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

COLUMNS = ("what", "size of the data", "median", "p95", "goal", "compared with")


@dataclass(frozen=True)
class Timing:
    """Milliseconds of wall-clock time, and of this process's CPU, for each call."""

    wall_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.wall_ms)

    @property
    def p95_ms(self) -> float:
        return sorted(self.wall_ms)[max(0, -(-len(self.wall_ms) * 95 // 100) - 1)]

    @property
    def median_cpu_ms(self) -> float:
        return statistics.median(self.cpu_ms)


@dataclass(frozen=True)
class Row:
    """One line of the table; every cell is text for people."""

    what: str
    size: str
    median: str
    p95: str = ""
    goal: str = ""
    compared: str = ""

    @classmethod
    def of(cls, what: str, size: str, timing: Timing, *, goal: str = "", compared: str = "") -> Row:
        median = f"{milliseconds(timing.median_ms)} (CPU {milliseconds(timing.median_cpu_ms)})"
        return cls(what, size, median, milliseconds(timing.p95_ms), goal, compared)


def timed(function: Callable[[], Any], times: int, *, warm_up: int = 1) -> Timing:
    """Call it that often after warming up."""
    for _ in range(warm_up):
        function()
    wall, cpu = [], []
    for _ in range(times):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        function()
        wall.append((time.perf_counter() - wall_start) * 1000)
        cpu.append((time.process_time() - cpu_start) * 1000)
    return Timing(tuple(wall), tuple(cpu))


def milliseconds(value: float) -> str:
    return f"{value / 1000:,.2f} s" if value >= 1000 else f"{value:.2f} ms"


def rows_text(rows: int) -> str:
    return f"{rows:,} Error Log rows"


def print_row(row: Row) -> None:
    """Print each row as soon as it is there: the large sizes take minutes."""
    cells = (row.what, row.size, row.median, row.p95, row.goal, row.compared)
    print("| " + " | ".join(cells) + " |", flush=True)


def print_table(title: str, rows: Iterable[Row]) -> None:
    print(f"\n## {title}\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS))
    for row in rows:
        print_row(row)
