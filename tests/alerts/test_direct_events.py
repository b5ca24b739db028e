"""Alerts that other code inserts by itself are completed to events, and each is told once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.conftest import MovableClock
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import complete_inserted
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings.settings import Settings
from vuurtoren.site.values import Row

RATE_LIMIT = {"alert_type": "Security", "severity": "High", "status": "Open", "message": "rate limit"}


def inserted(site: SQLiteSite, **given: object) -> Row:
    """The row as the document would store it."""
    values, record_opening = complete_inserted(site, Settings(), RATE_LIMIT | given)
    name = site.insert(alerts.DOCTYPE, values)
    record_opening(name)
    return (site.get(alerts.DOCTYPE, name) or {}) | intents.columns(site, [name])[name]


def test_times_kind_and_status_are_filled(site: SQLiteSite) -> None:
    row = inserted(site)
    assert (row["kind"], row["status"], row["severity"]) == ("Event", "Active", "HIGH")
    assert row["timestamp"] == row["first_seen"] == row["last_seen"] == site.now()
    assert row["opened_mail"] == "Due"


def test_one_without_a_severity_is_of_medium_severity(site: SQLiteSite) -> None:
    assert inserted(site, severity=None)["severity"] == "MEDIUM"


def test_a_severity_that_does_not_exist_is_told_as_high_and_said_so(site: SQLiteSite) -> None:
    row = inserted(site, severity="Urgent")
    assert row["severity"] == "HIGH"
    assert "Urgent" in row["details"]


@pytest.mark.parametrize("details", [{"a": 1}, '{"a": 1}'])
def test_details_are_json_whatever_they_came_as(site: SQLiteSite, details: object) -> None:
    assert json.loads(inserted(site, details=details)["details"]) == {"a": 1}


def test_its_subject_stands_before_its_message(site: SQLiteSite) -> None:
    assert inserted(site, subject="Payments")["message"] == "Payments: rate limit"


def test_no_iban_gets_in(site: SQLiteSite) -> None:
    row = inserted(site, message="NL91ABNA0417164300 failed", details={"x": "NL91ABNA0417164300"})
    assert "0417164300" not in str(row)


def test_a_time_of_its_own_stays_unless_it_is_still_to_come(site: SQLiteSite) -> None:
    earlier = site.now() - timedelta(hours=3)
    assert inserted(site, timestamp=str(earlier))["timestamp"] == earlier
    assert inserted(site, message="other", timestamp=datetime(2099, 1, 1))["timestamp"] == site.now()


def test_the_same_again_is_told_once_an_hour(site: SQLiteSite, clock: MovableClock) -> None:
    told = []
    for _ in range(5):
        told.append(inserted(site)["opened_mail"])
        clock.move(minutes=25)
    assert told == ["Due", "Not wanted", "Not wanted", "Due", "Not wanted"]
    assert site.count(alerts.DOCTYPE, {"status": ("in", alerts.OPEN_STATUSES)}) == 1


@pytest.mark.parametrize("status", ["Resolved", "Acknowledged", "Closed"])
def test_none_is_born_as_anything_but_active(site: SQLiteSite, status: str) -> None:
    with pytest.raises(alerts.NotPossible, match="A new alert is Active"):
        inserted(site, status=status)


@pytest.mark.parametrize("missing", ["alert_type", "message"])
def test_one_that_says_nothing_is_refused_with_a_sentence(site: SQLiteSite, missing: str) -> None:
    with pytest.raises(alerts.NotPossible, match="needs its alert_type and a message"):
        inserted(site, **{missing: None})
