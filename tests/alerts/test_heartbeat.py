"""The address that waits for us: called after a good tick, never at the tick's cost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from verenigingen.alerts import heartbeat
from verenigingen.alerts.checks import run_job
from verenigingen.alerts.settings import BadSettings, check
from verenigingen.analytics import error_index
from verenigingen.site.sqlite_site import SQLiteSite


class Watcher(HTTPServer):
    """Counts what arrives, and answers with the status that the path names."""

    paths: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *given: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    """On this machine without a certificate, which only a test may call."""
    monkeypatch.setattr(heartbeat, "SCHEMES", ("https", "http"))
    server = Watcher(("127.0.0.1", 0), _Handler)
    server.paths = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(watcher: Watcher, status: int = 200) -> str:
    return f"http://127.0.0.1:{watcher.server_port}/{status}"


def set_url(site: SQLiteSite, address: str) -> None:
    site.set_single("Monitoring Settings", {"heartbeat_url": address})
    site.commit()


@pytest.mark.parametrize(
    "address",
    [
        "http://watch.example/x",
        "ftp://watch.example",
        "watch.example",
        "https://",
        "https:///x",
        "https://user:secret@watch.example/x",
        "https://watch.example:port/",
        "https://watch.example/a b",
        "https://watch.example/\nHost: other",
        "https://[::1/x",
        "https://watch.example/" + "x" * 500,
        "file:///etc/passwd",
    ],
)
def test_it_refuses_what_is_no_plain_https_address(address: str) -> None:
    assert heartbeat.refusal(address)
    with pytest.raises(BadSettings, match="heartbeat_url"):
        check({"heartbeat_url": address})


def test_it_takes_an_https_address_and_none() -> None:
    assert heartbeat.refusal("https://watch.example:8443/ping/0a1b?x=1") == heartbeat.refusal("") == ""


def test_a_good_tick_calls_the_address_once(site: SQLiteSite, watcher: Watcher) -> None:
    set_url(site, url(watcher))
    assert run_job(site, "tick") == ""
    assert watcher.paths == ["/200"]
    row = heartbeat.stored(site)
    assert row is not None and (row["status"], row["succeeded_at"]) == ("Succeeded", site.now())


def test_the_other_jobs_do_not_call_it(site: SQLiteSite, watcher: Watcher) -> None:
    set_url(site, url(watcher))
    run_job(site, "hourly")
    run_job(site, "daily")
    assert watcher.paths == []


def test_a_tick_with_a_failed_step_does_not_call_it(
    site: SQLiteSite, watcher: Watcher, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_site: SQLiteSite) -> None:
        raise RuntimeError("index is broken")

    monkeypatch.setattr(error_index, "index_new_errors", fails)
    set_url(site, url(watcher))
    assert "index is broken" in run_job(site, "tick")
    assert watcher.paths == []


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_an_answer_other_than_success_is_kept_and_no_redirect_is_followed(
    site: SQLiteSite, watcher: Watcher, status: int
) -> None:
    set_url(site, url(watcher, status))
    assert run_job(site, "tick") == ""
    assert watcher.paths == [f"/{status}"]
    row = heartbeat.stored(site)
    assert row is not None and (row["status"], row["error"]) == ("Failed", f"it answered {status}")


def test_nobody_there_is_no_error_of_the_tick(site: SQLiteSite) -> None:
    set_url(site, "https://127.0.0.1:1/secret-token")
    assert run_job(site, "tick") == ""
    row = heartbeat.stored(site)
    assert row is not None and row["status"] == "Failed" and "refused" in row["error"]
    assert "secret-token" not in row["error"]


def test_somebody_who_never_answers_is_left_after_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(heartbeat.Failed, match=r"no answer|timed out|TimeoutError"):
            heartbeat.call(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)


def test_without_an_address_nothing_is_called_or_kept(site: SQLiteSite, watcher: Watcher) -> None:
    set_url(site, url(watcher, 500))
    run_job(site, "tick")
    set_url(site, "")
    assert heartbeat.beat(site, "") == ""
    assert heartbeat.stored(site) is None
