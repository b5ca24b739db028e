"""A suggestion on the page: applied, taken back and dismissed with one click, and refused with a sentence."""

from __future__ import annotations

import pytest

from tests.pages.reading import Html
from tests.pages.whole import build_page, render_page_body
from verenigingen.www import monitoring_dashboard as www
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Refused
from vuurtoren.pages.actions import answer_form
from vuurtoren.settings import settings

RULE = "queue_depth"


def waits_seconds(site: SQLiteSite) -> int:
    rule = settings.read(site).rule(RULE)
    assert rule
    return rule.for_seconds


@pytest.fixture
def name(site: SQLiteSite) -> str:
    stored_suggestions.renew(site, [Suggestion(RULE, "Jobs waiting", 31, 0, waits_seconds(site), 1800, 2)])
    return str(stored_suggestions.shown(site)[0]["name"])


def section(site: SQLiteSite) -> str:
    html = render_page_body(build_page(site), translate=site.translate, csrf_token="")
    return Html(html).text("vm-recommendations")


def press(site: SQLiteSite, action: str, name: str) -> str:
    return answer_form(site, {"action": f"{action}_suggestion", "suggestion": name}).said


def test_the_page_says_what_would_have_kept_the_rule_quiet(site: SQLiteSite, name: str) -> None:
    said = section(site)
    assert "fired 31 times, never acknowledged; told only after 30 min, it would have fired 2 times" in said
    assert "Apply" in said and "Dismiss" in said


def test_one_click_applies_it_and_another_takes_it_back(site: SQLiteSite, name: str) -> None:
    before = waits_seconds(site)
    assert press(site, "apply", name) == f"“{RULE}” is told after 30 min."
    assert waits_seconds(site) == 1800
    assert "Take back" in section(site) and "applied by" in section(site)
    press(site, "take_back", name)
    assert waits_seconds(site) == before
    assert "31 times" not in section(site)


def test_what_is_dismissed_leaves_the_page(site: SQLiteSite, name: str) -> None:
    press(site, "dismiss", name)
    assert "31 times" not in section(site)


def test_a_second_click_is_answered_with_a_sentence(site: SQLiteSite, name: str) -> None:
    press(site, "apply", name)
    assert "This suggestion is Applied" in press(site, "apply", name)


def test_the_method_refuses_what_cannot_be(site: SQLiteSite, name: str) -> None:
    www.apply_suggestion(name)
    with pytest.raises(Refused, match="Applied"):
        www.dismiss_suggestion(name)
    (row,) = www.get_suggestions()
    assert row["status"] == "Applied"


def test_a_click_that_is_refused_half_way_leaves_nothing_behind(site: SQLiteSite, name: str) -> None:
    broken = {"name": RULE, "rule_key": RULE, "enabled": 1, "links": "Gone DocType", "most_open": 0}
    site.insert_many("Alert Rule", [broken])
    site.commit()
    assert "there is no DocType" in press(site, "apply", name)
    site.commit()  # as Frappe does after a posted page
    (row,) = www.get_suggestions()
    assert row["status"] == "Open"


@pytest.mark.parametrize("odd", ["\x00", "\ud800"])
def test_what_can_be_no_name_is_refused(site: SQLiteSite, odd: str) -> None:
    with pytest.raises(Refused, match="There is no suggestion"):
        www.apply_suggestion(odd)
