"""What people do about alerts by the script of the page, in a real browser on the embedded server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import browser, by_id, server, shared_browser, text_of, until
from vuurtoren.alerts import steps, stored_silences
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings

__all__ = ["browser", "server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
RULE = "queue_depth"


@pytest.fixture
def alert(browser: Any, site: SQLiteSite) -> str:
    """The name of the one open alert, whose card is unfolded."""
    name = str(site.get_all("System Alert", ["name"], {"message": "Batch 12 was refused"})[0]["name"])
    browser.execute_script(f"document.getElementById('vm-alert-{name}-more').open = true")
    return name


def press(browser: Any, identity: str, said: str) -> None:
    """Press a button and wait until the page says that it is done."""
    by_id(browser, identity).click()
    until(browser, lambda: any(said in each.text for each in answers(browser)))


def answers(browser: Any) -> Any:
    return browser.find_elements("css selector", ".vm-answer, #vm-notice:not([hidden])")


def choose(browser: Any, identity: str, words: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(by_id(browser, identity)).select_by_visible_text(words)


def taken(site: SQLiteSite, alert: str) -> list[tuple[str, str, str]]:
    return [
        (row["step"], row["assignee"] or "", row["note"] or "")
        for row in steps.of_alerts(site, [alert])[alert]
    ]


def test_a_button_assigns_the_alert_and_another_press_takes_it_back(
    browser: Any, site: SQLiteSite, alert: str
):
    choose(browser, f"vm-alert-{alert}-user", "Administrator")
    press(browser, f"vm-alert-{alert}-assign", "Assigned to Administrator")
    assert site.get("System Alert", alert)["assigned_to"] == "Administrator"
    assert "Administrator" in text_of(browser, f"#vm-alert-{alert} summary")
    choose(browser, f"vm-alert-{alert}-user", "nobody")
    press(browser, f"vm-alert-{alert}-assign", "Assigned to nobody")
    assert not site.get("System Alert", alert)["assigned_to"]


def test_a_comment_stands_in_the_log_of_the_alert(browser: Any, site: SQLiteSite, alert: str):
    by_id(browser, f"vm-alert-{alert}-note").send_keys("the bank <b>answers</b> tomorrow")
    press(browser, f"vm-alert-{alert}-comment", "Written down")
    assert "the bank" in text_of(browser, f"#vm-alert-{alert} .vm-steps")
    assert taken(site, alert)[-1][0] == "Commented"


def test_a_comment_without_words_is_refused_and_says_why(browser: Any, alert: str):
    press(browser, f"vm-alert-{alert}-comment", "A comment needs words.")


def test_an_alert_is_silenced_until_it_is_resolved_and_told_again_by_a_button(
    browser: Any, site: SQLiteSite, alert: str
):
    by_id(browser, f"vm-alert-{alert}-note").send_keys("waiting for the bank")
    choose(browser, f"vm-alert-{alert}-minutes", "until resolved")
    press(browser, f"vm-alert-{alert}-silence", "silent until it is resolved")
    (silence,) = stored_silences.current(site)
    assert (silence.until_resolved, silence.reason) == (True, "waiting for the bank")
    assert "Not told: silent until it is resolved" in text_of(browser, f"#vm-alert-{alert}")
    press(browser, f"vm-silence-{silence.name}", "")
    until(browser, lambda: not stored_silences.current(site))


def test_a_silence_is_shown_under_the_name_of_what_is_silent(browser: Any, site: SQLiteSite, alert: str):
    by_id(browser, f"vm-alert-{alert}-note").send_keys("waiting")
    choose(browser, f"vm-alert-{alert}-minutes", "2 hours")
    press(browser, f"vm-alert-{alert}-silence", "silent until")
    (silence,) = stored_silences.current(site)
    shown = by_id(browser, f"vm-silence-{silence.name}").find_element("xpath", "ancestor::form").text
    assert shown.startswith("Test: silent until")


def test_a_maintenance_window_is_opened_from_the_page(browser: Any, site: SQLiteSite):
    browser.execute_script("document.getElementById('vm-maintenance').open = true")
    by_id(browser, "vm-maintenance-note").send_keys("a new disk")
    press(browser, "vm-maintenance-open", "Nothing is told until")
    assert [(each.planned, each.reason) for each in stored_silences.current(site)] == [(True, "a new disk")]


def test_a_suggestion_is_applied_and_taken_back_by_one_click_each(browser: Any, site: SQLiteSite):
    name, before = a_suggestion(browser, site), waits_seconds(site)
    press(browser, f"vm-suggestion-{name}-apply", "")
    take_back = f"vm-suggestion-{name}-take-back"
    until(browser, lambda: browser.find_elements("id", take_back))
    assert waits_seconds(site) == 1800
    by_id(browser, take_back).click()
    until(browser, lambda: not browser.find_elements("id", take_back))
    assert waits_seconds(site) == before


def test_a_suggestion_is_dismissed_by_one_click(browser: Any, site: SQLiteSite):
    name = a_suggestion(browser, site)
    by_id(browser, f"vm-suggestion-{name}-dismiss").click()
    until(browser, lambda: not browser.find_elements("id", f"vm-suggestion-{name}-dismiss"))
    assert stored_suggestions.shown(site) == []


def test_a_button_verifies_the_audit_trail_and_says_what_was_found(browser: Any):
    press(browser, "vm-verify-audit", "events sealed")


def a_suggestion(browser: Any, site: SQLiteSite) -> str:
    found = Suggestion(RULE, "Jobs waiting in a queue", 31, 0, waits_seconds(site), 1800, 2)
    stored_suggestions.renew(site, [found])
    name = str(stored_suggestions.shown(site)[0]["name"])
    by_id(browser, "vm-refresh").click()
    until(browser, lambda: browser.find_elements("id", f"vm-suggestion-{name}-apply"))
    return name


def waits_seconds(site: SQLiteSite) -> int:
    rule = settings.read(site).rule(RULE)
    assert rule
    return rule.for_seconds
