"""What people come for, by clicks alone, counted from where they are."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer

from tests.conftest import MovableClock
from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import an_event, found, server, shared_browser, until
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.outward.page_paths import path_of_alert
from vuurtoren.rounds import checks

__all__ = ["server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]


class Person:
    """Somebody with a browser, whose clicks are counted."""

    def __init__(self, browser: Any, root: str) -> None:
        self.browser, self.root, self.clicks = browser, root, 0

    def opens(self, path: str = "monitoring_dashboard") -> Person:
        self.browser.get(f"{self.root}/{path}")
        return self

    def clicks_on(self, selector: str) -> Person:
        until(self.browser, lambda: self._click(selector))
        self.clicks += 1
        return self

    def _click(self, selector: str) -> bool:
        wanted = found(self.browser, selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", wanted)
        wanted.click()
        return True

    def sees(self, text: str) -> None:
        until(self.browser, lambda: text in self.browser.find_element("css selector", "main").text)


@pytest.fixture
def person(shared_browser: Any, server: BaseWSGIServer, site: SQLiteSite) -> Person:
    """At 1440, on a watched site."""
    checks.run_job(site, "tick")
    site.commit()
    chromium.resize(shared_browser, 1440)
    return Person(shared_browser, f"http://127.0.0.1:{server.server_port}")


def test_the_cause_of_the_most_frequent_error_is_two_clicks_away(person: Person, site: SQLiteSite):
    for _ in range(3):
        site.insert(
            "Error Log",
            {"method": "ValueError: broken", "error": "Traceback\n  in dues.py\nValueError: broken"},
        )
    site.commit()
    index.index_new_errors(site)
    person.opens().clicks_on(".vm-nav a[href$='/errors']").clicks_on("tr[id^=vm-kind] a")
    person.sees("in dues.py")
    assert person.clicks <= 2


def test_an_alert_is_acknowledged_from_its_mail_with_two_clicks(person: Person, site: SQLiteSite):
    name = an_event(site, "Batch 12 was refused")
    person.clicks = 1  # the link in the mail
    person.opens(path_of_alert(name)).clicks_on(f"#vm-alert-{name}-acknowledge")
    person.sees("Acknowledged: Batch 12 was refused")
    assert person.clicks <= 2


def test_an_alert_is_muted_for_two_hours_with_two_clicks(person: Person, site: SQLiteSite):
    name = an_event(site, "Batch 12 was refused")
    person.opens().clicks_on(f"a[href$='/alert/{name}']")
    found(person.browser, f"#vm-alert-{name}-note").send_keys("known")
    person.clicks_on(f"#vm-alert-{name}-silence")
    person.sees("Not told: silent until")
    assert person.clicks <= 2


def test_a_threshold_is_changed_beside_what_it_would_have_done_with_two_clicks(
    person: Person, site: SQLiteSite
):
    person.opens("monitoring_dashboard/rule/error_rate_hourly")
    typed = found(person.browser, "input[name=try]")
    typed.clear()
    typed.send_keys("20")
    person.clicks_on("#vm-trying form[method=get] button").clicks_on("#vm-trying button[value=change_rule]")
    person.sees("holds from the next check on")
    site.rollback()
    assert (site.get("Alert Rule", "error_rate_hourly") or {})["threshold"] == "20"
    assert person.clicks <= 2


def test_a_threshold_is_changed_from_the_mail_of_an_alert_with_three_clicks(
    person: Person, site: SQLiteSite, clock: MovableClock
):
    for number in range(12):
        site.insert("Error Log", {"method": "ValueError: broken", "error": f"ValueError: broken {number}"})
    site.commit()
    clock.move(minutes=5)
    checks.run_job(site, "tick")
    site.commit()
    (alert,) = site.get_all("System Alert", ["name"], {"rule": "error_rate_hourly", "status": "Active"})
    person.clicks = 1  # the link in the mail
    person.opens(path_of_alert(str(alert["name"])))
    typed = found(person.browser, "input[name=try]")
    typed.clear()
    typed.send_keys("20")
    person.clicks_on("#vm-trying form[method=get] button")
    person.sees("It would have opened no alert")
    person.clicks_on("#vm-trying button[value=change_rule]")
    person.sees("holds from the next check on")
    site.rollback()
    assert (site.get("Alert Rule", "error_rate_hourly") or {})["threshold"] == "20"
    assert person.clicks <= 3


def test_the_disk_of_last_month_is_two_clicks_away(person: Person):
    person.opens().clicks_on("#vm-area-resources a[href*='host.disk_percent']").clicks_on(
        "a[href*='range=30d']"
    )
    person.sees("Disk")
    assert "range=30d" in person.browser.current_url
    assert person.clicks <= 2


@pytest.mark.parametrize("width", [390, 1024, 1440, 2560])
@pytest.mark.parametrize(
    "page", ["", "/alerts", "/errors", "/metrics", "/operations", "/rules", "/notifications"]
)
def test_no_page_is_wider_than_the_screen_and_none_complains(
    person: Person, site: SQLiteSite, page: str, width: int
):
    an_event(site, "Batch 12 was refused")
    chromium.resize(person.browser, width)
    person.browser.get_log("browser")
    person.opens(f"monitoring_dashboard{page}")
    root = "document.documentElement"
    assert person.browser.execute_script(f"return {root}.scrollWidth - {root}.clientWidth") <= 0
    assert person.browser.get_log("browser") == []
