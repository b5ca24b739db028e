"""Two machines of a bench whose clocks differ by an hour, and tick in turn: one monitor, which tells once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.embedded.demo.builders import log_errors
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import liveness
from vuurtoren.rounds.checks import run_job


@contextmanager
def on_the_machine_ahead(clock: MovableClock) -> Iterator[None]:
    clock.move(hours=1)
    yield
    clock.move(hours=-1)


def ticks_in_turn(site: SQLiteSite, clock: MovableClock, pairs: int) -> None:
    for _ in range(pairs):
        assert run_job(site, "tick") == ""
        clock.move(minutes=4)
        with on_the_machine_ahead(clock):
            assert run_job(site, "tick") == ""
        clock.move(minutes=4)


def test_each_does_its_ticks_and_errors_are_told_once(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    with on_the_machine_ahead(clock):
        log_errors(site, 40, minutes=30)
    log_errors(site, 40, minutes=30)
    site.commit()
    ticks_in_turn(site, clock, 3)
    assert (site.get("Monitoring Run", "tick") or {})["runs_today"] == 6
    assert len(site.get_all("System Alert", ["name"], {"rule": "error_rate_hourly"})) == 1
    assert sum("errors in the last hour" in mail.subject for mail in postman.sent) == 1


def test_the_one_behind_does_not_know_how_old_a_tick_of_the_other_is(
    site: SQLiteSite, clock: MovableClock
) -> None:
    ticks_in_turn(site, clock, 2)
    assert liveness.health(site, details=False)["status"] == "unknown"
    with on_the_machine_ahead(clock):
        assert liveness.health(site, details=False)["status"] == "ok"
