"""One running monitor per data folder: its lock, its port, its threads, and how it stops."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from vuurtoren.embedded.scheduler import Scheduler
from vuurtoren.embedded.server.gate import Gate, check_binding
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.private_files import private_folder
from vuurtoren.site.words.words import Words, reason

LOCK_FILE = "running.lock"
SILENT_VISITOR_SECONDS = 30
WHOLE_REQUEST_SECONDS = 120
"""A visitor that sends a little now and then is let go as well, and so is one that takes its answer so."""
MOST_CONNECTIONS = 64


class CannotStart(Exception):
    """The monitor cannot start; the text is one sentence that names the fix."""


@dataclass(frozen=True)
class Address:
    """Where to listen and under which conditions; `names` are further host names to answer to."""

    host: str = "127.0.0.1"
    port: int = 8000
    password: str = ""
    names: tuple[str, ...] = ()
    reader_password: str = ""

    @property
    def url(self) -> str:
        shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"


class QuietHandler(WSGIRequestHandler):
    """Serves one connection; requests are in the access log, and a visitor that says nothing is let go."""

    timeout = SILENT_VISITOR_SECONDS

    def setup(self) -> None:
        super().setup()
        self._end = threading.Timer(WHOLE_REQUEST_SECONDS, self._let_go)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        self._end.cancel()
        super().finish()

    def _let_go(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def version_string(self) -> str:
        return "verenigingen"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class BoundedServer(ThreadedWSGIServer):
    """A thread a connection, and never more than `MOST_CONNECTIONS`: one too many is closed at once."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process; raises CannotStart while another process holds it."""
    private_folder(folder)
    with (folder / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                Words(
                    "A monitor already runs on {0} (process {1}): stop it first, or name another "
                    "folder with --data.",
                    folder,
                    lock.read().strip() or "unknown",
                )
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def is_held(folder: Path) -> bool:
    """Whether another process runs a monitor on the data folder."""
    try:
        with (folder / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def listen(address: Address) -> socket.socket:
    """A listening socket; raises CannotStart where the address is taken, foreign or not allowed."""
    try:
        check_binding(address.host, address.password, address.reader_password)
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family)
    except ValueError as refusal:
        raise CannotStart(reason(refusal)) from None
    except OverflowError:
        raise CannotStart(Words("There is no port {0}: choose one from 1 to 65535.", address.port)) from None
    except OSError as problem:
        raise CannotStart(_why_not(address, problem)) from None


def _why_not(address: Address, problem: OSError) -> Words:
    if isinstance(problem, PermissionError):
        return Words("Port {0} is reserved for the system: choose one from 1024 on.", address.port)
    if "in use" in str(problem):
        return Words(
            "Port {0} on {1} is taken by another program: choose another one, for example --port {2} "
            "(make demo PORT={2}).",
            address.port,
            address.host,
            address.port + 1,
        )
    return Words("Cannot listen on {0}: {1}.", address.host, problem.strerror or problem)


def serve(
    site: SQLiteSite,
    scheduler: Scheduler,
    address: Address,
    listener: socket.socket,
    ready: Callable[[], None],
) -> None:
    """Answer requests and run jobs until SIGINT or SIGTERM, then let both finish what they are doing."""
    port = listener.getsockname()[1]
    gate = Gate(address.host, port, address.password, address.names, address.reader_password)
    with listener:
        server = BoundedServer(
            address.host, port, Application(site, gate), QuietHandler, fd=listener.fileno()
        )
        with stop_on_signals() as wait_for_one:
            _run_until(wait_for_one, server, scheduler, ready)


def _run_until(
    stopped: Callable[[], object], server: BaseWSGIServer, scheduler: Scheduler, ready: Callable[[], None]
) -> None:
    answering = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    answering.start()
    try:
        scheduler.start()
        ready()
        stopped()
    finally:
        server.shutdown()
        answering.join()
        scheduler.stop()
        server.server_close()


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], object]]:
    """A function that waits for the first SIGINT or SIGTERM; a second one ends the process at once.

    What is waited for comes over a socket that Python fills the moment a signal arrives: a wait for an event
    or a lock sleeps through a signal that arrives just before it.
    """
    told, tell = socket.socketpair()
    tell.setblocking(False)

    def end_at_the_next(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)

    with told, tell:
        wakeup = signal.set_wakeup_fd(tell.fileno())
        before = {
            number: signal.signal(number, end_at_the_next) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield partial(told.recv, 1)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
