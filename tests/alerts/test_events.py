from __future__ import annotations

import pytest

from tests.conftest import MovableClock, RememberingPostman
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.alerts.alerts import details_of
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_the_checklist_alert_is_stored_and_mailed(site: SQLiteSite, postman: RememberingPostman) -> None:
    alert = AlertManager().send_alert("TEST", "LOW", "Deployment test alert", {"deployment": "success"})
    assert alert
    assert (alert["alert_type"], alert["severity"], alert["kind"]) == ("TEST", "LOW", "Event")
    assert (alert["status"], alert["opened_mail"]) == ("Active", "Handed over")
    (mail,) = postman.sent
    assert mail.subject == "[LOW] vereniging.example: Deployment test alert"
    assert "deployment: success" in mail.text


def test_the_same_event_within_an_hour_is_counted_not_told_again(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    for _ in range(3):
        AlertManager().send_alert("TEST", "LOW", "hello")
        clock.move(seconds=1)
    (row,) = site.get_all("System Alert", ["count"])
    assert (row["count"], len(postman.sent)) == (3, 1)


def test_after_an_hour_it_is_told_again(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    for _ in range(2):
        AlertManager().send_alert("TEST", "LOW", "hello")
        clock.move(minutes=61)
    statuses = [row["status"] for row in site.get_all("System Alert", ["status"], order_by="timestamp")]
    assert (statuses, len(postman.sent)) == (["Resolved", "Active"], 2)


def test_different_events_are_different_alerts(site: SQLiteSite, postman: RememberingPostman) -> None:
    for severity, message in (("LOW", "a"), ("LOW", "b"), ("HIGH", "a")):
        AlertManager().send_alert("TEST", severity, message)
    assert len(postman.sent) == 3


@pytest.mark.parametrize(
    ("given", "stored"),
    [("low", "LOW"), (" Critical ", "CRITICAL"), ("URGENT", "HIGH"), ("", "HIGH"), (None, "HIGH")],
)
def test_a_severity_that_does_not_exist_is_told_as_high(site: SQLiteSite, given: object, stored: str) -> None:
    alert = AlertManager().send_alert("TEST", given, "hello")  # type: ignore[arg-type]
    assert alert and alert["severity"] == stored
    assert ("severity_note" in details_of(alert)) == (str(given).strip().upper() != stored)


@pytest.mark.parametrize(
    ("alert_type", "message", "details"),
    [
        ("x" * 5000, "x" * 5000, {"x": "x" * 5000}),
        ("<b>", "<script>alert(1)</script>", {"<img onerror=x>": "<svg onload=x>"}),
        ("NUL\0", "NUL\0", {"NUL\0": "NUL\0"}),
        ("🦆", "🦆🏽‍♀️ 日本 עברית", {"🦆": ["🦆"]}),
        ("\ud800", "half a \ud800 pair", {"\udfff": "\ud800"}),
        ("", "", {}),
        (None, None, None),
        (7, ["not", "text"], [1, 2]),
        ("TEST", "x" * 100_000, {"n": float("nan")}),
        ("TEST", "line\r\nBcc: x@evil.example", "text"),
    ],
)
def test_whatever_is_given_is_stored_and_told(
    site: SQLiteSite, postman: RememberingPostman, alert_type: object, message: object, details: object
) -> None:
    alert = AlertManager().send_alert(alert_type, "LOW", message, details)  # type: ignore[arg-type]
    assert alert and alert["opened_mail"] == "Handed over"
    assert len(postman.sent) == 1 and len(postman.sent[0].subject) <= 200


def test_a_title_of_5000_characters_is_stored_whole(site: SQLiteSite) -> None:
    alert = AlertManager().send_alert("TEST", "LOW", "y" * 5000)
    assert alert and alert["message"] == "y" * 5000


def test_a_database_that_takes_no_writes_gives_none_and_raises_nothing(site: SQLiteSite, quiet: None) -> None:
    site.store.connection.execute("PRAGMA query_only = 1")
    assert AlertManager().send_alert("TEST", "LOW", "hello") is None


def test_a_dead_mail_server_keeps_the_alert_and_says_why(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    postman.refuses_because = "smtp.example:25 is not there"
    alert = AlertManager().send_alert("TEST", "LOW", "hello")
    assert alert and alert["opened_mail"] == "Not sent"
    assert alert["opened_mail_note"] == "smtp.example:25 is not there"
