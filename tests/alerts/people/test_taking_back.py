"""Acknowledging and resolving are taken back: by whom, until when, and what people hear of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, RememberingPostman
from vuurtoren.alerts import alerts, steps, stored_state
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.site.values import Row

JAN = "jan@vereniging.example"


@pytest.fixture
def alert(judge: Evaluate) -> str:
    (name,) = judge(12).opened
    return name


def row_of(site: SQLiteSite, name: str) -> Row:
    row = site.get(alerts.DOCTYPE, name)
    assert row
    return row


def an_event(site: SQLiteSite) -> str:
    name = record_event(site, settings.read(site), "TEST", "HIGH", "Batch 12 was refused")
    site.commit()
    return name


def last_step(site: SQLiteSite, name: str) -> tuple[str, str, str]:
    row = steps.of_alerts(site, [name])[name][-1]
    return str(row["step"]), str(row["step_by"]), str(row["note"])


def subjects(site: SQLiteSite, postman: RememberingPostman) -> list[str]:
    deliver(site, settings.read(site))
    return [mail.subject for mail in postman.sent]


def test_an_acknowledgement_that_is_taken_back_leaves_the_alert_as_it_was(site: SQLiteSite, alert: str):
    before = row_of(site, alert)
    alerts.acknowledge(site, alert, "on it", JAN)
    alerts.unacknowledge(site, alert, "not me", JAN)
    after = row_of(site, alert)
    assert {name for name in after if after[name] != before[name]} <= {"modified", "modified_by"}
    assert last_step(site, alert) == ("Unacknowledged", JAN, "not me")


def test_only_an_acknowledgement_can_be_taken_back(site: SQLiteSite, alert: str):
    with pytest.raises(NotPossible, match="Active; only an acknowledgement"):
        alerts.unacknowledge(site, alert)


def test_of_two_who_take_an_acknowledgement_back_one_does(site: SQLiteSite, alert: str, monkeypatch):
    alerts.acknowledge(site, alert)
    seen = row_of(site, alert)
    alerts.unacknowledge(site, alert)
    monkeypatch.setattr(alerts, "existing", lambda site, name: seen)
    with pytest.raises(NotPossible):
        alerts.unacknowledge(site, alert)


@pytest.mark.parametrize("acknowledged", [True, False])
def test_an_alert_that_is_reopened_stands_where_it_stood(site: SQLiteSite, alert: str, acknowledged: bool):
    if acknowledged:
        alerts.acknowledge(site, alert, "on it", JAN)
    before = row_of(site, alert)
    alerts.resolve(site, alert, "mended", JAN)
    alerts.reopen(site, alert, "it was not", JAN)
    after = row_of(site, alert)
    assert {name for name in after if after[name] != before[name]} <= {"modified", "modified_by"}
    assert last_step(site, alert) == ("Reopened", JAN, "it was not")


def test_a_reopened_alert_is_counted_on_and_ends_by_itself(site: SQLiteSite, alert: str, judge: Evaluate):
    alerts.resolve(site, alert)
    alerts.reopen(site, alert)
    site.commit()
    assert judge(13).opened == []
    assert judge(3).resolved == [alert]


def test_an_event_is_reopened(site: SQLiteSite):
    name = an_event(site)
    alerts.resolve(site, name)
    alerts.reopen(site, name)
    assert row_of(site, name)["status"] == "Active"


def test_an_alert_about_not_knowing_is_reopened_while_nothing_is_known(site: SQLiteSite, judge: Evaluate):
    at_once = replace(RULE, unknown_for_seconds=0)
    (name,) = judge("no sensor", at_once).opened
    alerts.resolve(site, name)
    site.commit()
    alerts.reopen(site, name)
    site.commit()
    alerts.resolve(site, name)
    site.commit()
    judge(3, at_once)
    with pytest.raises(NotPossible, match="has ended since"):
        alerts.reopen(site, name)


def test_an_open_alert_is_not_reopened(site: SQLiteSite, alert: str):
    with pytest.raises(NotPossible, match="only a resolved alert"):
        alerts.reopen(site, alert)


def test_what_ended_by_itself_is_not_reopened(site: SQLiteSite, alert: str, judge: Evaluate):
    judge(3)
    with pytest.raises(NotPossible, match="ended by itself"):
        alerts.reopen(site, alert)


def test_what_has_ended_since_is_not_reopened(site: SQLiteSite, alert: str, judge: Evaluate):
    alerts.resolve(site, alert)
    site.commit()
    judge(3)
    with pytest.raises(NotPossible, match="has ended since"):
        alerts.reopen(site, alert)


def test_it_is_not_reopened_beside_a_newer_one(site: SQLiteSite):
    name = an_event(site)
    alerts.resolve(site, name)
    an_event(site)
    with pytest.raises(NotPossible, match="A newer alert"):
        alerts.reopen(site, name)


def test_the_database_refuses_a_second_open_alert_whoever_looked_first(site: SQLiteSite, monkeypatch):
    name = an_event(site)
    alerts.resolve(site, name)
    an_event(site)
    monkeypatch.setattr(alerts, "find_open", lambda *given: None)
    with pytest.raises(NotPossible, match="A newer alert"):
        alerts.reopen(site, name)


def test_an_evaluation_that_looked_before_does_not_end_it_on_what_it_saw(
    site: SQLiteSite, alert: str, judge: Evaluate, monkeypatch
):
    """The evaluator's compare-and-swap loses, and the next one ends the alert."""
    alerts.resolve(site, alert)
    site.commit()
    seen = stored_state.read_all(site)
    alerts.reopen(site, alert)
    site.commit()
    with monkeypatch.context() as blind:
        blind.setattr(stored_state, "read_all", lambda site: seen)
        assert judge(3).resolved == []
    assert judge(3).resolved == [alert]


def test_an_end_that_nobody_was_told_of_is_not_told_any_more(
    site: SQLiteSite, alert: str, postman: RememberingPostman
):
    opened = subjects(site, postman)
    alerts.resolve(site, alert)
    alerts.reopen(site, alert)
    site.commit()
    assert subjects(site, postman) == opened


def test_people_who_were_told_of_the_end_hear_that_it_is_open_and_later_of_its_end(
    site: SQLiteSite, alert: str, postman: RememberingPostman, clock: MovableClock, judge: Evaluate
):
    opened = subjects(site, postman)
    alerts.resolve(site, alert)
    site.commit()
    both = subjects(site, postman)
    assert len(both) == 2
    clock.move(minutes=3)
    alerts.reopen(site, alert)
    site.commit()
    assert subjects(site, postman) == [*both, *opened]
    clock.move(minutes=3)
    judge(3)
    assert subjects(site, postman) == [*both, *opened, both[1].replace("after 0 s", "after 6 min")]


def test_an_end_that_is_being_told_while_somebody_reopens_is_followed_by_that_it_is_open(
    site: SQLiteSite, alert: str, postman: RememberingPostman, monkeypatch
):
    """A worker has claimed the end when the compare-and-swap of the reopening comes."""
    opened = subjects(site, postman)
    alerts.resolve(site, alert)
    site.commit()
    seen = intents.of_alerts(site, [alert])
    both = subjects(site, postman)
    with monkeypatch.context() as blind:
        blind.setattr(intents, "of_alerts", lambda site, names: seen)
        alerts.reopen(site, alert)
    site.commit()
    assert subjects(site, postman) == [*both, *opened]
