"""The embedded scheduler runs what hooks.py names, at Frappe's times, and survives what goes wrong."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import MovableClock
from verenigingen.tests.support.patience import SECONDS
from vuurtoren.embedded import scheduler as scheduler_module
from vuurtoren.embedded.scheduler import Job, Scheduler, jobs_of, next_start
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

NOW = datetime(2026, 11, 4, 10, 0)
RAN: list[datetime] = []


def hourly(method: str = "note_the_time") -> Job:
    return Job(f"{__name__}.{method}", "Hourly", "0 * * * *")


def all_events(method: str = "note_the_time") -> Job:
    return Job(f"{__name__}.{method}", "All", "*/4 * * * *")


def note_the_time() -> None:
    from vuurtoren.composition import current_site

    RAN.append(current_site().now())


def insert_and_fail() -> None:
    from vuurtoren.composition import current_site

    current_site().insert("Error Log", {"method": "half done"})
    raise RuntimeError("NL91 ABNA 0417 1643 00 was refused")


@pytest.fixture(autouse=True)
def no_runs() -> None:
    RAN.clear()


def scheduler_of(site: SQLiteSite, *jobs: Job) -> Scheduler:
    made = Scheduler(site, jobs)
    made.register()
    return made


def test_it_reads_the_jobs_that_hooks_declare() -> None:
    declared = {
        "all": ["app.tasks.look"],
        "hourly_long": ["app.tasks.check"],
        "cron": {"*/5 * * * *": ["app.tasks.tick"]},
    }

    assert jobs_of(declared) == [
        Job("app.tasks.look", "All", "*/4 * * * *"),
        Job("app.tasks.check", "Hourly Long", "0 * * * *"),
        Job("app.tasks.tick", "Cron", "*/5 * * * *"),
    ]


def test_it_refuses_an_event_that_frappe_does_not_know() -> None:
    with pytest.raises(ValueError, match="Fortnightly"):
        jobs_of({"fortnightly": ["app.tasks.pay"]})


def test_a_job_that_never_ran_starts_at_once() -> None:
    assert next_start("0 0 * * *", None, NOW) == NOW


def test_a_job_starts_at_its_next_time_after_its_last_start() -> None:
    assert next_start("0 * * * *", NOW - timedelta(minutes=20), NOW) == NOW


@given(st.timedeltas(min_value=timedelta(hours=1), max_value=timedelta(days=30)))
def test_after_any_sleep_a_job_is_due(asleep: timedelta) -> None:
    assert next_start("0 * * * *", NOW - asleep, NOW) <= NOW


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3000)))
def test_after_the_clock_went_back_a_job_waits_one_interval_at_most(ahead: timedelta) -> None:
    assert NOW < next_start("0 * * * *", NOW + ahead, NOW) <= NOW + timedelta(hours=1)


def test_it_catches_up_once_after_a_sleep(site: SQLiteSite, clock: MovableClock) -> None:
    scheduler = scheduler_of(site, hourly())
    scheduler.run_if_due(hourly())
    clock.move(hours=9)

    ran = [scheduler.run_if_due(hourly()) for _ in range(5)]

    assert ran == [True, False, False, False, False]
    assert RAN == [NOW, NOW + timedelta(hours=9)]


def test_it_goes_on_when_the_clock_went_back(site: SQLiteSite, clock: MovableClock) -> None:
    scheduler = scheduler_of(site, hourly())
    scheduler.run_if_due(hourly())
    clock.move(days=-400)
    assert not scheduler.run_if_due(hourly())
    clock.move(hours=1)

    assert scheduler.run_if_due(hourly())


def test_it_records_a_run_as_frappe_does(site: SQLiteSite) -> None:
    scheduler_of(site, hourly()).run_if_due(hourly())

    job_type = site.get_all("Scheduled Job Type", ["name", "method", "frequency", "last_execution"])[0]
    assert job_type == {
        "name": "test_scheduler.note_the_time",
        "method": f"{__name__}.note_the_time",
        "frequency": "Hourly",
        "last_execution": NOW,
    }
    logs = site.get_all("Scheduled Job Log", ["scheduled_job_type", "status"])
    assert logs == [{"scheduled_job_type": job_type["name"], "status": "Complete"}]


def test_it_records_a_failure_and_takes_back_what_the_job_wrote(site: SQLiteSite) -> None:
    scheduler_of(site, hourly("insert_and_fail")).run_if_due(hourly("insert_and_fail"))

    log = site.get_all("Scheduled Job Log", ["status", "details"])[0]
    assert log["status"] == "Failed"
    assert "RuntimeError" in log["details"]
    assert site.count("Error Log") == 0


def test_it_keeps_account_numbers_out_of_the_job_log(site: SQLiteSite) -> None:
    scheduler_of(site, hourly("insert_and_fail")).run_if_due(hourly("insert_and_fail"))

    assert "0417 1643" not in site.get_all("Scheduled Job Log", ["details"])[0]["details"]


def test_it_runs_a_failed_job_again_at_its_next_time(site: SQLiteSite, clock: MovableClock) -> None:
    scheduler = scheduler_of(site, hourly("insert_and_fail"))
    scheduler.run_if_due(hourly("insert_and_fail"))
    clock.move(hours=1)

    assert scheduler.run_if_due(hourly("insert_and_fail"))


def test_it_records_a_job_whose_function_is_not_there(site: SQLiteSite) -> None:
    scheduler_of(site, hourly("no_such_function")).run_if_due(hourly("no_such_function"))

    assert "no_such_function" in site.get_all("Scheduled Job Log", ["details"])[0]["details"]


def test_it_logs_a_frequent_job_only_when_it_failed(site: SQLiteSite) -> None:
    scheduler = scheduler_of(site, all_events(), all_events("insert_and_fail"))
    scheduler.run_if_due(all_events())
    scheduler.run_if_due(all_events("insert_and_fail"))

    assert site.tally("Scheduled Job Log", "status") == {"Failed": 1}


def test_it_leaves_a_stopped_job_alone(site: SQLiteSite) -> None:
    scheduler = scheduler_of(site, hourly())
    site.update("Scheduled Job Type", "test_scheduler.note_the_time", {"stopped": 1})

    assert not scheduler.run_if_due(hourly())


def test_it_runs_nothing_while_the_configuration_pauses_it(site: SQLiteSite) -> None:
    scheduler = scheduler_of(site, hourly())
    site.set_conf("pause_scheduler", 1)

    assert not scheduler.run_if_due(hourly())


def test_it_registers_a_job_once_and_keeps_when_it_last_ran(site: SQLiteSite) -> None:
    scheduler_of(site, hourly()).run_if_due(hourly())
    scheduler_of(site, hourly())

    assert [row["last_execution"] for row in site.get_all("Scheduled Job Type", ["last_execution"])] == [NOW]


def test_it_leaves_the_jobs_of_others_alone(site: SQLiteSite) -> None:
    site.insert("Scheduled Job Type", {"method": "other.app.job", "last_execution": NOW})
    scheduler_of(site, hourly())

    assert site.count("Scheduled Job Type") == 2


def test_it_records_a_run_that_an_earlier_process_never_finished(site: SQLiteSite) -> None:
    scheduler_of(site, hourly())
    site.insert(
        "Scheduled Job Log", {"scheduled_job_type": "test_scheduler.note_the_time", "status": "Start"}
    )
    scheduler_of(site, hourly())

    assert site.tally("Scheduled Job Log", "status") == {"Failed": 1}


def test_its_threads_run_jobs_and_end_when_told(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = threading.Event()
    monkeypatch.setattr(scheduler_module, "function_at", lambda path: ran.set)
    scheduler = Scheduler(site, [hourly(), all_events()])
    scheduler.start()

    assert ran.wait(10)
    assert scheduler.stop() == []


def test_jobs_that_hang_share_the_time_that_a_stop_gives_them(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Semaphore(0), threading.Event()

    def hang() -> None:
        begun.release()
        released.wait(SECONDS)

    monkeypatch.setattr(scheduler_module, "function_at", lambda path: hang)
    scheduler = Scheduler(site, [hourly("one"), all_events("another")])
    scheduler.start()
    assert begun.acquire(timeout=SECONDS)
    assert begun.acquire(timeout=SECONDS)

    before = time.monotonic()
    going_on = scheduler.stop(wait_seconds=2)
    took = time.monotonic() - before
    released.set()

    assert len(going_on) == 2
    assert took < 3.5
    assert scheduler.stop() == []


def test_its_threads_survive_a_configuration_that_cannot_be_read(
    site: SQLiteSite, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, ran = site.folder / "site_config.json", threading.Event()
    config.write_text("{ half a file")
    monkeypatch.setattr(scheduler_module, "function_at", lambda path: ran.set)

    class RepairedAfterTheFirstLook(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            config.unlink(missing_ok=True)
            return super().wait(0.01)

    scheduler = Scheduler(site, [hourly()])
    scheduler._stopping = RepairedAfterTheFirstLook()
    scheduler.start()

    assert ran.wait(10)
    assert scheduler.stop() == []
    assert "cannot be read" in site.get_all("Error Log", ["error"])[0]["error"]


def test_its_threads_survive_a_database_that_takes_no_writes(site: SQLiteSite, quiet: None) -> None:
    class EndsAfterTheFirstLook(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return True

    scheduler = scheduler_of(site, hourly())
    scheduler._stopping = EndsAfterTheFirstLook()
    site.store.connection.execute("PRAGMA query_only = ON")
    scheduler._keep_running("hourly", lambda: scheduler.run_if_due(hourly()))

    assert RAN == []
    assert "accepts no writes" in (site.folder / "errors-not-stored.log").read_text()


@pytest.mark.parametrize(("cron", "runs"), [("*/4 * * * *", 45), ("0 * * * *", 3), ("30 2 * * *", 1)])
def test_in_the_night_of_the_clock_change_jobs_neither_rest_nor_run_twice(
    site: SQLiteSite, clock: MovableClock, cron: str, runs: int
) -> None:
    clock.moment = datetime(2026, 10, 25, 0, 0, tzinfo=timezone.utc) - timedelta(seconds=1)
    job = Job("tests.embedded.test_scheduler.note_the_time", "All", cron)
    scheduler = scheduler_of(site, job)
    scheduler.run_if_due(job)
    clock.move(seconds=1)
    started = []
    for _ in range(179):
        if scheduler.run_if_due(job):
            started.append(site.now())
        clock.move(minutes=1)
    assert len(started) == runs
