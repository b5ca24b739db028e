"""The script of the desk in a real browser, on a page that has of Frappe's desk what the script asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import verenigingen
from tests.pages.browser import browser as chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]

SCRIPT = (Path(verenigingen.__file__).parent / "public" / "js" / "monitor_notice.js").read_text("utf-8")
DESK = """<!doctype html><title>Desk</title><body><script>
window.frappe = { boot: { user: { roles: [ROLES] } } };
window.__ = (text, values) => text.replace("{0}", (values || [])[0]);
window.$ = (what) => { if (typeof what === "function") what(); return { on() {} }; };
</script><script>SCRIPT</script>"""
FIND = (
    "const found = document.getElementById('verenigingen-monitor-notice'); return found && found.textContent"
)


class Desk(HTTPServer):
    role = "System Manager"
    health = (200, '{"message": {"status": "ok", "age_seconds": 3}}')
    asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: Desk

    def do_GET(self) -> None:
        status, body = 200, DESK.replace("ROLES", f'"{self.server.role}"').replace("SCRIPT", SCRIPT)
        if self.path.startswith("/api/"):
            self.server.asked += 1
            status, body = self.server.health
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *given: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    started = chromium.start()
    yield started
    started.quit()


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def opened(browser: Any, desk: Desk, *, expected: bool) -> str | None:
    """The notice on the page; waits for it only where it is expected."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(f"http://127.0.0.1:{desk.server_port}/app")
    if expected:
        WebDriverWait(browser, 10).until(lambda driver: driver.execute_script(FIND))
    elif desk.role == "System Manager":
        WebDriverWait(browser, 10).until(lambda _: desk.asked)
        browser.execute_async_script("setTimeout(arguments[0], 50)")
    return browser.execute_script(FIND)


def test_a_silent_monitor_is_told_with_its_age_and_a_link(browser: Any, desk: Desk) -> None:
    desk.health = (503, '{"message": {"status": "silent", "age_seconds": 725}}')
    said = opened(browser, desk, expected=True)
    assert said is not None and "silent for 12 minutes" in said
    assert (
        browser.find_element("css selector", "[role=alert] a")
        .get_attribute("href")
        .endswith("/monitoring_dashboard")
    )


def test_a_monitor_that_never_ran_is_told(browser: Any, desk: Desk) -> None:
    desk.health = (503, '{"message": {"status": "never ran", "age_seconds": null}}')
    said = opened(browser, desk, expected=True)
    assert said is not None and "never run" in said


def test_a_monitor_that_fails_is_told_with_the_reason(browser: Any, desk: Desk) -> None:
    desk.health = (503, '{"message": {"status": "failing", "age_seconds": 3, "because": "judging: Busy"}}')
    said = opened(browser, desk, expected=True)
    assert said is not None and "cannot do its work: judging: Busy" in said


@pytest.mark.parametrize(
    "told",
    [
        '"status": "unknown", "age_seconds": null',
        '"status": "silent", "age_seconds": -16020',
        '"status": "ok", "age_seconds": -16020',
    ],
)
def test_an_age_below_zero_is_no_age(browser: Any, desk: Desk, told: str) -> None:
    desk.health = (503, f'{{"message": {{{told}}}}}')
    said = opened(browser, desk, expected=True)
    assert said is not None and "clock or the time zone was changed" in said and "-" not in said


def test_a_monitor_that_runs_is_not_mentioned(browser: Any, desk: Desk) -> None:
    assert opened(browser, desk, expected=False) is None


@pytest.mark.parametrize("body", ["<h1>Session stopped</h1>", "{}", '{"message": "x"}', "null", "[]"])
def test_a_server_in_maintenance_is_no_silent_monitor(browser: Any, desk: Desk, body: str) -> None:
    desk.health = (503, body)
    assert opened(browser, desk, expected=False) is None


def test_people_without_the_role_are_not_asked_to_worry(browser: Any, desk: Desk) -> None:
    desk.role = "Website Manager"
    desk.health = (503, '{"message": {"status": "silent", "age_seconds": 725}}')
    assert opened(browser, desk, expected=False) is None
    assert desk.asked == 0
