"""The page while somebody works on it: alerts rise, fall, come and go around a note that is half typed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer

from tests.conftest import MovableClock
from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import by_id, found, server, shared_browser, text_of, until
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.sections.alerts import build
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings.settings import Settings

__all__ = ["server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
TYPED = "calling the bank"
REMEMBER = """
window.remembered = document.getElementById("vm-content").innerHTML;
const real = window.fetch;
window.fetch = async function (...asked) {
    const answer = await real(...asked);
    window.remembered = (await answer.clone().json()).message || window.remembered;
    return answer;
};
"""
SAME_IDS = """
const ids = (node) => Array.from(node.querySelectorAll("[id]"), (each) => each.id);
const over = (id) => document.getElementById(id).closest(".vm-is-over") !== null;
const fresh = new DOMParser().parseFromString("<div>" + window.remembered + "</div>", "text/html").body;
return [ids(document.getElementById("vm-content")).filter((id) => !over(id)), ids(fresh)];
"""
TOP = "return arguments[0].getBoundingClientRect().top"


@pytest.fixture
def page(shared_browser: Any, server: BaseWSGIServer, site: SQLiteSite) -> Any:
    """The page of a site with five open events, 1000 pixels wide."""
    for number, severity in enumerate(("CRITICAL", "HIGH", "MEDIUM", "LOW", "HIGH")):
        an_event(site, number, severity)
    chromium.resize(shared_browser, 1000, 700)
    chromium.prefer(shared_browser, "light")
    shared_browser.get(f"http://127.0.0.1:{server.server_port}/monitoring_dashboard/report")
    return shared_browser


def an_event(site: SQLiteSite, number: int, severity: str) -> str:
    name = record_event(site, Settings(), "TEST", severity, f"Batch {number} was refused")
    site.commit()
    return name


def refresh(page: Any, clock: MovableClock) -> None:
    """Refresh without a touch of the keyboard or the pointer, and wait until that is said."""
    clock.move(seconds=7)
    said = "document.getElementById('vm-live')"
    page.execute_script(f"{said}.textContent = ''; document.getElementById('vm-refresh').click()")
    until(page, lambda: page.execute_script(f"return {said}.textContent"))


def unfold(page: Any, name: str) -> None:
    page.execute_script(f"document.getElementById('vm-alert-{name}-more').open = true")


def order(page: Any) -> list[str]:
    found = "Array.from(document.querySelectorAll('.vm-alert'), (each) => each.id.replace('vm-alert-', ''))"
    return list(page.execute_script(f"return {found}"))


def open_names(site: SQLiteSite) -> list[str]:
    return [alert.name for alert in build(Facts(site)).open]


def end(site: SQLiteSite, name: str) -> None:
    """The condition ends, by nobody's doing."""
    row = site.get(alerts.DOCTYPE, name)
    assert row
    alerts.end(site, str(row["fingerprint"]), "It ended.", Settings())
    site.commit()


def weather(site: SQLiteSite, chance: Random, spared: str) -> None:
    """Something happens to some alerts; the spared one rises, falls and is acknowledged, but does not end."""
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(open_names(site))
        row = site.get(alerts.DOCTYPE, name)
        assert row
        what = chance.choice(("comes", "ends", "severity", "severity", "acknowledged", "resolved"))
        if what == "comes":
            an_event(site, chance.randrange(10**9), chance.choice(SEVERITIES))
        elif what == "severity":
            alerts.change_severity(site, str(row["fingerprint"]), chance.choice(SEVERITIES))
        elif what == "acknowledged" and row["status"] == "Active":
            alerts.acknowledge(site, name)
        elif what == "ends" and name != spared:
            end(site, name)
        elif what == "resolved" and name != spared:
            alerts.resolve(site, name)
    site.commit()


@pytest.mark.parametrize("seed", range(20))
def test_a_storm_leaves_what_the_visitor_does_alone(
    page: Any, site: SQLiteSite, clock: MovableClock, seed: int
):
    from selenium.webdriver.support.ui import Select

    page.execute_script(REMEMBER)
    chance = Random(seed)
    mine, read = chance.sample(open_names(site), 2)
    unfold(page, mine)
    unfold(page, read)
    note, minutes = by_id(page, f"vm-alert-{mine}-note"), by_id(page, f"vm-alert-{mine}-minutes")
    Select(minutes).select_by_visible_text("8 hours")
    note.send_keys(TYPED[:8])
    page.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", note)
    for typed in range(8, 14):
        weather(site, chance, mine)
        top = page.execute_script(TOP, note)
        refresh(page, clock)
        assert order(page) == open_names(site)
        assert page.switch_to.active_element == note
        assert page.execute_script(TOP, note) == pytest.approx(top, abs=1)
        note.send_keys(TYPED[typed])
        assert note.get_attribute("value") == TYPED[: typed + 1]
        assert minutes.get_attribute("value") == "480"
        still_there = [name for name in (mine, read) if name in open_names(site)]
        assert all(by_id(page, f"vm-alert-{name}-more").get_attribute("open") for name in still_there)
        shown, fresh = page.execute_script(SAME_IDS)
        assert shown == fresh


