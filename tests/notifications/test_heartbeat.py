"""The address that waits for us: called after a good tick, never at the tick's cost."""

from __future__ import annotations

import pytest

from verenigingen.tests.support.wire import Wire
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index as error_index
from vuurtoren.notifications import heartbeat
from vuurtoren.outward.https_client import NOT_REACHED, TIME_LIMIT_SECONDS, HttpsClient
from vuurtoren.outward.web_addresses import refusal
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings.settings import BadSettings, check


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Stands for whoever waits for us; no packet leaves."""
    wire = Wire(answer=b"")
    monkeypatch.setattr(heartbeat, "HttpsClient", wire.client)
    return wire


def url(watcher: Wire, status: int = 200) -> str:
    watcher.answer = f"HTTP/1.1 {status} Whatever\r\nLocation: https://watch.example/200\r\n\r\n".encode()
    return f"https://watch.example/{status}"


def paths(watcher: Wire) -> list[str]:
    return [line.split(" ")[1] for line in watcher.sent.decode().split("\r\n") if line.startswith("GET ")]


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
    assert refusal(address)
    with pytest.raises(BadSettings, match="heartbeat_url"):
        check({"heartbeat_url": address})


def test_it_takes_an_https_address_and_none() -> None:
    assert refusal("https://watch.example:8443/ping/0a1b?x=1") == refusal("") == ""


def test_a_good_tick_calls_the_address_once(site: SQLiteSite, watcher: Wire) -> None:
    set_url(site, url(watcher))
    assert run_job(site, "tick") == ""
    assert paths(watcher) == ["/200"]
    row = heartbeat.stored(site)
    assert row is not None and (row["status"], row["succeeded_at"]) == ("Succeeded", site.now())


def test_the_other_jobs_do_not_call_it(site: SQLiteSite, watcher: Wire) -> None:
    set_url(site, url(watcher))
    run_job(site, "hourly")
    run_job(site, "daily")
    assert paths(watcher) == []


def test_a_tick_with_a_failed_step_does_not_call_it(
    site: SQLiteSite, watcher: Wire, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_site: SQLiteSite) -> None:
        raise RuntimeError("index is broken")

    monkeypatch.setattr(error_index, "index_new_errors", fails)
    set_url(site, url(watcher))
    assert "index is broken" in run_job(site, "tick")
    assert paths(watcher) == []


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_an_answer_other_than_success_is_kept_and_no_redirect_is_followed(
    site: SQLiteSite, watcher: Wire, status: int
) -> None:
    set_url(site, url(watcher, status))
    assert run_job(site, "tick") == ""
    assert paths(watcher) == [f"/{status}"]
    row = heartbeat.stored(site)
    answered = f"watch.example answered {status}"
    assert row is not None and row["status"] == "Failed" and row["error"].startswith(answered)


def test_nobody_there_is_no_error_of_the_tick(site: SQLiteSite) -> None:
    set_url(site, "https://127.0.0.1:1/secret-token")
    assert run_job(site, "tick") == ""
    row = heartbeat.stored(site)
    assert row is not None and row["status"] == "Failed" and "was not reached" in row["error"]
    assert "secret-token" not in row["error"]


LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
    "0177.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "127.127.127.127",
    "[fe80::1]", "[fc00::1]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_an_address_inside_is_called(
    site: SQLiteSite, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []

    def connect(address: str, *given: object) -> object:
        connected.append(address)
        raise ConnectionRefusedError

    said = heartbeat.beat(site, f"https://{host}:8443/x", HttpsClient(connect=connect))  # type: ignore[arg-type]
    assert said and connected == []


@pytest.mark.parametrize(
    "trouble",
    [
        Wire(addresses=[]),
        Wire(addresses=["127.0.0.1"]),
        Wire(fails=ConnectionRefusedError("refused")),
        Wire(fails=TimeoutError("timed out")),
        Wire(answer=b"SSH-2.0-OpenSSH\r\n"),
        Wire(answer=b""),
        Wire(seconds_a_read=4),
    ],
)
def test_every_failure_before_an_answer_reads_the_same(site: SQLiteSite, trouble: Wire) -> None:
    said = heartbeat.beat(site, "https://watch.example/x", trouble.client())
    assert said == NOT_REACHED.format("watch.example", TIME_LIMIT_SECONDS)


def test_an_address_inside_is_called_where_the_configuration_file_allows_it(site: SQLiteSite) -> None:
    inside = Wire(addresses=["10.1.2.3"])
    site._config[heartbeat.ALLOW_PRIVATE] = 1
    assert heartbeat.beat(site, "https://uptime.lan/push", inside.client()) == ""
    assert inside.connected == [("10.1.2.3", 443, "uptime.lan")]


def test_without_an_address_nothing_is_called_or_kept(site: SQLiteSite, watcher: Wire) -> None:
    set_url(site, url(watcher, 500))
    run_job(site, "tick")
    set_url(site, "")
    assert heartbeat.beat(site, "") == ""
    assert heartbeat.stored(site) is None
