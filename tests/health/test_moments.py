"""Ages across changes of the clock and of the time zone: two nights of 2026, a first zone, a move west."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from tests.pages.whole import build_page, render_content
from vuurtoren.embedded.store.sqlite_site import SQLiteSite, own_zone
from vuurtoren.health import liveness, runs
from vuurtoren.rounds.checks import run_job
from vuurtoren.signals.measuring import collect

AUTUMN, SPRING = datetime(2026, 10, 25, 1), datetime(2026, 3, 29, 1)
HALF_A_MINUTE = timedelta(seconds=30)
Moving = Callable[[str], SQLiteSite]


@pytest.fixture
def in_zone(tmp_path: Path, clock: MovableClock) -> Iterator[Moving]:
    """The same site, started again in another time zone."""
    opened: list[SQLiteSite] = []

    def open_in(zone: str) -> SQLiteSite:
        for before in opened:
            before.store.close()
        opened[:] = [SQLiteSite(tmp_path / "zoned", clock=clock, config={"time_zone": zone})]
        return opened[0]

    yield open_in
    for site in opened:
        site.store.close()


def shown(site: SQLiteSite) -> str:
    html = render_content(build_page(site), translate=site.translate, csrf_token="")
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u202f", " ").split())


@pytest.mark.parametrize("change_utc", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_a_tick_every_four_minutes_is_never_silent_nor_an_hour_old(
    site: SQLiteSite, clock: MovableClock, change_utc: datetime
) -> None:
    clock.moment = change_utc.replace(tzinfo=timezone.utc) - timedelta(minutes=84)
    assert run_job(site, "tick") == ""
    for number in range(42):
        clock.move(minutes=4)
        found = liveness.health(site, details=True)
        assert (found["status"], found["age_seconds"]) == ("ok", 240)
        assert collect(site, ["monitor"], fresh=True).get("monitor.tick_age_seconds").value == 240
        if number % 6 == 0 or 18 <= number <= 24:
            said = shown(site)
            assert "Tick 4 min ago" in said and "last judged 4 min ago" in said
            assert (
                "Tick silent" not in said and "has been silent" not in said and "last judged 1 h" not in said
            )
        assert run_job(site, "tick") == "", site.now()


@pytest.mark.parametrize("change_utc", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_a_tick_that_stays_away_in_that_night_is_silent_after_two_periods(
    site: SQLiteSite, clock: MovableClock, change_utc: datetime
) -> None:
    clock.moment = change_utc.replace(tzinfo=timezone.utc) - timedelta(minutes=4)
    run_job(site, "tick")
    clock.move(minutes=8, seconds=1)
    assert liveness.health(site, details=False) == {"status": "silent", "age_seconds": 481}


def test_a_run_in_the_repeated_hour_is_not_taken_for_the_one_an_hour_before(
    site: SQLiteSite, clock: MovableClock
) -> None:
    clock.moment = AUTUMN.replace(tzinfo=timezone.utc) - timedelta(minutes=30)
    with runs.run(site, "hourly") as first:
        assert first
    clock.move(hours=1)
    with runs.run(site, "hourly") as second:
        assert second


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_a_zone_that_moves_changes_no_age(in_zone: Moving, clock: MovableClock, zone: str) -> None:
    run_job(in_zone("Europe/Amsterdam"), "tick")
    clock.move(minutes=4)
    site = in_zone(zone)
    assert liveness.health(site, details=False) == {"status": "ok", "age_seconds": 240}
    clock.move(minutes=5)
    assert liveness.health(site, details=False) == {"status": "silent", "age_seconds": 540}


def in_the_future(site: SQLiteSite, seconds: float) -> None:
    """The last tick as it is after the machine's clock was set back."""
    ahead = timedelta(seconds=seconds)
    values = {"finished_at": site.now() + ahead, "finished_at_utc": site.now_utc() + ahead}
    values |= {"succeeded_at": values["finished_at"], "succeeded_at_utc": values["finished_at_utc"]}
    site.update("Monitoring Run", "tick", values)
    site.commit()


def test_an_age_below_zero_is_unknown_to_every_witness(site: SQLiteSite) -> None:
    run_job(site, "tick")
    in_the_future(site, 11)
    found = liveness.health(site, details=True)
    assert (found["status"], found["age_seconds"]) == ("unknown", None)
    assert "clock or the time zone was changed" in found["because"]
    metric = collect(site, ["monitor"], fresh=True).get("monitor.tick_age_seconds")
    assert not metric.known and "clock or the time zone was changed" in metric.reason
    page = build_page(site)
    assert page.monitor.content is not None and page.monitor.content.runs[0].level == "unknown"
    assert page.overall.level == "unknown" and "Tick in" not in shown(site)


def test_a_few_seconds_between_two_machines_are_no_change_of_the_clock(site: SQLiteSite) -> None:
    run_job(site, "tick")
    in_the_future(site, 9)
    assert liveness.health(site, details=False) == {"status": "ok", "age_seconds": 0}


def test_the_next_tick_makes_it_known_again(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    in_the_future(site, 3600)
    clock.move(minutes=1)
    run_job(site, "tick")
    assert liveness.health(site, details=False) == {"status": "ok", "age_seconds": 0}


def test_a_row_from_before_the_migration_is_read_in_site_time(site: SQLiteSite, clock: MovableClock) -> None:
    run_job(site, "tick")
    site.update("Monitoring Run", "tick", {"finished_at_utc": None, "succeeded_at_utc": None})
    clock.move(minutes=3)
    assert liveness.health(site, details=False) == {"status": "ok", "age_seconds": 180}


def test_a_heartbeat_from_the_future_is_not_green(site: SQLiteSite, clock: MovableClock) -> None:
    site.set_single("Monitoring Settings", {"heartbeat_url": "https://watch.example/x"})
    ahead = {
        "succeeded_at": site.now() + timedelta(hours=4),
        "succeeded_at_utc": clock.moment.replace(tzinfo=None),
    }
    ahead["succeeded_at_utc"] += timedelta(hours=4)
    site.insert("Monitoring Run", {"job": "heartbeat", "status": "Succeeded"} | ahead)
    site.commit()
    content = build_page(site).monitor.content
    assert content is not None and content.runs[-1].level == "unknown"


def test_the_machine_says_its_own_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    linked = tmp_path / "localtime"
    linked.symlink_to("/usr/share/zoneinfo/Europe/Amsterdam")
    assert own_zone(linked) == "Europe/Amsterdam"
    assert own_zone(tmp_path / "absent") == ""
    monkeypatch.setenv("TZ", ":Asia/Kolkata")
    assert own_zone(linked) == "Asia/Kolkata"
