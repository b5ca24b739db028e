"""The channel of other services: taken, refused, hanging, leading inside, and its addresses said nowhere."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from werkzeug.test import Client

from tests.conftest import Evaluate, RememberingPostman
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import STARS, SQLiteSite
from vuurtoren.notifications import outbox
from vuurtoren.notifications.channels import apprise_channel
from vuurtoren.notifications.channels.apprise_process import Refused, Watch
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.settings.settings import DOCTYPE

pytest.importorskip("apprise")
SECRET = "bot-token-9317-of-the-board"


class Service(BaseHTTPRequestHandler):
    """Takes what is posted to it, or answers 500 below /broken; never below /slow."""

    taken: ClassVar[list[dict[str, object]]] = []
    released = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path.startswith("/slow"):
            self.released.wait(60)
        broken = self.path.startswith("/broken")
        if not broken:
            self.taken.append(json.loads(body))
        self.send_response(500 if broken else 200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    Service.taken, Service.released = [], threading.Event()
    made = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    answering = threading.Thread(target=made.serve_forever, daemon=True)
    answering.start()
    yield f"127.0.0.1:{made.server_port}"
    Service.released.set()
    made.shutdown()
    made.server_close()


def choose(site: SQLiteSite, *addresses: str, inside: bool = True) -> None:
    values = {"apprise_addresses": " ".join(addresses), "apprise_allow_private": int(inside)}
    site.set_single(DOCTYPE, {"channel_order": "apprise, email", **values})
    site.commit()


def told(site: SQLiteSite, judge: Evaluate) -> dict[str, tuple[str, str]]:
    """The state of what each channel was to tell, with the proof or the failure."""
    judge(12)
    deliver(site, settings.read(site))
    rows = site.get_all(outbox.DOCTYPE, ["channel", "status", "proof", "failure"])
    return {row["channel"]: (row["status"], row["proof"] or row["failure"] or "") for row in rows}


def test_a_service_takes_it_and_that_is_the_proof(
    site: SQLiteSite, judge: Evaluate, service: str, postman: RememberingPostman
) -> None:
    choose(site, f"json://{service}/{SECRET}")
    assert told(site, judge)["apprise"] == ("Proven", "taken by json")
    (message,) = Service.taken
    assert "[HIGH]" in str(message["title"])
    assert "/monitoring_dashboard/alert/" in str(message["message"])
    assert postman.sent == []


def test_one_of_several_that_refuses_is_named_and_the_others_have_told(
    site: SQLiteSite, judge: Evaluate, service: str
) -> None:
    choose(site, f"json://{service}/broken", f"xml://127.0.0.1:1/{SECRET}", f"json://{service}/x")
    state, said = told(site, judge)["apprise"]
    assert state == "Proven"
    assert said == "taken by json; json: not taken; xml: not taken"


def test_when_none_takes_it_the_next_channel_tells(
    site: SQLiteSite, judge: Evaluate, service: str, postman: RememberingPostman
) -> None:
    choose(site, f"json://{service}/broken/{SECRET}", f"nonsense://{SECRET}")
    found = told(site, judge)
    assert found["apprise"][0] == "Failed"
    assert "nonsense: this is no address that the library apprise knows" in found["apprise"][1]
    assert SECRET not in str(site.get_all(outbox.DOCTYPE, ["failure", "audience", "addresses", "reference"]))
    assert found["email"][0] == "Proven"
    assert len(postman.sent) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "2130706433"])
def test_an_address_that_leads_inside_is_not_called(
    site: SQLiteSite, judge: Evaluate, service: str, host: str
) -> None:
    choose(site, f"json://{host}:{service.split(':')[1]}/", inside=False)
    state, said = told(site, judge)["apprise"]
    assert state == "Failed"
    assert "not taken" in said or "inside the network" in said or "no address" in said
    assert Service.taken == []


def test_a_service_that_hangs_is_left_in_time(
    site: SQLiteSite, judge: Evaluate, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise_channel, "TIME_LIMIT_SECONDS", 4)
    choose(site, f"json://{service}/slow?rto=60&cto=60")
    found = told(site, judge)
    assert found["apprise"] == ("Failed", found["apprise"][1])
    assert found["email"][0] == "Proven"


@pytest.mark.parametrize("event", ["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"])
def test_it_starts_no_program(event: str) -> None:
    with pytest.raises(Refused):
        Watch(allow_private=True)(event, ("x",))


@pytest.mark.parametrize(
    ("family", "address", "private", "allowed"),
    [
        (socket.AF_INET, ("192.0.2.1", 443), False, False),
        (socket.AF_INET, ("10.0.0.1", 443), False, False),
        (socket.AF_INET, ("169.254.169.254", 80), False, False),
        (socket.AF_INET, ("1.1.1.1", 443), False, True),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 443, 0, 0), False, False),
        (socket.AF_INET6, ("2606:4700::1111", 443, 0, 0), False, True),
        (socket.AF_INET, ("10.0.0.1", 443), True, True),
        (socket.AF_INET, ("metadata.internal", 80), False, False),
        (socket.AF_UNIX, "/run/dbus/system_bus_socket", True, False),
    ],
)
def test_where_it_may_connect_to(family: int, address: object, private: bool, allowed: bool) -> None:
    watch = Watch(private)
    with socket.socket(family) as connection:
        if allowed:
            watch("socket.connect", (connection, address))
        else:
            with pytest.raises(Refused):
                watch("socket.connect", (connection, address))
    assert watch.refused_inside is not allowed


def test_without_an_address_it_says_so_and_stands_back(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    choose(site)
    assert "no address of a service" in told(site, judge)["apprise"][1]
    assert len(postman.sent) == 1


def test_whoever_reads_the_settings_sees_stars(site: SQLiteSite) -> None:
    choose(site, f"tgram://{SECRET}/12")
    assert site.get_single(DOCTYPE)["apprise_addresses"] == STARS
    gate = Gate("127.0.0.1", 8000)
    browser = Client(Application(site, gate))
    base = {"base_url": "http://127.0.0.1:8000"}
    page = browser.get("/app/monitoring-settings", **base).get_data(as_text=True)
    assert STARS in page
    assert SECRET not in page
    form = {"csrf_token": gate.token, "apprise_addresses": STARS, "channel_order": "apprise"}
    browser.post("/app/monitoring-settings", data=form, **base)
    assert site.password(DOCTYPE, "apprise_addresses") == f"tgram://{SECRET}/12"
    browser.post("/app/monitoring-settings", data=form | {"apprise_addresses": ""}, **base)
    assert site.password(DOCTYPE, "apprise_addresses") == ""
