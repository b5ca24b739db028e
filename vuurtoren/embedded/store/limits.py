"""Work with a limit that holds: in a thread beside the caller's, which is left behind when it hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from vuurtoren.site.errors import Unavailable

if TYPE_CHECKING:
    from vuurtoren.embedded.store.sqlite_site import SQLiteSite

Result = TypeVar("Result")
_Task = tuple[str, "Future[Any]", Callable[[], Any]]
"""The language to speak, and what is to be done in it."""
_hanging: dict[tuple[str, str], Future[Any]] = {}
"""By folder and name, what did not answer in time; it is not begun again until it has."""


class Limits:
    """Runs one piece of work after another; one that hangs keeps its thread, and the next gets a new one."""

    def __init__(self, site: SQLiteSite) -> None:
        self._site = site
        self._tasks: SimpleQueue[_Task | None] | None = None

    def __call__(self, name: str, seconds: float, work: Callable[[], Result]) -> Result:
        """What the work gives or raises; raises Unavailable when that takes longer."""
        if self._site.store.in_transaction:
            return work()  # what is not committed is seen by this thread alone
        place = (str(self._site.folder), name)
        before = _hanging.get(place)
        if before and not before.done():
            raise Unavailable("it has not answered since an earlier round")
        future: Future[Result] = Future()
        self._begin().put((self._site.language(), future, work))
        if wait([future], timeout=seconds).not_done:
            _hanging[place] = future
            self.end()
            raise Unavailable("it has not answered within {0} s", f"{seconds:g}")
        return future.result()

    def end(self) -> None:
        """Let the thread go: at once, or when its work is done."""
        if self._tasks:
            self._tasks.put(None)
        self._tasks = None

    def _begin(self) -> SimpleQueue[_Task | None]:
        if self._tasks is None:
            self._tasks = SimpleQueue()
            given = (self._site, self._site.user(), self._tasks)
            threading.Thread(target=_work, args=given, name="within a limit", daemon=True).start()
        return self._tasks


@contextmanager
def limits(site: SQLiteSite) -> Iterator[Limits]:
    made = Limits(site)
    try:
        yield made
    finally:
        made.end()


def _work(site: SQLiteSite, user: str, tasks: SimpleQueue[_Task | None]) -> None:
    """As the user for whom it is done and in the language that was spoken, with a connection of its own."""
    try:
        while task := tasks.get():
            _do(site, user, *task)
    finally:
        site.store.close()


def _do(site: SQLiteSite, user: str, language: str, future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        with site.as_user(user), site.speaking(language):
            result = work()
            site.commit()
    except BaseException as failure:  # for the thread that asked, which may go on at once
        try:
            _undo(site)
        finally:
            future.set_exception(failure)
    else:
        future.set_result(result)


def _undo(site: SQLiteSite) -> None:
    """Nothing of it is kept: a connection that cannot even roll back is closed, which does the same."""
    try:
        site.rollback()
    except Exception:
        site.store.close()
