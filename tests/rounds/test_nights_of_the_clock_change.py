"""The nights in which the clock is changed, a tick each four minutes: what has passed is what has passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.alerts import alerts, stored_silences
from vuurtoren.alerts.alert_content import AlertContent
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import liveness
from vuurtoren.metrics.history import history
from vuurtoren.notifications import delivery
from vuurtoren.pages import formats
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import settings
from vuurtoren.settings.quiet_hours import Quiet
from vuurtoren.signals.measuring import collect
from vuurtoren.site.quantities import NARROW_SPACE

STEP = timedelta(minutes=4)
NIGHTS = [
    ("Europe/Amsterdam", datetime(2026, 3, 29, 1)),
    ("Europe/Amsterdam", datetime(2026, 10, 25, 1)),
    ("America/New_York", datetime(2026, 3, 8, 7)),
    ("America/New_York", datetime(2026, 11, 1, 6)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30)),
    ("Asia/Kolkata", datetime(2026, 10, 25, 1)),
]
"""A zone, and the UTC moment of its change; Lord Howe moves by half an hour, Kolkata never."""

Make = Callable[[str, datetime], SQLiteSite]


@pytest.fixture
def make(tmp_path: Path, clock: MovableClock, postman: RememberingPostman) -> Iterator[Make]:
    made: list[SQLiteSite] = []

    def in_zone(zone: str, begins_utc: datetime) -> SQLiteSite:
        clock.moment = begins_utc.replace(tzinfo=timezone.utc)
        config = {"time_zone": zone, "alert_recipients": ["beheer@x.example"]}
        made.append(SQLiteSite(tmp_path / f"site{len(made)}", clock=clock, config=config, postman=postman))
        return made[-1]

    yield in_zone
    for site in made:
        site.store.close()


night = pytest.mark.parametrize(("zone", "change_utc"), NIGHTS)


def open_now(site: SQLiteSite, fingerprint: str = "a") -> str:
    about = AlertContent("TEST", "HIGH", "Event", "something", fingerprint, site.now(), "tests")
    name, _ = alerts.open_alert(site, about, settings.read(site))
    site.commit()
    return name


def minutes_until(
    clock: MovableClock, happened: Callable[[], object], *, step: timedelta = timedelta(minutes=1)
) -> int:
    """After how many minutes it had happened, at most 300."""
    for number in range(301):
        if happened():
            return number
        clock.moment += step
    raise AssertionError("it never happened")


@night
def test_every_tick_of_the_night_is_healthy_and_right_about_ages(
    make: Make, clock: MovableClock, zone: str, change_utc: datetime
) -> None:
    site = make(zone, change_utc - timedelta(hours=2, minutes=2))
    site.seed("Email Queue", [{"status": "Not Sent"}])
    site.commit()
    queued_at, errors = clock.moment, 0
    for _ in range(75):
        clock.moment += STEP
        run_job(site, "tick")
        health = liveness.health(site, details=True)
        assert (health["status"], health["age_seconds"]) == ("ok", 0)
        clock.moment += STEP - timedelta(seconds=1)
        assert liveness.health(site, details=False) == {"status": "ok", "age_seconds": 239}
        ended = liveness.pulse(site)[0].ended_at
        assert ended and site.now() - ended == timedelta(seconds=239)
        clock.moment += timedelta(seconds=1) - STEP
        site.seed("Error Log", [{"method": "ValueError: x", "error": "x"}])
        site.seed("Scheduled Job Log", [{"status": "Failed", "scheduled_job_type": "x"}])
        site.commit()
        errors += 1
        found = collect(site, ("errors.windows", "jobs", "mail.queue"), fresh=True)
        hour = min(errors, 16)
        assert found.get("errors.last_hour").value == 2 * hour
        assert found.get("jobs.failed_last_hour").value == hour
        waited = (clock.moment - queued_at).total_seconds()
        assert found.get("mail.oldest_waiting_seconds").value == waited
    run_job(site, "tick")
    kept = history.read(site, "errors.last_hour", site.now() - timedelta(hours=4))
    distances = {later[0] - earlier[0] for earlier, later in pairwise(kept)}
    assert distances <= {STEP, timedelta(0)}


@night
@pytest.mark.parametrize("before", [30, 65, 100, 140])
def test_a_silence_of_two_hours_lasts_two_hours(
    make: Make, clock: MovableClock, zone: str, change_utc: datetime, before: int
) -> None:
    site = make(zone, change_utc - timedelta(minutes=before))
    stored_silences.silence_alert(site, open_now(site), 120, "the printer is on its way")
    site.commit()
    assert minutes_until(clock, lambda: not stored_silences.current(site)) == 120


@night
@pytest.mark.parametrize("before", [4, 25, 45, 70])
def test_the_second_level_is_told_after_its_thirty_minutes(
    make: Make,
    clock: MovableClock,
    postman: RememberingPostman,
    zone: str,
    change_utc: datetime,
    before: int,
) -> None:
    site = make(zone, change_utc - timedelta(minutes=before))
    site.set_single(
        settings.DOCTYPE, {"escalation_2_minutes": 30, "escalation_2_recipients": "two@x.example"}
    )
    open_now(site)

    def told() -> bool:
        delivery.deliver(site, settings.read(site))
        return any("two@x.example" in mail.recipients for mail in postman.sent)

    assert minutes_until(clock, told) == 30


@night
@pytest.mark.parametrize(("start", "until"), [("22:00", "02:30"), ("01:45", "06:00"), ("02:15", "02:45")])
def test_quiet_hours_begin_and_end_once_by_the_wall_clock(
    make: Make, clock: MovableClock, zone: str, change_utc: datetime, start: str, until: str
) -> None:
    site = make(zone, change_utc - timedelta(hours=12))
    quiet = Quiet(time.fromisoformat(start), time.fromisoformat(until))
    changes, was = [], False
    for _ in range(24 * 60):
        now_quiet = quiet.ends_at(site.now()) is not None
        if now_quiet != was:
            changes.append((now_quiet, f"{site.now():%H:%M}"))
            was = now_quiet
        clock.move(minutes=1)
    begins, ends = (at for _, at in changes[:2]) if changes else (start, until)
    assert [each for each, _ in changes] == [True, False][: len(changes)]
    left_out = {at for at in (start, until) if not shown_that_day(site, change_utc, at)}
    assert begins == start or start in left_out
    assert ends == until or until in left_out


def shown_that_day(site: SQLiteSite, change_utc: datetime, at: str) -> bool:
    """Whether the clock shows this time in the hours around its change."""
    around = range(-12 * 60, 12 * 60)
    return any(f"{site.from_utc(change_utc + timedelta(minutes=each)):%H:%M}" == at for each in around)


@night
def test_four_minutes_are_four_minutes_on_the_page(
    make: Make, clock: MovableClock, zone: str, change_utc: datetime
) -> None:
    site = make(zone, change_utc - timedelta(hours=2))
    words = formats.Formats(site.translate)
    for _ in range(60):
        name = open_now(site, f"{clock.moment}")
        clock.moment += STEP
        row = site.get(alerts.DOCTYPE, name)
        assert row and words.ago((site.now() - row["timestamp"]).total_seconds()) == f"4{NARROW_SPACE}min ago"


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=1)])
def test_a_step_of_the_system_clock_loses_and_repeats_nothing(
    make: Make, clock: MovableClock, postman: RememberingPostman, step: timedelta
) -> None:
    site = make("Europe/Amsterdam", datetime(2026, 11, 4, 9))

    def ticks(number: int) -> None:
        for _ in range(number):
            site.seed("Error Log", [{"method": "ValueError: x", "error": "x"}])
            site.commit()
            run_job(site, "tick")
            clock.moment += STEP

    def counted() -> tuple[int, int]:
        """Errors, and messages that somebody got twice."""
        told = [(mail.reference_name, mail.subject) for mail in postman.sent]
        errors = sum(row["count"] for row in site.get_all("Error Kind", ["count"]))
        return errors, len(told) - len(set(told))

    open_now(site)
    ticks(5)
    assert counted() == (5, 0)
    clock.moment += step
    ticks(5)
    assert counted() == (10, 0)
    assert liveness.health(site, details=False)["status"] == "ok"
    clock.moment -= step
    ticks(5)
    assert counted() == (15, 0)
