from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health.runs import abandon, last_success, run
from vuurtoren.site.values import Row


def row(site: SQLiteSite, job: str = "tick") -> Row:
    found = site.get("Monitoring Run", job)
    assert found
    return found


def test_a_run_is_recorded_with_its_duration(site: SQLiteSite) -> None:
    with run(site, "tick") as held:
        assert held
        assert row(site)["status"] == "Running"
    stored = row(site)
    assert (stored["status"], stored["runs_today"]) == ("Succeeded", 1)
    assert stored["started_at"] == stored["finished_at"] == stored["succeeded_at"] == site.now()
    assert stored["duration_ms"] >= 0 and stored["run_ms_today"] == stored["duration_ms"]


def test_while_one_holds_it_another_gets_nothing(site: SQLiteSite) -> None:
    with run(site, "tick") as held, run(site, "tick") as other, run(site, "hourly") as another_job:
        assert held and another_job
        assert other is None


def test_a_second_scheduler_calls_the_same_run(site: SQLiteSite, clock: MovableClock) -> None:
    with run(site, "tick"):
        pass
    clock.move(seconds=5)
    with run(site, "tick") as again:
        assert again is None
    clock.move(seconds=10)
    with run(site, "tick") as later:
        assert later


def test_a_step_that_failed_makes_the_run_failed(site: SQLiteSite) -> None:
    with run(site, "tick") as held:
        assert held
        held.problems.append("measuring: no disk")
    stored = row(site)
    assert (stored["status"], stored["error"]) == ("Failed", "measuring: no disk")
    assert last_success(site, "tick") is None


def test_what_it_raises_is_recorded_and_raised(site: SQLiteSite) -> None:
    with pytest.raises(ValueError, match="broken"), run(site, "tick"):
        site.insert("Error Log", {"method": "half done", "error": "x"})
        raise ValueError("broken")
    assert row(site)["error"] == "ValueError: broken"
    assert site.count("Error Log") == 0


def test_a_failure_keeps_the_time_of_the_last_success(site: SQLiteSite, clock: MovableClock) -> None:
    with run(site, "tick"):
        pass
    succeeded_at = site.now()
    clock.move(minutes=4)
    with run(site, "tick") as held:
        assert held
        held.problems.append("x")
    assert last_success(site, "tick") == succeeded_at


def test_a_process_that_is_gone_is_succeeded_at_once(site: SQLiteSite, clock: MovableClock) -> None:
    script = (
        "import sys; from pathlib import Path; from vuurtoren.embedded.store.sqlite_site import SQLiteSite\n"
        "from vuurtoren.health.runs import run\n"
        "run(SQLiteSite(Path(sys.argv[1])), 'tick').__enter__()"
    )
    subprocess.run([sys.executable, "-c", script, str(site.folder)], check=True, timeout=60)
    site.update("Monitoring Run", "tick", {"started_at": site.now()})
    clock.move(minutes=1)
    with run(site, "tick") as successor:
        assert successor


def test_a_worker_of_another_machine_is_given_its_time(site: SQLiteSite, clock: MovableClock) -> None:
    with run(site, "tick"):
        pass
    values = {"status": "Running", "holder": "elsewhere:1", "started_at": site.now()}
    site.update("Monitoring Run", "tick", values)
    clock.move(minutes=14)
    with run(site, "tick") as early:
        assert early is None


def test_a_worker_that_died_is_succeeded(site: SQLiteSite, clock: MovableClock) -> None:
    died = run(site, "tick")
    died.__enter__()
    clock.move(minutes=14)
    with run(site, "tick") as early:
        assert early is None
    clock.move(minutes=1)
    with run(site, "tick") as late:
        assert late


def test_a_run_that_was_abandoned_is_held_by_the_next_one_at_once(
    site: SQLiteSite, clock: MovableClock
) -> None:
    died = run(site, "tick")
    died.__enter__()
    clock.move(minutes=2)
    abandon(site, "tick")
    with run(site, "tick") as successor:
        assert successor
        assert row(site)["status"] == "Running"


def test_a_run_that_ended_is_not_abandoned(site: SQLiteSite) -> None:
    with run(site, "tick"):
        pass
    abandon(site, "tick")
    assert row(site)["status"] == "Succeeded"


def test_a_run_that_was_taken_over_ends_without_a_trace(site: SQLiteSite, clock: MovableClock) -> None:
    with run(site, "tick") as slow:
        assert slow
        slow.problems.append("too late")
        clock.move(minutes=20)
        with run(site, "tick") as successor:
            assert successor
    assert (row(site)["status"], row(site)["runs_today"]) == ("Succeeded", 1)


def test_a_run_from_before_the_clock_went_back_holds_nobody_up(site: SQLiteSite, clock: MovableClock) -> None:
    died = run(site, "tick")
    died.__enter__()
    clock.move(hours=-3)
    with run(site, "tick") as now:
        assert now


def test_the_counts_of_a_day_begin_anew_the_next_day(site: SQLiteSite, clock: MovableClock) -> None:
    for _ in range(3):
        with run(site, "tick"):
            pass
        clock.move(minutes=4)
    assert row(site)["runs_today"] == 3
    clock.move(days=1)
    with run(site, "tick"):
        pass
    assert row(site)["runs_today"] == 1


def test_what_is_done_once_a_day_is_done_again_only_after_a_failure(
    site: SQLiteSite, clock: MovableClock
) -> None:
    with run(site, "daily report", once_a="day") as held:
        assert held
        held.problems.append("nobody took it")
    clock.move(hours=1)
    with run(site, "daily report", once_a="day") as again:
        assert again
    clock.move(hours=1)
    with run(site, "daily report", once_a="day") as third:
        assert third is None
    clock.move(days=1)
    with run(site, "daily report", once_a="day") as tomorrow:
        assert tomorrow


def test_what_is_done_once_a_week_is_done_again_on_monday(site: SQLiteSite, clock: MovableClock) -> None:
    held_on = []
    for _ in range(14):
        with run(site, "weekly digest", once_a="week") as held:
            if held is not None:
                held_on.append(f"{site.now():%a %d}")
        clock.move(days=1)
    assert held_on == ["Wed 04", "Mon 09", "Mon 16"]


def test_it_keeps_what_is_worth_knowing_of_a_run_that_went_well(site: SQLiteSite) -> None:
    with run(site, "tick") as held:
        assert held
        held.notes.append("fundraising took 1 min")
    row = site.get("Monitoring Run", "tick")
    assert row and (row["status"], row["notes"]) == ("Succeeded", "fundraising took 1 min")
