"""The page in a real browser: looked at, typed into, refreshed, cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from tests.pages.browser import browser as chromium
from verenigingen.tests.support.patience import joined
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds import checks
from vuurtoren.settings.settings import Settings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
PATIENCE_SECONDS = 10


class QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shared_browser() -> Iterator[Any]:
    started = chromium.start()
    yield started
    started.quit()


@pytest.fixture
def server(site: SQLiteSite) -> Iterator[BaseWSGIServer]:
    made = make_server("127.0.0.1", 0, None, threaded=True, request_handler=QuietHandler)
    made.app = Application(site, Gate("127.0.0.1", made.server_port))
    answering = threading.Thread(target=made.serve_forever, daemon=True)
    answering.start()
    yield made
    made.shutdown()
    joined([answering])
    made.server_close()


@pytest.fixture
def browser(shared_browser: Any, server: BaseWSGIServer, site: SQLiteSite) -> Any:
    """The page of a watched site with one open alert, 1440 wide, light."""
    checks.run_job(site, "tick")
    an_event(site, "Batch 12 was refused")
    chromium.resize(shared_browser, 1440)
    chromium.prefer(shared_browser, "light")
    shared_browser.get_log("browser")
    shared_browser.get(f"http://127.0.0.1:{server.server_port}/monitoring_dashboard/report")
    return shared_browser


def an_event(site: SQLiteSite, message: str) -> str:
    name = record_event(site, Settings(), "TEST", "CRITICAL", message)
    site.commit()
    return name


def by_id(browser: Any, identity: str) -> Any:
    return found(browser, f"[id='{identity}']")


def found(browser: Any, selector: str) -> Any:
    """The element, once it is there: a click may have answered before the page came to which it leads."""
    return until(browser, lambda: browser.find_element("css selector", selector))


def until(browser: Any, condition: Callable[[], Any]) -> Any:
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    ignored = [StaleElementReferenceException]
    wait = WebDriverWait(browser, PATIENCE_SECONDS, poll_frequency=0.05, ignored_exceptions=ignored)
    return wait.until(lambda _browser: condition())


def text_of(browser: Any, selector: str) -> str:
    (text,) = until(browser, lambda: [browser.find_element("css selector", selector).text])
    return str(text)


def test_it_loads_without_a_complaint(browser: Any):
    assert "Batch 12 was refused" in text_of(browser, "#vm-alerts")
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1024, 1440])
def test_it_fits_the_width_of_the_screen(browser: Any, width: int):
    chromium.resize(browser, width)
    browser.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page = "document.documentElement"
    assert browser.execute_script(f"return {page}.scrollWidth - {page}.clientWidth") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_schemes(browser: Any, scheme: str):
    chromium.prefer(browser, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert browser.execute_script(chromium.CONTRASTS) == []


def test_a_link_in_a_quiet_sentence_is_underlined(browser: Any):
    link = found(browser, "#vm-sepa p.vm-note a")
    assert "underline" in link.value_of_css_property("text-decoration")


def test_a_badge_in_a_list_is_one_line(browser: Any, site: SQLiteSite):
    name = an_event(site, "Batch 13 was refused")
    alerts.resolve(site, name)
    site.commit()
    chromium.resize(browser, 390)
    browser.refresh()
    browser.execute_script("document.getElementById('vm-alerts-ended').open = true")
    badge = found(browser, f"#vm-ended-{name} .vm-badge")
    assert badge.size["height"] < 25


def test_it_is_dark_where_the_visitor_prefers_that(browser: Any):
    ground = "return getComputedStyle(document.querySelector('.vm')).backgroundColor"
    light = browser.execute_script(ground)
    chromium.prefer(browser, "dark")
    assert browser.execute_script(ground) != light


def test_it_lets_the_keyboard_skip_to_the_state(browser: Any):
    keys = browser.switch_to.active_element
    keys.send_keys("\ue004")
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the state of the site"
    skip.send_keys("\ue007")
    assert browser.switch_to.active_element.get_attribute("id") == "vm-main"


def test_it_shows_where_the_focus_is(browser: Any):
    browser.switch_to.active_element.send_keys("\ue004", "\ue004")
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.execute_script(outline) == "solid"


def test_a_refresh_brings_new_numbers_and_keeps_what_the_visitor_does(browser: Any, site: SQLiteSite):
    note = found(browser, "#vm-alerts input[name=note]")
    note.send_keys("calling the ba")
    by_id(browser, "vm-every-number").find_element("css selector", "summary").send_keys(" ")
    browser.execute_script("arguments[0].focus()", note)
    an_event(site, "Batch 13 was refused")
    browser.execute_script("document.getElementById('vm-refresh').click()")
    until(browser, lambda: "Batch 13 was refused" in text_of(browser, "#vm-alerts"))
    assert note.get_attribute("value") == "calling the ba"
    assert browser.switch_to.active_element == note
    assert by_id(browser, "vm-every-number").get_attribute("open")
    assert "Updated" in by_id(browser, "vm-live").text
    note.send_keys("nk")
    assert note.get_attribute("value") == "calling the bank"


def test_a_refresh_that_finds_nothing_new_is_small(browser: Any, server: BaseWSGIServer):
    browser.get(f"http://127.0.0.1:{server.server_port}/monitoring_dashboard/errors")
    asked = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('_html?'))"
    sizes = f"{asked}.map((one) => one.decodedBodySize)"
    for count in (1, 2):
        by_id(browser, "vm-refresh").click()
        until(browser, lambda count=count: len(browser.execute_script(sizes)) == count)
    assert max(browser.execute_script(sizes)) < 100


def test_a_refresh_announces_the_new_state(browser: Any, site: SQLiteSite):
    before = text_of(browser, "[role=status]")
    an_event(site, "Batch 13 was refused")
    by_id(browser, "vm-refresh").click()
    until(browser, lambda: text_of(browser, "[role=status]") != before)


def test_a_button_acknowledges_with_its_note(browser: Any, site: SQLiteSite):
    name = site.get_all("System Alert", ["name"], {"message": "Batch 12 was refused"})[0]["name"]
    by_id(browser, f"vm-alert-{name}-note").send_keys("calling the bank")
    by_id(browser, f"vm-alert-{name}-acknowledge").click()
    until(browser, lambda: "Acknowledged: Batch 12 was refused" in text_of(browser, ".vm-answer"))
    assert browser.switch_to.active_element == found(browser, ".vm-answer")
    assert "calling the bank" in text_of(browser, "#vm-alerts")
    row = site.get("System Alert", name)
    assert (row["status"], row["acknowledgement_note"]) == ("Acknowledged", "calling the bank")


def test_an_alert_that_a_refresh_brought_can_be_resolved(browser: Any, site: SQLiteSite):
    name = an_event(site, "Batch 13 was refused")
    by_id(browser, "vm-refresh").click()
    until(browser, lambda: "Batch 13 was refused" in text_of(browser, "#vm-alerts"))
    browser.execute_script(f"document.getElementById('vm-alert-{name}-more').open = true")
    by_id(browser, f"vm-alert-{name}-resolve").click()
    until(browser, lambda: "Resolved: Batch 13 was refused" in text_of(browser, ".vm-answer"))
    assert site.get("System Alert", name)["status"] == "Resolved"


def test_a_refused_action_says_why(browser: Any, site: SQLiteSite):
    name = site.get_all("System Alert", ["name"], {"message": "Batch 12 was refused"})[0]["name"]
    site.update("System Alert", name, {"status": "Resolved", "open_fingerprint": None})
    site.commit()
    by_id(browser, f"vm-alert-{name}-resolve").click()
    until(browser, lambda: "This alert is resolved already." in text_of(browser, ".vm-answer"))


def scrolled_to(browser: Any, chart: str) -> Any:
    found = by_id(browser, chart)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
    return found


def test_the_pointer_reads_a_chart_off(browser: Any):
    from selenium.webdriver import ActionChains

    ActionChains(browser).move_to_element(scrolled_to(browser, "vm-chart-host-memory-percent")).perform()
    assert until(browser, lambda: text_of(browser, ".vm-read")).endswith("%")


def test_arrow_keys_read_a_chart_off_and_say_the_unit(browser: Any):
    chart = scrolled_to(browser, "vm-chart-errors-per-hour")
    browser.execute_script("arguments[0].focus()", chart)
    last = text_of(browser, ".vm-read")
    chart.send_keys("\ue012")  # arrow left
    assert text_of(browser, ".vm-read") == chart.get_attribute("aria-valuetext") != last
    assert last.endswith(" errors")
    chart.send_keys("\ue004")  # tab
    assert browser.find_elements("css selector", ".vm-read") == []


def test_a_finger_reads_a_chart_off_until_it_touches_elsewhere(browser: Any):
    box = scrolled_to(browser, "vm-chart-errors-per-hour").rect
    viewport = browser.execute_script("return [window.scrollX, window.scrollY]")
    at = {"x": box["x"] + box["width"] / 2 - viewport[0], "y": box["y"] + 40 - viewport[1]}
    touch(browser, at)
    assert ":00: " in until(browser, lambda: text_of(browser, ".vm-read"))
    touch(browser, {"x": at["x"], "y": at["y"] + 120})
    until(browser, lambda: not browser.find_elements("css selector", ".vm-read"))


def touch(browser: Any, at: dict[str, float]) -> None:
    for kind, points in (("touchStart", [at]), ("touchEnd", [])):
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_it_says_since_when_the_site_cannot_be_reached(browser: Any):
    chromium.unplug(browser, True)
    try:
        by_id(browser, "vm-refresh").click()
        until(browser, lambda: "Cannot reach the site since" in by_id(browser, "vm-live").text)
        assert "Batch 12 was refused" in text_of(browser, "#vm-alerts")
    finally:
        chromium.unplug(browser, False)
    by_id(browser, "vm-refresh").click()
    until(browser, lambda: "Updated" in by_id(browser, "vm-live").text)


def test_it_says_that_the_visitor_is_no_longer_logged_in(browser: Any, server: BaseWSGIServer):
    server.app = Response("{}", 403, content_type="application/json")
    by_id(browser, "vm-refresh").click()
    until(browser, lambda: "no longer logged in" in by_id(browser, "vm-live").text)


def test_it_works_without_a_script(browser: Any, site: SQLiteSite):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.refresh()
        name = site.get_all("System Alert", ["name"], {"message": "Batch 12 was refused"})[0]["name"]
        by_id(browser, f"vm-alert-{name}-note").send_keys("by hand")
        by_id(browser, f"vm-alert-{name}-acknowledge").click()
        until(browser, lambda: by_id(browser, "vm-notice").text == "Acknowledged: Batch 12 was refused")
        assert site.get("System Alert", name)["acknowledgement_note"] == "by hand"
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