def test_an_alert_that_ended_meanwhile_stays_grey_while_something_is_typed_in_it(
    page: Any, site: SQLiteSite, clock: MovableClock
):
    mine = open_names(site)[2]
    unfold(page, mine)
    note = by_id(page, f"vm-alert-{mine}-note")
    note.send_keys(TYPED)
    end(site, mine)
    refresh(page, clock)
    assert order(page)[2] == mine
    assert text_of(page, f"#vm-alert-{mine} > .vm-over") == "Ended at 10:00. Your note was not sent."
    assert (note.get_attribute("value"), page.switch_to.active_element) == (TYPED, note)
    assert not by_id(page, f"vm-alert-{mine}-resolve").is_enabled()
    note.clear()
    refresh(page, clock)
    assert mine not in order(page)


def test_the_note_of_an_alert_that_ended_can_still_be_written_down(
    page: Any, site: SQLiteSite, clock: MovableClock
):
    mine = open_names(site)[0]
    by_id(page, f"vm-alert-{mine}-note").send_keys(TYPED)
    end(site, mine)
    refresh(page, clock)
    by_id(page, f"vm-alert-{mine}-note").send_keys("\ue007")
    until(page, lambda: "Written down" in text_of(page, f"#vm-alert-{mine} > .vm-answer"))


def test_what_is_selected_stays_selected(page: Any, site: SQLiteSite, clock: MovableClock):
    title = by_id(page, f"vm-alert-{open_names(site)[1]}-title")
    page.execute_script("getSelection().selectAllChildren(arguments[0])", title)
    selected = page.execute_script("return getSelection().toString()")
    an_event(site, 77, "CRITICAL")
    alerts.acknowledge(site, open_names(site)[2])
    site.commit()
    refresh(page, clock)
    assert order(page) == open_names(site)
    assert selected and page.execute_script("return getSelection().toString()") == selected


def test_what_is_read_stays_at_its_height_without_a_focus(page: Any, site: SQLiteSite, clock: MovableClock):
    section = by_id(page, "vm-resources")
    page.execute_script("arguments[0].scrollIntoView({behavior: 'instant'})", section)
    top = page.execute_script(TOP, section)
    for number in range(50, 54):
        an_event(site, number, "CRITICAL")
    refresh(page, clock)
    assert page.execute_script(TOP, section) == pytest.approx(top, abs=1)


def test_enter_in_a_note_comments_and_never_acknowledges(page: Any, site: SQLiteSite):
    mine = open_names(site)[0]
    by_id(page, f"vm-alert-{mine}-note").send_keys(TYPED, "\ue007")
    until(page, lambda: "Written down" in text_of(page, f"#vm-alert-{mine} > .vm-answer"))
    assert site.get(alerts.DOCTYPE, mine)["status"] == "Active"


@pytest.mark.parametrize(
    ("action", "done", "undone"),
    [
        ("acknowledge", "Acknowledged: ", "No longer acknowledged: "),
        ("resolve", "Resolved: ", "Open again: "),
    ],
)
def test_an_alert_that_is_acted_on_stays_where_it_is_and_offers_to_undo(
    page: Any, site: SQLiteSite, clock: MovableClock, action: str, done: str, undone: str
):
    before = order(page)
    mine = before[1]
    unfold(page, mine)
    by_id(page, f"vm-alert-{mine}-{action}").click()
    until(page, lambda: text_of(page, f"#vm-alert-{mine} > .vm-answer").startswith(done))
    refresh(page, clock)
    assert (order(page), open_names(site) == before) == (before, False)
    assert by_id(page, f"vm-alert-{mine}-more").get_attribute("open")
    assert page.switch_to.active_element.get_attribute("class").startswith("vm-answer")
    by_id(page, f"vm-alert-{mine}-note").send_keys(TYPED)
    found(page, f"#vm-alert-{mine} [data-undo]").click()
    until(page, lambda: text_of(page, f"#vm-alert-{mine} > .vm-answer").startswith(undone))
    assert by_id(page, f"vm-alert-{mine}-note").get_attribute("value") == TYPED
    assert TYPED not in text_of(page, f"#vm-alert-{mine} .vm-steps")
    assert site.get(alerts.DOCTYPE, mine)["status"] == "Active"
    page.refresh()
    assert order(page) == open_names(site)


def test_what_a_person_resolved_is_reopened_from_the_list_of_what_ended(page: Any, site: SQLiteSite):
    mine = open_names(site)[0]
    alerts.resolve(site, mine)
    site.commit()
    page.refresh()
    page.execute_script("document.getElementById('vm-alerts-ended').open = true")
    by_id(page, f"vm-ended-{mine}-reopen").click()
    until(page, lambda: "Open again" in text_of(page, f"#vm-alert-{mine} > .vm-answer"))


def test_it_is_undone_without_a_script(page: Any, site: SQLiteSite):
    mine = open_names(site)[0]
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.refresh()
        by_id(page, f"vm-alert-{mine}-resolve").click()
        until(page, lambda: by_id(page, "vm-notice").text == "Resolved: Batch 0 was refused")
        found(page, ".vm-undo button").click()
        until(page, lambda: by_id(page, "vm-notice").text == "Open again: Batch 0 was refused")
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_page_shows_site_time_wherever_the_visitor_is(page: Any, site: SQLiteSite, clock: MovableClock):
    page.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        refresh(page, clock)
        said = by_id(page, "vm-live").get_attribute("textContent")
        assert said.startswith("Updated 10:00:0")
        assert by_id(page, "vm-clock").get_attribute("title") == "all times: Europe/Amsterdam"
    finally:
        page.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
