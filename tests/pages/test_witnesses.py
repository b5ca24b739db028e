"""What each witness says when something that the monitor stands on stands still."""

from __future__ import annotations

import base64
import unittest
from typing import Any

import pytest
from werkzeug.test import Client

from tests.conftest import MovableClock, RememberingPostman
from tests.pages.whole import build_page
from verenigingen.tests.contracts.witness_contract import WitnessContract
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import moments
from vuurtoren.rounds.checks import run_job

HEALTH = "/api/method/verenigingen.www.monitoring_dashboard.health"
PASSWORD = "a long enough password"


def ask(site: SQLiteSite, *, password: str = "", given: str = "", method: str = "GET") -> tuple[int, Any]:
    client = Client(Application(site, Gate("127.0.0.1", 8000, password)))
    headers = {"Host": "127.0.0.1:8000"}
    if given:
        headers["Authorization"] = "Basic " + base64.b64encode(f"admin:{given}".encode()).decode()
    answer = client.open(HEALTH, method=method, headers=headers)
    return answer.status_code, answer.get_json(silent=True)


class TestWitnesses(WitnessContract, unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite, clock: MovableClock) -> None:
        self.site, self.clock = site, clock

    def tick(self) -> None:
        run_job(self.site, "tick")

    def last_tick_was(self, **ago: float) -> None:
        self.tick()
        self.clock.move(**ago)

    def ask(self, *, as_administrator: bool = False, method: str = "GET") -> tuple[int, Any]:
        given = PASSWORD if as_administrator else ""
        status, body = ask(self.site, password=PASSWORD, given=given, method=method)
        return status, body and body["message"]


def test_a_monitor_that_runs_is_healthy(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    clock.move(seconds=100)
    status, body = ask(site)
    assert (status, body["message"]["status"], body["message"]["age_seconds"]) == (200, "ok", 100)


@pytest.mark.parametrize(("seconds", "status"), [(480, 200), (481, 503)])
def test_it_is_silent_past_two_intervals(
    site: SQLiteSite, clock: MovableClock, seconds: int, status: int
) -> None:
    run_job(site, "tick")
    clock.move(seconds=seconds)
    assert ask(site)[0] == status


def test_the_interval_is_that_of_the_site(site: SQLiteSite, clock: MovableClock) -> None:
    site.set_conf("scheduler_interval", 60)
    run_job(site, "tick")
    clock.move(seconds=121)
    assert ask(site)[0] == 503


def test_a_wrong_password_is_a_guest_and_the_right_one_sees_each_job(site: SQLiteSite) -> None:
    run_job(site, "tick")
    assert "jobs" not in ask(site, password=PASSWORD, given="wrong")[1]["message"]
    jobs = ask(site, password=PASSWORD, given=PASSWORD)[1]["message"]["jobs"]
    assert (jobs["tick"]["limit_seconds"], jobs["hourly"]["status"]) == (480, "never ran")


def test_guests_reach_nothing_else(site: SQLiteSite) -> None:
    client = Client(Application(site, Gate("127.0.0.1", 8000, PASSWORD)))
    for path in ("/monitoring_dashboard", HEALTH.replace("health", "get_system_metrics"), HEALTH + "x", "/"):
        assert client.get(path, headers={"Host": "127.0.0.1:8000"}).status_code == 401


def test_asking_writes_nothing_and_measures_nothing(site: SQLiteSite) -> None:
    site.store.connection.execute("PRAGMA query_only = 1")
    assert ask(site)[0] == 503


def test_a_clock_that_went_back_far_is_no_sign_of_life(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    clock.move(hours=-2)
    assert ask(site)[0] == 503


def test_switched_off_is_silent(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    site.set_single("Monitoring Settings", {"enabled": 0})
    site.commit()
    clock.move(minutes=10)
    run_job(site, "tick")
    assert ask(site)[0] == 503


def test_when_no_tick_comes_page_and_health_say_so(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    clock.move(minutes=9)
    assert ask(site)[0] == 503
    assert "silent" in build_page(site).overall.headline


def test_dead_mail_is_told_by_the_page_and_does_not_make_the_monitor_dead(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    run_job(site, "tick")
    assert ask(site)[0] == 200
    mail = build_page(site).monitor.content
    assert mail is not None and "smtp.example:25 timed out" in mail.mail.hindrances


def test_no_tick_and_dead_mail_together_are_both_told(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    run_job(site, "tick")
    clock.move(minutes=9)
    page = build_page(site)
    assert ask(site)[0] == 503
    assert page.overall.level == "critical"
    assert page.monitor.content is not None and page.monitor.content.mail.level == "warning"


def test_the_page_shows_a_heartbeat_that_nobody_takes(site: SQLiteSite) -> None:
    site.set_single("Monitoring Settings", {"heartbeat_url": "https://127.0.0.1:1/secret"})
    site.commit()
    run_job(site, "tick")
    content = build_page(site).monitor.content
    assert content is not None
    (line,) = [run for run in content.runs if run.label == "Outgoing heartbeat"]
    assert line.level == "warning" and "was not reached" in line.said and "secret" not in line.said


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (480, "ok"), (481, "warning")])
def test_the_page_says_of_a_heartbeat_that_was_taken_when_the_next_one_is_overdue(
    site: SQLiteSite, clock: MovableClock, seconds: int, level: str
) -> None:
    site.set_single("Monitoring Settings", {"heartbeat_url": "https://watch.example/x"})
    taken = moments.now_as(site, "Monitoring Run", "started_at", "finished_at", "succeeded_at")
    site.insert("Monitoring Run", {"job": "heartbeat", "status": "Succeeded"} | taken)
    site.commit()
    clock.move(seconds=seconds)
    content = build_page(site).monitor.content
    assert content is not None
    (line,) = [run for run in content.runs if run.label == "Outgoing heartbeat"]
    assert (line.level, line.age_seconds) == (level, seconds)
