"""Days when the clock, the database or a process does what it should not: nothing is lost or told twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import unittest
from datetime import datetime, timedelta, timezone

import pytest

from tests.conftest import MovableClock, RememberingPostman
from verenigingen.tests.contracts.clock_contract import ClockContract
from verenigingen.tests.support.patience import ended, turns
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import liveness
from vuurtoren.notifications import outbox
from vuurtoren.notifications.delivery import deliver
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import settings

AUTUMN, SPRING = datetime(2026, 10, 25, 1), datetime(2027, 3, 28, 1)
"""When the clocks of Amsterdam change, in UTC."""


def errors(site: SQLiteSite, count: int = 20) -> None:
    site.seed(
        "Error Log", [{"method": f"boom {number}", "error": "ValueError: x"} for number in range(count)]
    )
    site.commit()


def no_more_errors(site: SQLiteSite) -> None:
    site.delete("Error Log", {}, limit=1000)
    site.commit()


def about(postman: RememberingPostman, words: str) -> list[str]:
    return [mail.subject for mail in postman.sent if words in mail.subject]


class TestTimeThatPassed(ClockContract, unittest.TestCase):
    """The contract, with the embedded site's own clock and postman."""

    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite, postman: RememberingPostman, clock: MovableClock) -> None:
        self.site, self.embedded, self.postman, self.clock = site, site, postman, clock

    def errors(self) -> None:
        errors(self.embedded)

    def no_more_errors(self) -> None:
        no_more_errors(self.embedded)

    def tick(self) -> None:
        self.assertEqual(run_job(self.site, "tick"), "")

    def age(self, **ago: float) -> None:
        self.clock.move(**ago)

    def event(self, message: str = "the books do not balance") -> str:
        name = record_event(self.site, settings.read(self.site), "TEST", "HIGH", message)
        self.site.commit()
        return name

    def mails_about(self, alert: str) -> int:
        return sum(mail.reference_name == alert for mail in self.postman.sent)


@pytest.mark.parametrize("change_utc", [AUTUMN, SPRING])
@pytest.mark.parametrize("wrong", [False, True])
def test_a_night_of_the_clock_change_tells_what_stands_once_and_nothing_of_its_own(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock, change_utc: datetime, wrong: bool
) -> None:
    clock.moment = change_utc.replace(tzinfo=timezone.utc) - timedelta(hours=2)
    for _ in range(20):
        if wrong:
            no_more_errors(site)
            errors(site)
        assert run_job(site, "tick") == ""
        assert liveness.health(site, details=False)["status"] == "ok"
        clock.move(minutes=12)
    assert len(about(postman, "20 errors")) == int(wrong)
    assert site.count("System Alert", {"rule": "error_rate_hourly"}) == int(wrong)


def test_a_database_that_somebody_else_holds_is_named_and_the_next_tick_does_what_was_left(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock, quiet: None
) -> None:
    errors(site)
    site.store.connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(site.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "Busy" in run_job(site, "tick")
    other.rollback()
    other.close()
    clock.move(minutes=4)
    assert run_job(site, "tick") == ""
    assert len(about(postman, "20 errors")) == 1


def test_a_database_that_takes_no_writes_makes_the_monitor_silent(
    site: SQLiteSite, clock: MovableClock, quiet: None
) -> None:
    assert run_job(site, "tick") == ""
    clock.move(minutes=9)
    site.store.connection.execute("PRAGMA query_only = 1")
    run_job(site, "tick")
    assert liveness.health(site, details=False)["status"] == "silent"


def test_an_alert_opens_by_the_hourly_job_although_every_tick_is_lost(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    errors(site)
    assert run_job(site, "hourly") == ""
    assert len(about(postman, "20 errors")) == 1


def killed_at_commit(site: SQLiteSite, step: int) -> bool:
    """Deliver in a process that SIGKILL ends before (odd) or after (even) a commit; whether it did."""
    process = os.fork()
    if not process:
        _deliver_and_die(site, step)
    status = ended(process)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _deliver_and_die(site: SQLiteSite, step: int) -> None:
    """Never returns."""
    try:
        mine = SQLiteSite(site.folder, clock=site._clock, name=site.name, config=dict(site._config))
        commit, done = mine.commit, [0]

        def dies() -> None:
            for made in (False, True):
                if made:
                    commit()
                done[0] += 1
                if done[0] == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        mine.commit = dies  # type: ignore[method-assign]
        deliver(mine, settings.read(mine))
        os._exit(0)
    except BaseException:
        os._exit(1)


def test_a_process_killed_around_any_commit_of_a_delivery_rings_each_bell_once(
    site: SQLiteSite, clock: MovableClock
) -> None:
    site.set_single("Monitoring Settings", {"channel_order": "desk"})
    step = 0
    for step in turns("deliveries that are killed", start=1):
        before = site.count("Notification Log")
        record_event(site, settings.read(site), "TEST", "HIGH", f"killed at {step}")
        site.commit()
        died = killed_at_commit(site, step)
        for _ in range(3):
            clock.move(minutes=16)
            deliver(site, settings.read(site))
        assert site.count("Notification Log") == before + 1
        if not died:
            break
    assert step > 6
    assert site.count(outbox.DOCTYPE, {"status": "Proven"}) == step
