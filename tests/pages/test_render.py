"""From parts to HTML: escaped, balanced, complete, and readable without seeing it."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise
from typing import Any

import pytest

from tests.pages import pages
from tests.pages.reading import Html
from tests.pages.whole import Whole, render_content, render_page_body
from vuurtoren.pages import parts
from vuurtoren.pages.parts import Page, PageNotice, PageSection, Reading, Resources

EVIL = "\"'><evil onload=alert(1)>{{ 7 * 7 }}{index}{next}<!-- csrf_token -->&lt;\0"
KEPT = {"level", "key", "levels", "status", "said_level"}
"""Fields whose values the program chooses, never data."""
SECTIONS = [field.name for field in dataclasses.fields(Page) if "Section" in str(field.type)]


def body(page: Whole, **more: Any) -> str:
    return render_page_body(page, translate=str, **more)


def poisoned(part: Any) -> Any:
    """The same part with markup in every text that can come from data."""
    if isinstance(part, str):
        return EVIL
    if isinstance(part, tuple):
        return tuple(poisoned(each) for each in part)
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        changed = {
            field.name: poisoned(getattr(part, field.name))
            for field in dataclasses.fields(part)
            if field.name not in KEPT
        }
        return dataclasses.replace(part, **changed)
    return part


@pytest.mark.parametrize("draw", [pages.bad_day, pages.calm_day, pages.much_missing])
def test_it_escapes_markup_in_every_field(draw):
    html = body(poisoned(draw()), csrf_token=EVIL, notice=PageNotice("ok", EVIL))
    read = Html(html)
    assert "evil" not in {tag for tag, _attributes in read.elements}
    assert not [name for _tag, attributes in read.elements for name in attributes if name.startswith("on")]
    assert EVIL.replace("\0", "")[:30] in read.text().replace("\0", "")


def test_it_runs_no_template_that_stands_in_the_data():
    assert "{{ 7 * 7 }}" in Html(body(poisoned(pages.bad_day()))).text()


def test_it_leaves_nothing_that_frappe_would_replace_in_a_finished_page():
    html = body(poisoned(pages.bad_day()))
    for mark in ("{index}", "{next}", "<!-- csrf_token -->"):
        assert mark not in html


@pytest.mark.parametrize("draw", [pages.bad_day, pages.calm_day, pages.much_missing])
def test_it_closes_every_element_and_uses_every_id_once(draw):
    read = Html(body(draw()))
    assert read.unbalanced == []
    assert read.open == []
    assert len(read.ids()) == len(set(read.ids()))


@pytest.mark.parametrize("draw", [pages.bad_day, pages.calm_day, pages.much_missing])
def test_it_asks_for_nothing_from_elsewhere(draw):
    for _tag, attributes in Html(body(draw())).elements:
        for name in ("src", "href", "action", "data", "srcset"):
            assert not re.match(r"(?i)\s*(https?:|//|javascript:)", attributes.get(name) or "")
    assert "url(http" not in body(draw()) and "@import" not in body(draw())


def test_it_has_the_landmarks_and_one_heading_of_the_first_level():
    read = Html(body(pages.bad_day()))
    for landmark in ("header", "nav", "main"):
        assert len([tag for tag, _attributes in read.elements if tag == landmark]) >= 1
    assert len(read.with_tag("h1")) == 1
    levels = [int(tag[1]) for tag, _attributes in read.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_it_announces_the_overall_state_and_nothing_else():
    live = [
        attributes for _tag, attributes in Html(body(pages.bad_day())).elements if "aria-live" in attributes
    ]
    assert [attributes["role"] for attributes in live] == ["status"]


def test_it_names_every_field_and_button_of_a_form():
    read = Html(body(pages.bad_day()))
    labelled = {attributes["for"] for attributes in read.with_tag("label")}
    inputs = [attributes for attributes in read.with_tag("input") if attributes.get("type") != "hidden"]
    inputs += read.with_tag("select")
    assert inputs and {attributes["id"] for attributes in inputs} == labelled
    assert "Acknowledge Disk almost full" in read.text()


def test_it_posts_the_alert_the_action_and_the_token_without_a_script():
    read = Html(body(pages.bad_day(), csrf_token="secret"))
    forms = [form for form in read.with_tag("form") if form.get("role") != "search"]
    assert {(form["method"], form["action"]) for form in forms} == {("post", "/monitoring_dashboard")}
    hidden = [
        (field["name"], field["value"]) for field in read.with_tag("input") if field.get("type") == "hidden"
    ]
    assert hidden[2:4] == [("csrf_token", "secret"), ("alert", "8f2c1d")]
    actions = [(button["name"], button["value"]) for button in read.with_tag("button")]
    assert actions[1:4] == [("action", "comment"), ("action", "acknowledge"), ("action", "resolve")]


def test_it_offers_no_second_acknowledgement():
    read = Html(body(pages.bad_day()))
    assert "vm-alert-77a0e2-acknowledge" not in read.ids()
    assert {"vm-alert-77a0e2-unacknowledge", "vm-alert-77a0e2-resolve"} <= set(read.ids())


def test_it_offers_to_reopen_what_a_person_resolved_and_nothing_else():
    by_itself = dataclasses.replace(pages.ENDED_ALERT, name="bb22", resolved_by="")
    content = parts.Alerts((), (pages.ENDED_ALERT, by_itself))
    page = dataclasses.replace(pages.bad_day(), alerts=PageSection("alerts", "Open alerts", content))
    assert [identity for identity in Html(body(page)).ids() if identity.endswith("-reopen")] == [
        "vm-ended-00aa11-reopen"
    ]


def test_it_names_the_zone_of_its_times_once():
    assert body(pages.bad_day()).count("all times: Europe/Amsterdam") == 1


def test_it_draws_an_unknown_number_as_a_dash_with_its_reason():
    reading = Reading("Swap used", None, "%", "this machine has no swap", level="unknown")
    page = dataclasses.replace(
        pages.calm_day(), resources=PageSection("resources", "Resources", Resources((), (reading,)))
    )
    assert "– Swap used this machine has no swap" in Html(body(page)).text("vm-resources")


def test_it_says_a_state_in_words_and_not_in_colour_alone():
    read = Html(body(pages.bad_day()))
    assert "Critical: 2 problems need attention" in read.text()
    assert "Critical: 91.3" in read.text("vm-resources")


def test_it_says_that_nothing_is_wrong_with_what_was_checked():
    read = Html(body(pages.calm_day()))
    assert "Nothing is wrong 31 rules judged 40 s ago from 96 numbers" in read.text("vm-alerts")


@pytest.mark.parametrize("name", SECTIONS)
def test_it_shows_the_reason_of_a_section_that_failed_and_all_others(name):
    page = pages.bad_day()
    broken = dataclasses.replace(getattr(page, name), content=None, problem="the table is gone")
    read = Html(body(dataclasses.replace(page, **{name: broken})))
    assert "Not available the table is gone" in read.text(f"vm-{broken.key}")
    for other in set(SECTIONS) - {name}:
        assert "Not available" not in read.text(f"vm-{getattr(page, other).key}")


def test_it_marks_each_age_so_that_a_script_can_count_on():
    times = Html(body(pages.bad_day())).with_tag("time")
    assert {"datetime", "title", "data-seconds"} <= set(times[0])
    assert all(int(time["data-seconds"]) >= 0 for time in times)


def test_it_shows_what_became_of_the_visitors_action():
    read = Html(body(pages.bad_day(), notice=PageNotice("ok", "Acknowledged: Disk almost full")))
    assert read.text("vm-notice") == "Acknowledged: Disk almost full"
    assert "Undo" not in read.text()


def test_it_offers_to_undo_what_the_visitor_did():
    notice = PageNotice("ok", "Acknowledged: Disk almost full", "unacknowledge", "8f2c1d")
    buttons = Html(body(pages.bad_day(), notice=notice)).with_tag("button")
    assert ("action", "unacknowledge") in [(button["name"], button["value"]) for button in buttons]


def test_it_refreshes_with_the_same_content_that_the_page_has():
    page = pages.bad_day()
    content = render_content(page, translate=str, csrf_token="x")
    assert content in body(page, csrf_token="x")
    assert "<script" not in content and "<style" not in content


def test_it_translates_every_heading_and_button():
    shouted = render_page_body(pages.calm_day(), translate=lambda text: text.upper())
    assert "OVERALL STATE" in Html(shouted).text()
    assert "Nothing is wrong" not in Html(shouted).text()


def test_it_draws_an_alert_that_was_never_seen():
    alert = dataclasses.replace(pages.DISK_ALERT, first_seen=None, last_seen=None, value=None, limit=None)
    content = parts.Alerts((alert,), ())
    page = dataclasses.replace(pages.bad_day(), alerts=PageSection("alerts", "Open alerts", content))
    assert "Last seen never" in Html(body(page)).text("vm-alerts")
