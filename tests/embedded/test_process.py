"""The embedded monitor as a process: it starts, refuses to start twice, and stops cleanly."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from verenigingen.tests.support.patience import SECONDS
from vuurtoren.embedded.process import stop_on_signals

COMMAND = (sys.executable, "-m", "verenigingen")


@dataclass
class Running:
    """A monitor on a free port, once it said that it is ready."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    said: list[str]

    def ask(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def stop(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def start(data: Path) -> Running:
    port = free_port()
    arguments = ("serve", "--data", str(data), "--port", str(port))
    process = subprocess.Popen(
        COMMAND + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip())
        if line.startswith("Stop with"):
            break
    else:
        raise AssertionError(process.communicate(timeout=SECONDS)[1])
    return Running(process, port, data, said)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(COMMAND + arguments, capture_output=True, text=True, timeout=60, env=environment())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    started = start(tmp_path_factory.mktemp("process") / "data")
    yield started
    if started.process.poll() is None:
        started.stop(signal.SIGTERM)


def test_it_says_where_the_page_is_and_where_everything_is_stored(running: Running) -> None:
    said = "\n".join(running.said)

    assert f"http://127.0.0.1:{running.port}/monitoring_dashboard" in said
    assert str(running.data) in said
    assert "outbox" in said


def test_it_serves_the_page(running: Running) -> None:
    assert "<main" in running.ask("/monitoring_dashboard")


def test_it_measures_this_machine(running: Running) -> None:
    answer = json.loads(
        running.ask("/api/method/verenigingen.www.monitoring_dashboard.refresh_dashboard_data")
    )

    assert answer["message"]["timestamp"]


def test_it_refuses_a_second_start_on_the_same_folder(running: Running) -> None:
    second = run("serve", "--data", str(running.data), "--port", str(free_port()))

    assert second.returncode == 1
    assert second.stderr == (
        f"A monitor already runs on {running.data} (process {running.process.pid}): "
        "stop it first, or name another folder with --data.\n"
    )


def test_it_refuses_a_port_that_is_taken(running: Running, tmp_path: Path) -> None:
    second = run("serve", "--data", str(tmp_path / "other"), "--port", str(running.port))

    assert second.returncode == 1
    assert second.stderr.startswith(f"Port {running.port} on 127.0.0.1 is taken by another program")
    assert len(second.stderr.splitlines()) == 1
    assert not (tmp_path / "other").exists()


def test_other_commands_work_while_it_runs(running: Running) -> None:
    assert "Mail leaves by: outbox" in run("status", "--data", str(running.data)).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    code, out, err = start(tmp_path / "data").stop(number)

    assert (code, out, err) == (0, "Stopped.\n", "")


def test_it_starts_again_after_it_was_killed(tmp_path: Path) -> None:
    start(tmp_path / "data").stop(signal.SIGKILL)
    code, _, _ = start(tmp_path / "data").stop(signal.SIGTERM)

    assert code == 0


def test_no_signal_is_slept_through_whenever_it_arrives() -> None:
    """An event that was waited for hung within the first few hundred of these."""
    to_me, moments = threading.get_ident(), random.Random(1)
    for _ in range(2000):
        ready = threading.Event()

        def signal_a_little_later(ready: threading.Event = ready, spin: int = moments.randrange(200)) -> None:
            ready.wait(SECONDS)
            for _ in range(spin):
                pass
            signal.pthread_kill(to_me, signal.SIGTERM)

        sender = threading.Thread(target=signal_a_little_later)
        sender.start()
        with stop_on_signals() as wait_for_one:
            ready.set()
            wait_for_one()
            sender.join(SECONDS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--host", "0.0.0.0"), "Refusing to listen on 0.0.0.0"),
        (("--host", "no.such.host.invalid"), "Refusing to listen on no.such.host.invalid"),
        (("--port", "70000"), "There is no port 70000"),
    ],
)
def test_it_refuses_to_start_with_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run("serve", "--data", str(tmp_path / "data"), *arguments)

    assert refused.returncode == 1
    assert refused.stderr.startswith(sentence)
    assert len(refused.stderr.splitlines()) == 1


def test_it_refuses_an_empty_password_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    refused = run("serve", "--data", str(tmp_path / "data"), "--password-file", str(tmp_path / "password"))

    assert refused.returncode == 1
    assert "is empty" in refused.stderr


def test_it_names_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "site_config.json").write_text("{ half")
    refused = run("serve", "--data", str(data), "--port", str(free_port()))

    assert refused.returncode == 1
    assert refused.stderr.startswith("site_config.json cannot be read")
