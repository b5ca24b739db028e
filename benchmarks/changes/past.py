"""How long counting back takes over a million rows of logs, and how long it keeps another writer waiting."""

from __future__ import annotations

import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row, milliseconds
from vuurtoren.analytics.backfill.backfilling import Filled, backfill
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

DAYS = 365
AT_ONCE = 10_000
GOAL_SECONDS, GOAL_LOCK_MS = 60, 100
SHARES = (("Error Log", 0.5), ("Scheduled Job Log", 0.3), ("Activity Log", 0.2))


def rows(size: int = 1_000_000) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        now = datetime(2026, 11, 4, 9, tzinfo=timezone.utc)
        site = SQLiteSite(Path(folder) / "past", clock=lambda: now, config={"time_zone": "Europe/Amsterdam"})
        for doctype, share in SHARES:
            _fill(site, doctype, int(size * share))
        path = str(site.folder / "site.db")
        alone_ms, _writes = _longest_wait(path, lambda: time.sleep(3))
        filled: list[tuple[Filled, float]] = []
        longest_ms, writes = _longest_wait(path, lambda: filled.append(_timed_backfill(site)))
        done, seconds = filled[0]
        began = time.perf_counter()
        again = backfill(site)
        nothing_ms = (time.perf_counter() - began) * 1000
        site.store.close()
    assert not again.past
    metrics, samples = len(done.past), sum(past.samples for past in done.past)
    what = f"{done.rows:,} rows of logs read, {metrics} metrics, {samples:,} samples"
    goal, alone = f"at most {GOAL_LOCK_MS} ms", f"alone {milliseconds(alone_ms)}"
    return [
        Row("counting the past back", what, f"{seconds:.1f} s", "", f"at most {GOAL_SECONDS} s"),
        Row(
            "longest wait of another writer", f"{writes:,} writes", milliseconds(longest_ms), "", goal, alone
        ),
        Row("counting back where nothing is missing", "", milliseconds(nothing_ms)),
    ]


def _fill(site: SQLiteSite, doctype: str, size: int) -> None:
    """Evenly over a year; of jobs one in ten failed, of log-ins one in five was refused."""
    end, step = site.now(), timedelta(days=DAYS) / size
    told = {
        "Error Log": lambda number: {"method": f"error {number % 97}", "error": "Traceback"},
        "Scheduled Job Log": lambda number: {"status": "Complete" if number % 10 else "Failed"},
        "Activity Log": lambda number: {
            "operation": "Login",
            "status": "Success" if number % 5 else "Failed",
        },
    }[doctype]
    for first in range(0, size, AT_ONCE):
        some = []
        for number in range(first, min(first + AT_ONCE, size)):
            at = end - step * (size - number)
            some.append(
                {"name": f"{number * 7919 % size:07d}", "creation": at, "modified": at, **told(number)}
            )
        site.seed(doctype, some)
        site.commit()


def _timed_backfill(site: SQLiteSite) -> tuple[Filled, float]:
    began = time.perf_counter()
    return backfill(site), time.perf_counter() - began


def _longest_wait(path: str, work: Callable[[], object]) -> tuple[float, int]:
    """The longest time in milliseconds that another process waited to write a row during the work, and how
    many rows it wrote."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=_write_on, args=(path, theirs), daemon=True)
    other.start()
    ours.recv()
    work()
    ours.send("enough")
    longest_ms, writes = ours.recv()
    other.join(timeout=30)
    return float(longest_ms), int(writes)


def _write_on(path: str, told: Any) -> None:
    """Write a row every ten milliseconds until told otherwise."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS benchmark (at REAL)")
    told.send("ready")
    longest_ms, writes = 0.0, 0
    while not told.poll(0.01):
        began = time.perf_counter()
        connection.execute("INSERT INTO benchmark VALUES (1)")
        longest_ms = max(longest_ms, (time.perf_counter() - began) * 1000)
        writes += 1
    told.send((longest_ms, writes))
