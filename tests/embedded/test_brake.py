"""Whoever guesses the password of the embedded server is slowed down, and it is noted."""

from __future__ import annotations

import base64

import pytest

from tests.embedded.conftest import HOST, TOKEN, Visitor
from vuurtoren.embedded.server import brake
from vuurtoren.embedded.server.brake import FREE_TRIES, LONGEST_WAIT_SECONDS, MOST_ADDRESSES, Brake
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

PASSWORD = "a long enough password"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stopwatch() -> Clock:
    return Clock()


@pytest.fixture
def guarded(site: SQLiteSite, stopwatch: Clock) -> Visitor:
    gate = Gate("127.0.0.1", 8000, PASSWORD, token=TOKEN, brake=Brake(stopwatch))
    return Visitor(Application(site, gate))


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()


def ask(visitor: Visitor, password: str) -> int:
    return visitor.get("/monitoring_dashboard", Authorization=basic(password), Host=HOST).status_code


def test_after_a_few_wrong_passwords_even_the_right_one_waits(guarded: Visitor, stopwatch: Clock) -> None:
    assert [ask(guarded, "wrong") for _ in range(FREE_TRIES)] == [401] * FREE_TRIES
    assert ask(guarded, PASSWORD) == 429
    stopwatch.now += 1
    assert ask(guarded, PASSWORD) == 200


def test_it_says_how_long_to_wait(guarded: Visitor) -> None:
    for _ in range(FREE_TRIES):
        ask(guarded, "wrong")
    answer = guarded.get("/monitoring_dashboard", Authorization=basic("x"), Host=HOST)
    assert answer.headers["Retry-After"] == "1"
    assert "wait 1 s" in answer.text


def test_a_day_of_guessing_is_a_few_thousand_tries(stopwatch: Clock) -> None:
    made, tries = Brake(stopwatch), 0
    while stopwatch.now < 86_400:
        stopwatch.now += made.waits("203.0.113.7") or 0.01
        made.wrong("203.0.113.7")
        tries += 1
    assert tries < 3000


def test_every_wrong_password_is_a_refused_log_in_and_a_visit_without_one_is_none(
    site: SQLiteSite, guarded: Visitor
) -> None:
    guarded.get("/monitoring_dashboard", Host=HOST)
    ask(guarded, "wrong")
    rows = site.get_all("Activity Log", ["operation", "status", "subject"])
    assert [(row["operation"], row["status"]) for row in rows] == [("Login", "Failed")]


def test_the_right_password_begins_anew(guarded: Visitor) -> None:
    for _ in range(3):
        assert [ask(guarded, "wrong") for _ in range(FREE_TRIES - 1)] == [401] * (FREE_TRIES - 1)
        assert ask(guarded, PASSWORD) == 200


def test_others_do_not_wait_and_a_whole_network_of_ipv6_is_one(stopwatch: Clock) -> None:
    made = Brake(stopwatch)
    for number in range(FREE_TRIES):
        made.wrong(f"2001:db8:1:2::{number}")
    assert made.waits("2001:db8:1:2:ffff::9") > 0
    assert made.waits("2001:db8:1:3::1") == made.waits("203.0.113.7") == 0


def test_it_waits_no_longer_than_its_limit_and_remembers_no_more_than_its_limit(stopwatch: Clock) -> None:
    made = Brake(stopwatch)
    for _ in range(10_000):
        made.wrong("203.0.113.7")
    assert made.waits("203.0.113.7") == LONGEST_WAIT_SECONDS
    for number in range(MOST_ADDRESSES + 50):
        made.wrong(f"10.0.{number // 250}.{number % 250}")
    assert len(made._tries) == MOST_ADDRESSES


@pytest.mark.parametrize(("quiet_seconds", "waits"), [(3600, brake.FIRST_WAIT_SECONDS), (3601, 0)])
def test_what_was_before_a_quiet_hour_is_forgotten(
    stopwatch: Clock, quiet_seconds: int, waits: float
) -> None:
    made = Brake(stopwatch)
    for _ in range(FREE_TRIES - 1):
        made.wrong("203.0.113.7")
    stopwatch.now += quiet_seconds
    made.wrong("203.0.113.7")
    assert made.waits("203.0.113.7") == waits
