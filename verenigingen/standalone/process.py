"""One running monitor per data folder: its lock, its port, its threads, and how it stops."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone.gate import Gate, check_binding
from verenigingen.standalone.scheduler import Scheduler
from verenigingen.standalone.server import Application

LOCK_FILE = "running.lock"
SILENT_VISITOR_SECONDS = 30


class CannotStart(Exception):
    """The monitor cannot start; the text is one sentence that names the fix."""


@dataclass(frozen=True)
class Address:
    """Where to listen and under which conditions; `names` are further host names to answer to."""

    host: str = "127.0.0.1"
    port: int = 8000
    password: str = ""
    names: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"


class QuietHandler(WSGIRequestHandler):
    """Serves one connection; requests are in the access log, and a visitor that says nothing is let go."""

    timeout = SILENT_VISITOR_SECONDS

    def version_string(self) -> str:
        return "verenigingen"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process; raises CannotStart while another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"A monitor already runs on {folder} (process {lock.read().strip() or 'unknown'}): "
                "stop it first, or name another folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def listen(address: Address) -> socket.socket:
    """A listening socket; raises CannotStart where the address is taken, foreign or not allowed."""
    try:
        check_binding(address.host, address.password)
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family)
    except ValueError as refusal:
        raise CannotStart(str(refusal)) from None
    except OverflowError:
        raise CannotStart(f"There is no port {address.port}: choose one from 1 to 65535.") from None
    except OSError as problem:
        raise CannotStart(_why_not(address, problem)) from None


def _why_not(address: Address, problem: OSError) -> str:
    if isinstance(problem, PermissionError):
        return f"Port {address.port} is reserved for the system: choose one from 1024 on."
    if "in use" in str(problem):
        return (
            f"Port {address.port} on {address.host} is taken by another program: choose another one, "
            f"for example --port {address.port + 1} (make demo PORT={address.port + 1})."
        )
    return f"Cannot listen on {address.host}: {problem.strerror or problem}."


def serve(
    site: SQLiteSite,
    scheduler: Scheduler,
    address: Address,
    listener: socket.socket,
    ready: Callable[[], None],
) -> None:
    """Answer requests and run jobs until SIGINT or SIGTERM, then let both finish what they are doing."""
    port = listener.getsockname()[1]
    gate = Gate(address.host, port, address.password, address.names)
    with listener:
        server = make_server(
            address.host,
            port,
            Application(site, gate),
            threaded=True,
            request_handler=QuietHandler,
            fd=listener.fileno(),
        )
        with stop_on_signals() as stop:
            _run_until(stop, server, scheduler, ready)


def _run_until(
    stop: threading.Event, server: BaseWSGIServer, scheduler: Scheduler, ready: Callable[[], None]
) -> None:
    answering = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    answering.start()
    try:
        scheduler.start()
        ready()
        stop.wait()
    finally:
        server.shutdown()
        answering.join()
        scheduler.stop()
        server.server_close()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    stop = threading.Event()
    before: dict[signal.Signals, Any] = {}

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask_to_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
