"""A monitor that runs and cannot do its work is not healthy: every witness says which step fails, and why."""

from __future__ import annotations

import pytest

from tests.conftest import MovableClock
from tests.pages.whole import build_page
from vuurtoren.alerts import stored_state
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import liveness
from vuurtoren.notifications import heartbeat
from vuurtoren.rounds import checks
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import settings


@pytest.fixture
def cannot_judge(monkeypatch: pytest.MonkeyPatch, quiet: None) -> None:
    def fails(*_given: object) -> None:
        raise ValueError("no such state")

    monkeypatch.setattr(stored_state, "read_all", fails)


def test_after_one_failed_tick_it_is_still_healthy(site: SQLiteSite, cannot_judge: None) -> None:
    run_job(site, "tick")
    assert liveness.health(site, details=False)["status"] == "ok"


def test_after_two_failed_ticks_it_is_failing_and_says_which_step_and_why(
    site: SQLiteSite, clock: MovableClock, cannot_judge: None
) -> None:
    for _ in range(2):
        run_job(site, "tick")
        clock.move(minutes=4)
    found = liveness.health(site, details=True)
    assert found["status"] == "failing" and "judging: ValueError: no such state" in found["because"]
    assert set(liveness.health(site, details=False)) == {"status", "age_seconds"}


def test_the_page_says_so_first(site: SQLiteSite, clock: MovableClock, cannot_judge: None) -> None:
    for _ in range(2):
        run_job(site, "tick")
        clock.move(minutes=4)
    overall = build_page(site).overall
    assert (overall.level, overall.headline) == ("critical", "The monitor runs, but cannot do its work")
    assert "judging: ValueError: no such state" in overall.reasons[0]


def test_no_heartbeat_is_sent_meanwhile(
    site: SQLiteSite, clock: MovableClock, cannot_judge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(heartbeat, "beat", lambda _site, url: sent.append(url))
    run_job(site, "tick")
    assert sent == []


def test_one_good_tick_makes_it_healthy_again(
    site: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, quiet: None
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(stored_state, "read_all", lambda _site: 1 / 0)
        for _ in range(3):
            run_job(site, "tick")
            clock.move(minutes=4)
    assert liveness.health(site, details=False)["status"] == "failing"
    assert run_job(site, "tick") == ""
    assert liveness.health(site, details=False)["status"] == "ok"


def test_settings_that_cannot_be_read_are_a_failed_run_and_no_silence(
    site: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, quiet: None
) -> None:
    def fails(_site: object) -> settings.Settings:
        raise ValueError("no number")

    monkeypatch.setattr(checks.settings_module, "read", fails)
    for _ in range(2):
        run_job(site, "tick")
        clock.move(minutes=4)
    found = liveness.health(site, details=True)
    assert found["status"] == "failing" and "settings: ValueError: no number" in found["because"]
