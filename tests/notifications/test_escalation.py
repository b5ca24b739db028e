"""The climb: who is told when nobody acknowledges, and who is told of the end."""

from __future__ import annotations

import unittest
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import EmbeddedTelling
from tests.notifications.test_outbox import PIGEON, Pigeon, choose, deliveries, pigeon, tell
from verenigingen.tests.contracts.escalation_contract import EscalationContract
from vuurtoren.alerts import alerts
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings import settings
from vuurtoren.settings.escalation import EscalationLevel, EscalationState, reached, read
from vuurtoren.site.values import Mail, Proof

__all__ = ["pigeon"]

NOW = datetime(2026, 11, 4, 10, 0)
TWO = EscalationLevel(2, timedelta(minutes=30), ("two@x.example",))
THREE = EscalationLevel(3, timedelta(minutes=90), ("three@x.example",), severity="CRITICAL")
TOLD = EscalationState(NOW, "HIGH")
LEVELS: dict[str, object] = {
    "escalation_2_minutes": 30,
    "escalation_2_recipients": "two@x.example",
    "escalation_3_minutes": 90,
    "escalation_3_recipients": "three@x.example",
}


def numbers(
    standing: EscalationState, minutes: float, levels: tuple[EscalationLevel, ...] = (TWO, THREE)
) -> list[int]:
    return [each.number for each in reached(standing, levels, NOW + timedelta(minutes=minutes))]


@pytest.fixture
def levels(site: SQLiteSite) -> None:
    choose(site, **LEVELS)


@pytest.fixture
def opened(site: SQLiteSite, judge: Evaluate, levels: None) -> str:
    (name,) = judge(12).opened
    tell(site)
    return name


def to_level(postman: RememberingPostman, number: int) -> list[Mail]:
    address = {2: "two@x.example", 3: "three@x.example"}[number]
    return [mail for mail in postman.sent if address in mail.recipients]


def test_a_level_is_reached_when_its_time_is_over_and_not_before() -> None:
    assert (numbers(TOLD, 29.9), numbers(TOLD, 30)) == ([], [2])


def test_a_level_for_worse_alerts_is_left_out() -> None:
    assert numbers(TOLD, 90) == [2]
    assert numbers(replace(TOLD, severity="CRITICAL"), 90) == [2, 3]


@pytest.mark.parametrize("change", [{"acknowledged": True}, {"held_back": True}, {"level": 3}])
def test_nothing_climbs_further_then(change: dict[str, object]) -> None:
    assert numbers(replace(TOLD, severity="CRITICAL", **change), 500) == []  # type: ignore[arg-type]


def test_a_level_that_was_told_is_not_told_again() -> None:
    assert numbers(replace(TOLD, severity="CRITICAL", level=2), 90) == [3]


@given(
    st.sampled_from(SEVERITIES),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.integers(-300, 300),
    st.integers(0, 200),
)
def test_more_waiting_never_means_fewer_levels(
    severity: str, told: int, acknowledged: bool, held: bool, minutes: int, more: int
) -> None:
    standing = EscalationState(NOW, severity, told, acknowledged, held)
    longer = minutes + more if minutes >= 0 else minutes - more
    assert set(numbers(standing, minutes)) <= set(numbers(standing, longer))


def test_settings_without_levels_have_none_and_no_problem() -> None:
    assert read({}) == ((), [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"escalation_2_minutes": 30}, "escalation_2_recipients"),
        ({"escalation_2_minutes": 30, "escalation_2_recipients": "nobody"}, "'nobody' is not a mail address"),
        ({"escalation_2_recipients": "a@x.example"}, "escalation_2_minutes"),
        ({"escalation_3_minutes": -1}, "escalation_3_minutes"),
        ({"escalation_3_minutes": "soon"}, "escalation_3_minutes"),
        ({"escalation_2_channels": "Ünsinn!"}, "escalation_2_channels"),
        ({"escalation_2_severity": "WORST"}, "escalation_2_severity"),
        (LEVELS | {"escalation_3_minutes": 30}, "more than those of level 2"),
    ],
)
def test_levels_that_cannot_hold_are_refused_with_a_sentence(row: dict[str, object], said: str) -> None:
    assert any(said in sentence for sentence in read(row)[1])
    with pytest.raises(settings.BadSettings, match=said.replace("'", ".")):
        settings.check(row)


def test_the_mail_says_which_level_and_why(
    site: SQLiteSite, opened: str, postman: RememberingPostman, clock: MovableClock
) -> None:
    clock.move(minutes=30)
    tell(site)
    (mail,) = to_level(postman, 2)
    for text in (mail.text, mail.html):
        assert "nobody has acknowledged" in text
        assert "level 2" in text


def test_quiet_hours_hold_the_climb_back_but_never_of_critical_ones(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock, levels: None
) -> None:
    judge(12, RULE, replace(RULE, key="worse", severity="CRITICAL"))
    tell(site)
    choose(site, quiet_hours="HIGH 10:05-23:00")
    clock.move(minutes=40)
    tell(site)
    (mail,) = to_level(postman, 2)
    assert "CRITICAL" in mail.subject


def test_a_level_that_is_not_proven_falls_back_too(
    site: SQLiteSite, opened: str, pigeon: Pigeon, clock: MovableClock
) -> None:
    choose(site, escalation_2_channels="pigeon\ndesk")
    pigeon.proof = ""
    clock.move(minutes=30)
    tell(site)
    PIGEON.later = Proof("failed", "the hawk")
    tell(site)
    tell(site)
    assert ("desk", "Fallback", 2, "Proven") in deliveries(site, "channel", "role", "level", "status")


def test_a_channel_beside_the_first_gets_the_level_as_well(
    site: SQLiteSite, opened: str, pigeon: Pigeon, clock: MovableClock
) -> None:
    choose(site, parallel_channels="pigeon")
    clock.move(minutes=30)
    tell(site)
    assert [notice.level for notice in pigeon.sent] == [2]


def test_a_level_without_a_valid_recipient_tells_the_usual_ones_and_is_named_as_a_problem(
    site: SQLiteSite, opened: str, postman: RememberingPostman, clock: MovableClock
) -> None:
    usual = postman.sent[0].recipients
    choose(site, escalation_2_recipients="nobody")
    postman.sent.clear()
    clock.move(minutes=30)
    tell(site)
    assert [mail.recipients for mail in postman.sent] == [usual]
    assert any("level 2 tells the usual ones" in text for text in settings.read(site).problems)


def test_who_acknowledges_before_a_level_was_reached_keeps_it_from_being_told_later(
    site: SQLiteSite, opened: str, postman: RememberingPostman, clock: MovableClock
) -> None:
    clock.move(minutes=30)
    postman.refuses_because = "timed out"
    tell(site)
    alerts.acknowledge(site, opened, "I am on it")
    postman.refuses_because = ""
    clock.move(minutes=4)
    tell(site)
    assert to_level(postman, 2) == []


def test_many_that_climb_at_once_are_one_message(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock, levels: None
) -> None:
    judge(12, *(replace(RULE, key=f"rule_{number}") for number in range(8)))
    tell(site)
    clock.move(minutes=30)
    tell(site)
    (summary,) = to_level(postman, 2)
    assert "Nobody has acknowledged these in time, so level 2 is told." in summary.text


class TestEscalation(EmbeddedTelling, EscalationContract, unittest.TestCase):
    """The contract, on SQLite."""
