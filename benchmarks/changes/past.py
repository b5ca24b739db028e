"""How long counting back takes over a million rows of logs, how long it keeps the database to itself at a
time, and how long another writer waits for it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row, Timing, milliseconds
from vuurtoren.analytics.backfill.backfilling import Filled, backfill
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

DAYS = 365
AT_ONCE = 10_000
GOAL_SECONDS, GOAL_LOCK_MS = 60, 100
ALONE_SECONDS = 10
SHARES = (("Error Log", 0.5), ("Scheduled Job Log", 0.3), ("Activity Log", 0.2))


def rows(size: int = 1_000_000) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        now = datetime(2026, 11, 4, 9, tzinfo=timezone.utc)
        site = SQLiteSite(Path(folder) / "past", clock=lambda: now, config={"time_zone": "Europe/Amsterdam"})
        for doctype, share in SHARES:
            _fill(site, doctype, int(size * share))
        path = str(site.folder / "site.db")
        alone = _waits(path, lambda: time.sleep(ALONE_SECONDS))
        filled: list[tuple[Filled, float]] = []
        locks = _Locks(site)
        waits = _waits(path, lambda: filled.append(_timed_backfill(site)))
        locked = locks.ended()
        done, seconds = filled[0]
        began = time.perf_counter()
        again = backfill(site)
        nothing_ms = (time.perf_counter() - began) * 1000
        site.store.close()
    assert not again.past
    metrics, samples = len(done.past), sum(past.samples for past in done.past)
    what = f"{done.rows:,} rows of logs read, {metrics} metrics, {samples:,} samples"
    goal = f"at most {GOAL_LOCK_MS} ms"
    return [
        Row("counting the past back", what, f"{seconds:.1f} s", "", f"at most {GOAL_SECONDS} s"),
        Row(
            "longest wait of another writer for the lock",
            f"{len(waits.wall_ms):,} writes",
            milliseconds(max(waits.wall_ms)),
            milliseconds(waits.p95_ms),
            goal,
            f"alone {milliseconds(max(alone.wall_ms))} of {len(alone.wall_ms):,} writes",
        ),
        Row(
            "lock of one of its transactions",
            f"{len(locked.wall_ms)} transactions",
            milliseconds(locked.median_ms),
            milliseconds(locked.p95_ms),
            goal,
            f"longest {milliseconds(max(locked.wall_ms))}",
        ),
        Row("counting back where nothing is missing", "", milliseconds(nothing_ms)),
    ]


class _Locks:
    """How long each transaction keeps the database to itself: from its first write to its end."""

    def __init__(self, site: SQLiteSite) -> None:
        self.store, self.write, self.commit = site.store, site.store.write, site.store.commit
        self.began: tuple[float, float] | None = None
        self.took: list[tuple[float, float]] = []
        vars(self.store).update(write=self._write, commit=self._commit)

    def ended(self) -> Timing:
        """What was seen; from here on the store is as it was."""
        del self.store.write, self.store.commit
        wall_ms, cpu_ms = zip(*self.took, strict=True)
        return Timing(wall_ms, cpu_ms)

    def _write(self, *given: Any, **how: Any) -> int:
        done = self.write(*given, **how)
        self.began = self.began or (time.perf_counter(), time.process_time())
        return done

    def _commit(self) -> None:
        self.commit()
        if self.began:
            wall, cpu = time.perf_counter() - self.began[0], time.process_time() - self.began[1]
            self.took.append((wall * 1000, cpu * 1000))
            self.began = None


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


def _waits(path: str, work: Callable[[], object]) -> Timing:
    """How long another process waited to be the writer, each time that it wrote a row during the work."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=_write_on, args=(path, theirs), daemon=True)
    other.start()
    ours.recv()
    work()
    ours.send("enough")
    wall_ms, cpu_ms = ours.recv()
    other.join(timeout=30)
    return Timing(wall_ms, cpu_ms)


def _write_on(path: str, told: Any) -> None:
    """Write a row every ten milliseconds until told otherwise; what the write itself takes is not waiting."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS benchmark (at REAL)")
    told.send("ready")
    waited: list[tuple[float, float]] = []
    while not told.poll(0.01):
        wall, cpu = time.perf_counter(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        waited.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
        connection.execute("INSERT INTO benchmark VALUES (1)")
        connection.execute("COMMIT")
    wall_ms, cpu_ms = zip(*waited, strict=True)
    told.send((wall_ms, cpu_ms))
