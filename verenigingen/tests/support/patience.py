"""No test waits for ever: what does not come is a failure that says what did not come, and after how long."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

SECONDS = 120.0
"""How long one wait may last; on a busy machine all of them end far sooner."""
TEST_SECONDS = 600.0
"""How long one test may last, whatever it waits for."""
LONGEST_SECONDS = 4 * 3600.0
"""For tests with their full numbers, which are marked as slow."""
PAUSE_SECONDS = 0.01
T = TypeVar("T")


class Waited(Protocol):
    """An event of threads or of processes."""

    def wait(self, timeout: float) -> bool: ...


class Worked(Protocol):
    """A thread or a process."""

    name: str

    def join(self, timeout: float) -> None: ...

    def is_alive(self) -> bool: ...


def happened(event: Waited, what: str, seconds: float = SECONDS) -> None:
    """Wait for an event."""
    assert event.wait(seconds), f"{what}: did not happen within {seconds:g} s"


def joined(workers: Iterable[Worked], seconds: float = SECONDS) -> None:
    """Wait for the end of threads or processes, of all together no longer than that."""
    end = time.monotonic() + seconds
    for worker in list(workers):
        worker.join(max(0.0, end - time.monotonic()))
        assert not worker.is_alive(), f"{worker.name}: has not ended within {seconds:g} s"


def results(futures: Iterable[Future[T]], seconds: float = SECONDS) -> list[T]:
    """What they return; raises what one of them raised, or TimeoutError."""
    end = time.monotonic() + seconds
    return [future.result(max(0.0, end - time.monotonic())) for future in list(futures)]


def until(done: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Ask again and again whether it is so; the first question is asked at once."""
    end = time.monotonic() + seconds
    for _ in turns(what, seconds=seconds):
        if done():
            return
        assert time.monotonic() < end, f"{what}: not so within {seconds:g} s"
        time.sleep(PAUSE_SECONDS)


def ended(process: int, seconds: float = SECONDS) -> int:
    """The status with which a child of this process ended; one that does not end is killed."""
    found: list[int] = []

    def has_ended() -> bool:
        number, status = os.waitpid(process, os.WNOHANG)
        found.extend([status] if number else [])
        return bool(number)

    try:
        until(has_ended, f"the end of process {process}", seconds)
    except AssertionError:
        os.kill(process, signal.SIGKILL)
        raise
    return found[0]


def turns(what: str, most: int = 10**6, seconds: float = SECONDS, start: int = 0) -> Iterator[int]:
    """The numbers of a loop that is left by `break`; fails when it turns too often or for too long."""
    end = time.monotonic() + seconds
    for number in range(start, start + most):
        yield number
        assert time.monotonic() < end, f"{what}: goes on after {seconds:g} s and {number + 1 - start} turns"
    raise AssertionError(f"{what}: goes on after {most} turns")


@contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """Fail whatever the main thread waits for when it lasts longer, and again each ten seconds after."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(*_: Any) -> None:
        raise AssertionError(f"{what}: lasts longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, 10)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
