"""The demo's bad week in a real browser: how much room it takes, on paper too, and that nothing jumps."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.pages.browser import browser as chromium
from tests.pages.browser.test_axe import ASK, PATIENCE_SECONDS
from tests.pages.browser.test_browser import QuietHandler, by_id, shared_browser, until
from verenigingen.tests.support.patience import joined
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo.opening import open_demo
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.rounds import checks

__all__ = ["shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
HEIGHTS = {390: 844, 1024: 768, 1440: 900, 2560: 1440}
MAIN = "monitoring_dashboard"
PAGES = ("", "/alerts", "/errors", "/metrics", "/metric/host.disk_percent?range=30d", "/operations",
         "/association", "/sepa", "/rules", "/notifications", "/settings", "/monitor")  # fmt: skip
SHIFTS = """
let sum = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
    .observe({type: "layout-shift", buffered: true});
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => setTimeout(() => done(sum), 100));
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the told week."""
    made = make_server("127.0.0.1", 0, None, threaded=True, request_handler=QuietHandler)
    root = f"http://127.0.0.1:{made.server_port}"
    site = open_demo(tmp_path_factory.mktemp("demo") / "data", root)
    checks.run_job(site, "tick")
    site.commit()  # as the scheduler does after a job: the server writes from threads of its own
    made.app = Application(site, Gate("127.0.0.1", made.server_port))
    answering = threading.Thread(target=made.serve_forever, daemon=True)
    answering.start()
    yield root
    made.shutdown()
    joined([answering])
    made.server_close()
    use_site(None)
    site.store.close()


def opened(browser: Any, address: str, width: int) -> Any:
    chromium.prefer(browser, "light")
    chromium.resize(browser, width, HEIGHTS[width])
    browser.get(address)
    return browser


@pytest.mark.parametrize(("width", "screens"), [(390, 4), (1440, 1.5), (2560, 1)])
def test_now_takes_few_screens(shared_browser: Any, demo: str, width: int, screens: float) -> None:
    page = opened(shared_browser, f"{demo}/{MAIN}", width)
    height = page.execute_script("return document.documentElement.scrollHeight")
    assert height <= screens * HEIGHTS[width]


def test_now_uses_the_width_of_a_large_screen(shared_browser: Any, demo: str) -> None:
    page = opened(shared_browser, f"{demo}/{MAIN}", 2560)
    tops = "return new Set(Array.from(document.querySelectorAll(arguments[0]), (one) => one.offsetTop)).size"
    assert page.execute_script(tops, ".vm-incident") == 1
    assert page.execute_script(tops, ".vm-area") == 1
    assert page.execute_script("return document.querySelector('.vm-areas').clientWidth") > 2200


def test_now_is_printed_on_one_page(shared_browser: Any, demo: str) -> None:
    page = opened(shared_browser, f"{demo}/{MAIN}", 1440)
    a4 = {"paperWidth": 8.27, "paperHeight": 11.69}
    printed = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", a4)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@pytest.fixture
def slow_line(shared_browser: Any) -> Iterator[None]:
    """A line on which a page arrives in pieces that a person would see."""

    def speed(bytes_a_second: int) -> None:
        asked = {"offline": False, "latency": 0, "uploadThroughput": -1}
        shared_browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions", asked | {"downloadThroughput": bytes_a_second}
        )

    shared_browser.execute_cdp_cmd("Network.enable", {})
    speed(100_000)
    yield
    speed(-1)
    shared_browser.execute_cdp_cmd("Network.disable", {})


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("slow_line")
def test_nothing_jumps_while_a_page_arrives(shared_browser: Any, demo: str, page: str, width: int) -> None:
    opened(shared_browser, f"{demo}/{MAIN}{page}", width)
    assert shared_browser.execute_async_script(SHIFTS) == 0


def test_a_refresh_of_now_sends_little(shared_browser: Any, demo: str) -> None:
    page = opened(shared_browser, f"{demo}/{MAIN}", 1440)
    sizes = (
        "return performance.getEntriesByType('resource')"
        ".filter((one) => one.name.includes('_html?')).map((one) => one.transferSize)"
    )
    by_id(page, "vm-refresh").click()
    until(page, lambda: page.execute_script(sizes))
    by_id(page, "vm-refresh").click()
    assert until(page, lambda: page.execute_script(sizes)[1:])[0] <= 10_000


def test_everything_is_there_without_a_script(shared_browser: Any, demo: str) -> None:
    shared_browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        for page in PAGES:
            opened(shared_browser, f"{demo}/{MAIN}{page}", 1024)
            assert shared_browser.find_element("css selector", "main h1").get_property("textContent")
            assert not shared_browser.find_elements("css selector", "main .vm-problem")
    finally:
        shared_browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [1440, 390])
def test_a_lesson_can_be_followed_by_everybody(shared_browser: Any, demo: str, width: int) -> None:
    page = opened(shared_browser, f"{demo}/{MAIN}/lesson", width)
    page.set_script_timeout(PATIENCE_SECONDS)
    page.execute_script("document.querySelector('button[name=begin][value=\"4\"]').click()")
    until(page, lambda: page.find_elements("css selector", ".vm-above"))
    broken = {}
    for address in ("/lesson", "", "/alerts"):
        opened(page, f"{demo}/{MAIN}{address}", width)
        page.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
        broken[address] = page.execute_async_script(ASK)
        assert not page.execute_script("return document.documentElement.scrollWidth > innerWidth + 1")
    assert [found for found in broken.values() if found] == []
