"""The badge in the desk's bar, in a real browser, on a page that has of the desk what the script asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import verenigingen
from tests.pages import test_desk_notice
from tests.pages.test_desk_notice import Desk, browser, desk, opened

__all__ = ["browser", "desk"]

pytestmark = test_desk_notice.pytestmark
SCRIPT = (Path(verenigingen.__file__).parent / "public" / "js" / "alert_badge.js").read_text("utf-8")
BAR = '<body><nav class="navbar"><ul><li class="dropdown-notifications">bell</li></ul></nav>'
FIND = "const found = document.getElementById('verenigingen-alert-badge'); return found && found.textContent"


@pytest.fixture(autouse=True)
def badge_instead_of_notice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(test_desk_notice, "SCRIPT", SCRIPT)
    monkeypatch.setattr(test_desk_notice, "FIND", FIND)
    monkeypatch.setattr(test_desk_notice, "DESK", test_desk_notice.DESK.replace("<body>", BAR))
    yield


def told(desk: Desk, answer: str) -> None:
    desk.health = (200, f'{{"message": {answer}}}')


def test_open_alerts_are_counted_before_the_bell_and_severe_ones_are_said(browser: Any, desk: Desk) -> None:
    told(desk, '{"open": 3, "severe": 1}')
    assert opened(browser, desk, expected=True) == "3"
    badge = browser.find_element("css selector", "#verenigingen-alert-badge + .dropdown-notifications")
    link = browser.find_element("css selector", "#verenigingen-alert-badge a")
    assert badge.text == "bell" and link.get_attribute("href").endswith("/monitoring_dashboard/alerts")
    assert "HIGH or CRITICAL" in link.get_attribute("aria-label")


def test_what_nobody_knows_is_a_question_mark(browser: Any, desk: Desk) -> None:
    told(desk, '{"open": null, "severe": null}')
    assert opened(browser, desk, expected=True) == "?"


@pytest.mark.parametrize("answer", ['{"open": 0, "severe": 0}', "{}", "null", '"x"'])
def test_without_open_alerts_or_an_answer_of_ours_there_is_none(
    browser: Any, desk: Desk, answer: str
) -> None:
    told(desk, answer)
    assert opened(browser, desk, expected=False) is None


def test_nobody_else_asks(browser: Any, desk: Desk) -> None:
    desk.role = "Website Manager"
    told(desk, '{"open": 3, "severe": 1}')
    assert opened(browser, desk, expected=False) is None and desk.asked == 0
