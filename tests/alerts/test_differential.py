"""Two, four and eight evaluators at once must store and tell what one does, over random series."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from tests.conftest import MovableClock, RememberingPostman
from verenigingen.tests.support.patience import SECONDS, results
from verenigingen.tests.support.random_watch import Seen, Watch, random_watch, see
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail

EVALUATORS = (2, 4, 8)
TICKS = 16
MEMORY = Path("/dev/shm")
"""A folder without a disk behind it, where there is one: the full numbers are many small transactions."""


class SQLitePlace:
    """One SQLite file with a connection for each evaluator, which keeps its own thread."""

    def __init__(self, folder: Path, evaluators: int, pool: ThreadPoolExecutor) -> None:
        self.clock, self.postman = MovableClock(), RememberingPostman()
        self.site: Site = SQLiteSite(
            folder,
            clock=self.clock,
            config={"time_zone": "Europe/Amsterdam", "alert_recipients": ["beheer@vereniging.example"]},
            postman=self.postman,
            name="vereniging.example",
        )
        self.evaluators, self.pool = evaluators, pool

    @property
    def sent(self) -> list[Mail]:
        return self.postman.sent

    def move(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    def at_once(self, work: Callable[[Site], None]) -> None:
        together = Barrier(self.evaluators)

        def one() -> None:
            together.wait(SECONDS)
            work(self.site)

        results([self.pool.submit(one) for _ in range(self.evaluators)])


@contextmanager
def place(evaluators: int) -> Iterator[SQLitePlace]:
    base = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=base) as folder, ThreadPoolExecutor(evaluators) as pool:
        yield SQLitePlace(Path(folder), evaluators, pool)


def seen_by(evaluators: int, watch: Watch) -> Seen:
    with place(evaluators) as where:
        return see(where, watch)


def differences(watch: Watch) -> list[str]:
    """In words: which number of evaluators stored or told something else than one."""
    alone = seen_by(1, watch)
    assert alone.alerts and alone.messages, "nothing happened, so nothing was compared"
    found = []
    for evaluators in EVALUATORS:
        together = seen_by(evaluators, watch)
        found += [
            f"seed {watch.seed}, {evaluators} evaluators: {what}"
            for what in ("alerts", "states", "deliveries", "messages")
            if getattr(together, what) != getattr(alone, what)
        ]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_several_evaluators_store_and_tell_what_one_does_of_a_few_series(seed: int) -> None:
    assert differences(random_watch(seed, rules=3, labels=3, ticks=TICKS)) == []


def test_several_evaluators_store_and_tell_what_one_does_of_many_series() -> None:
    assert differences(random_watch(77, rules=5, labels=10, ticks=8)) == []


@pytest.mark.slow
def test_no_difference_over_ten_thousand_random_series() -> None:
    """Small sites, which get a message for each alert, and large ones, which get summaries."""
    wanted = int(os.environ.get("RANDOM_SERIES", "10000"))
    series, found, seed = 0, [], 1000
    while series < wanted:
        rules, labels = (3, 3) if seed % 2 else (10, 40)
        found += differences(random_watch(seed, rules, labels, TICKS))
        series, seed = series + rules * labels, seed + 1
        print(f"{series} of {wanted} series, {len(found)} differences", flush=True)
    assert found == []
