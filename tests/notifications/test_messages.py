from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.messages import Event, Notification, about_many, about_one
from vuurtoren.notifications.routing import notice
from vuurtoren.outward.templating import Message
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY


class Tags(HTMLParser):
    """The elements of a page, and whether each that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.seen.append(tag)
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def told(site: SQLiteSite, name: str, event: Event = "opened") -> Message:
    row = site.get("System Alert", name)
    assert row
    return about_one(site, Notification(row, event))


def test_the_subject_carries_severity_site_and_summary(site: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge(12).opened
    assert told(site, name).subject == "[HIGH] vereniging.example: 12 errors in the last hour, more than 10"


def test_both_bodies_say_value_limit_since_what_to_do_and_where(site: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge(12).opened
    message = told(site, name)
    wanted = ("12 errors", "10 errors", "2026-11-04 10:00", "Then act.", name, "/app/error-log")
    for body in (message.text, message.html):
        assert all(text in body for text in (*wanted, "/monitoring_dashboard"))


def test_the_closing_message_says_how_long_and_why(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    (name,) = judge(12).opened
    clock.move(minutes=90)
    judge(3)
    message = told(site, name, "resolved")
    assert message.subject == "[HIGH] vereniging.example: Resolved after 1 h 30 min: Errors"
    assert "1 h 30 min" in message.text and "3 errors now" in message.text


def test_what_is_over_is_told_as_something_of_the_past_wherever_it_is_told(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    slow = replace(BY_KEY["slow_requests"], for_seconds=0, keep_firing_seconds=0)
    (name,) = judge(0, slow, requests__p95_ms=4390).opened
    present = "One request in twenty takes longer than 4.39 s (limit 3 s)"
    assert told(site, name).subject.endswith(present)
    clock.move(minutes=30)
    judge(0, slow, requests__p95_ms=90)
    row = site.get("System Alert", name)
    assert row and row["status"] == "Resolved"
    after = "Resolved after 30 min: Slow requests"
    ended = Notification(row, "resolved")
    message, many = about_one(site, ended), about_many(site, [ended, ended])
    assert message.subject == f"[MEDIUM] vereniging.example: {after}"
    lines = message.text.splitlines()
    assert [line for line in lines if present in line] == [f"While it was open: {present}"]
    assert lines[2] == after and not any(line.startswith("Value:") for line in lines)
    assert present not in many.text and f"MEDIUM · resolved: {after}" in many.text
    (facts,) = notice(site, [ended], "webhook").facts
    assert (facts["headline"], facts["message"]) == (after, present)


def test_what_is_over_is_told_in_the_language_of_who_reads_it(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    queue = replace(BY_KEY["queue_oldest"], keep_firing_seconds=0)
    readings = {"queue__oldest_seconds": 5000}
    (name,) = judge(0, queue, **readings).opened
    clock.move(hours=1)
    judge(0, queue, queue__oldest_seconds=0)
    with site.speaking("nl"):
        said = told(site, name, "resolved")
    assert said.subject.startswith("[HOOG] vereniging.example: Opgelost na 1 u: Achterstand in een wachtrij")
    assert "Zolang ze openstond: " in said.text


def test_the_end_of_not_knowing_is_that_it_is_known_again(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    (name,) = judge("the log is gone", replace(RULE, unknown_for_seconds=0)).opened
    clock.move(minutes=12)
    judge(3, replace(RULE, unknown_for_seconds=0))
    assert told(site, name, "resolved").subject.endswith(": Can be judged again after 12 min: Errors")


@pytest.mark.parametrize("missing", ["first_seen", "resolved_at"])
def test_an_end_without_its_moment_is_told_without_how_long_it_took(
    site: SQLiteSite, judge: Evaluate, missing: str
) -> None:
    (name,) = judge(12).opened
    judge(3)
    row = site.get("System Alert", name)
    assert row
    assert about_one(site, Notification(row | {missing: None}, "resolved")).subject.endswith(
        ": Resolved: Errors"
    )


def test_not_knowing_has_no_value(site: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge("the log is gone", replace(RULE, unknown_for_seconds=0)).opened
    message = told(site, name)
    assert "the log is gone" in message.text
    assert "Value" not in message.text


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text(max_size=200), st.dictionaries(st.text(), st.text(), max_size=5))
def test_no_text_breaks_out_of_subject_or_html(
    site: SQLiteSite, text: str, alert_type: str, details: dict[str, str]
) -> None:
    hostile = f"{text}\r\nBcc: x@evil.example</td><script>{text}</script>"
    name = record_event(site, settings.read(site), alert_type, "HIGH", hostile, details)
    message = told(site, name)
    site.rollback()
    assert len(message.subject) <= 200
    assert not re.search(r"[\x00-\x1f\x7f]", message.subject)
    assert "script" not in Tags(message.html).seen and not Tags(message.html).open
    message.html.encode("utf-8")
    message.text.encode("utf-8")


def test_a_title_of_5000_characters_stays_whole_in_the_body(site: SQLiteSite) -> None:
    long = "x" * 5000
    message = told(site, record_event(site, settings.read(site), "TEST", "LOW", long))
    assert len(message.subject) == 200 and message.subject.endswith("…")
    assert long in message.text and long in message.html


def test_nobodys_iban_leaves(site: SQLiteSite) -> None:
    name = record_event(
        site, settings.read(site), "TEST", "LOW", "NL91ABNA0417164300", {"x": "NL91 ABNA 0417 1643 00"}
    )
    message = told(site, name)
    for part in (message.subject, message.text, message.html):
        assert "0417" not in part and "NL91****4300" in part


def test_many_are_one_message_with_the_most_severe_first(site: SQLiteSite) -> None:
    names = [
        record_event(site, settings.read(site), "TEST", severity, f"{severity} thing {number}")
        for severity in ("LOW", "CRITICAL", "MEDIUM")
        for number in range(30)
    ]
    rows = [row for name in names if (row := site.get("System Alert", name))]
    message = about_many(site, [Notification(row, "opened") for row in rows])
    assert message.subject == "[CRITICAL] vereniging.example: 90 alerts opened, 0 resolved"
    assert message.text.index("CRITICAL thing") < message.text.index("MEDIUM thing")
    assert "And 40 more" in message.text
    assert not Tags(message.html).open


def test_evidence_stands_in_the_message(site: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge(12).opened
    site.update(
        "System Alert",
        name,
        {"details": alerts.details_text({"evidence": [{"setting": "logging", "effect": "shows all"}]})},
    )
    assert "setting: logging, effect: shows all" in told(site, name).text


def test_details_that_are_broken_break_no_message(site: SQLiteSite, judge: Evaluate) -> None:
    (name,) = judge(12).opened
    for broken in ("{", "[1]", "", '{"evidence": 3, "links": "x", "which": []}'):
        site.update("System Alert", name, {"details": broken})
        assert "12 errors" in told(site, name).text
