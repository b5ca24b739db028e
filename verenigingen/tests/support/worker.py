"""A worker of this site in a process of its own, which does real work and may be killed by SIGKILL."""

from __future__ import annotations

import os
import select
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import frappe

from verenigingen.tests.support.patience import ended, happened, until

Dies = Callable[[int, bool], bool]
"""Whether it dies at this commit (counted from 1): asked before it is made (False) and after it (True)."""


def at(step: int) -> Dies:
    """At the n-th of: before the first commit, after it, before the second one, …"""
    return lambda number, made: number * 2 - (not made) == step


def once(condition: Callable[[], object]) -> Dies:
    """After the first commit that makes the condition true."""
    return lambda number, made: made and bool(condition())


def never(number: int, made: bool) -> bool:
    return False


@dataclass
class Worker:
    """A process with a database connection of its own; `end` waits for it, `kill` ends it at once."""

    process: int
    connection: int

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        self.end()

    def end(self) -> bool:
        """Wait for its end and until the server has undone what it left unfinished; whether it was killed."""
        status = ended(self.process)
        until(lambda: not _connected(self.connection), "the server has ended the worker's connection")
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the worker raised, see its traceback"
        return os.WIFSIGNALED(status)


def begin(work: Callable[[], object], dies: Dies = never) -> Worker:
    """Have a new process do the work, beginning with what is committed now."""
    frappe.db.commit()
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        _be_the_worker(work, dies, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        happened(_Readable(reader), "a worker that connects to the database")
        return Worker(process, int(told.read()))


class _Readable:
    """The end of a pipe: it happens when something was written into it, or its writer is gone."""

    def __init__(self, end: int) -> None:
        self.end = end

    def wait(self, timeout: float) -> bool:
        return bool(select.select([self.end], [], [], timeout)[0])


def killed(work: Callable[[], object], dies: Dies) -> bool:
    """Have a new process do the work until it dies; whether it did."""
    return begin(work, dies).end()


def _be_the_worker(work: Callable[[], object], dies: Dies, writer: int) -> None:
    """Never returns: neither the test runner nor the parent's connection may be ended by this process."""
    try:
        inherited = frappe.local.db
        frappe.connect(set_admin_as_user=False)
        assert frappe.local.db is not inherited
        os.write(writer, str(_own_connection()).encode())
        os.close(writer)
        _let_die(dies)
        work()
        frappe.db.commit()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _let_die(dies: Dies) -> None:
    commit, done = frappe.local.db.commit, [0]

    def counted() -> None:
        done[0] += 1
        for made in (False, True):
            if made:
                commit()
            if dies(done[0], made):
                os.kill(os.getpid(), signal.SIGKILL)

    frappe.local.db.commit = counted


def _own_connection() -> int:
    own = {"mariadb": "SELECT CONNECTION_ID()", "postgres": "SELECT pg_backend_pid()"}
    return int(frappe.db.sql(own[frappe.db.db_type])[0][0])


def _connected(connection: int) -> bool:
    there = {
        "mariadb": "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = %s",
        "postgres": "SELECT 1 FROM pg_stat_activity WHERE pid = %s",
    }
    frappe.db.rollback()
    return bool(frappe.db.sql(there[frappe.db.db_type], (connection,)))
