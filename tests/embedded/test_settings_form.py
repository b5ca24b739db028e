"""The administrator of an embedded site switches and sets the monitor on a page."""

from __future__ import annotations

import re

from tests.embedded.conftest import Visitor
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings

FORM = "/app/monitoring-settings"
CHECKED = re.compile(r'<input type="checkbox"[^>]*name="([^"]+)"[^>]* checked>')
TYPED = re.compile(r'<input type="text"[^>]*name="([^"]+)"[^>]* value="([^"]*)"')


def shown(visitor: Visitor) -> dict[str, str]:
    """What a browser would post when nothing is changed."""
    html = visitor.get(FORM).text
    return {name: "on" for name in CHECKED.findall(html)} | dict(TYPED.findall(html))


def test_saving_the_form_as_it_is_changes_nothing(visitor: Visitor, site: SQLiteSite) -> None:
    before = settings.read(site)
    answer = visitor.post(FORM, shown(visitor))

    assert "Saved" in answer.text
    assert settings.read(site) == before


def test_it_switches_the_whole_monitor_off(visitor: Visitor, site: SQLiteSite) -> None:
    form = shown(visitor)
    del form["enabled"]
    visitor.post(FORM, form)

    assert not settings.read(site).enabled


def test_it_switches_one_rule_off_and_sets_another(visitor: Visitor, site: SQLiteSite) -> None:
    form = shown(visitor) | {"error_rate_hourly.threshold": "25"}
    del form["disk.enabled"]
    visitor.post(FORM, form)
    chosen = settings.read(site)

    assert chosen.switched_off == {"disk"}
    assert chosen.thresholds.values["error_rate_hourly"] == 25


def test_it_takes_recipients(visitor: Visitor, site: SQLiteSite) -> None:
    visitor.post(FORM, shown(visitor) | {"recipients": "a@vereniging.example\nb@vereniging.example"})

    assert settings.read(site).recipients.split() == ["a@vereniging.example", "b@vereniging.example"]


def test_what_is_typed_as_text_is_stored_in_tables_and_shown_as_text(
    visitor: Visitor, site: SQLiteSite
) -> None:
    typed = {"quiet_hours": "LOW 20:00-08:00", "channel_order": "desk, email", "parallel_channels": "slack"}
    visitor.post(FORM, shown(visitor) | typed)
    stored, html = site.get_single(settings.DOCTYPE), visitor.get(FORM).text

    assert [row["channel"] for row in stored["channel_rows"]] == ["desk", "email", "slack"]
    assert (stored["quiet_hours"], stored["channel_order"]) == ("", "")
    assert "LOW 20:00-08:00</textarea>" in html and "desk\nemail</textarea>" in html


def test_it_refuses_what_cannot_hold_and_keeps_what_was_typed(visitor: Visitor, site: SQLiteSite) -> None:
    before = settings.read(site)
    typed = {"error_rate_hourly.threshold": "many<b>", "recipients": "nobody"}
    answer = visitor.post(FORM, shown(visitor) | typed)

    assert "Not saved" in answer.text
    assert "many&lt;b&gt;" in answer.text
    assert settings.read(site) == before


def test_it_refuses_days_that_are_no_number(visitor: Visitor, site: SQLiteSite) -> None:
    answer = visitor.post(FORM, shown(visitor) | {"alert_retention_days": "a year"})

    assert "Not saved" in answer.text


def test_every_field_has_a_label(visitor: Visitor) -> None:
    html = visitor.get(FORM).text
    labelled = set(re.findall(r'<label [^>]*for="([^"]+)"', html))

    assert labelled == set(re.findall(r'<(?:input|textarea|select)[^>]* id="([^"]+)"', html))
