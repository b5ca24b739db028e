"""A time as the clock of a site shows it, which knows its instant."""

from __future__ import annotations

import copy
import pickle
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.site_time import SiteTime, SiteZone

AMSTERDAM = SiteZone(ZoneInfo("Europe/Amsterdam"))
FIRST, SECOND = (AMSTERDAM.at(datetime(2026, 10, 25, hour, 30)) for hour in (0, 1))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1))
zones = st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])


def test_both_passes_look_the_same_and_are_an_hour_apart() -> None:
    assert str(FIRST) == str(SECOND) == "2026-10-25 02:30:00"
    assert SECOND - FIRST == timedelta(hours=1)
    assert FIRST < SECOND and FIRST != SECOND


def test_a_plain_time_beside_it_is_of_the_same_clock() -> None:
    assert datetime(2026, 10, 25, 3, 0) - SECOND == timedelta(minutes=30)
    assert SECOND - datetime(2026, 10, 25, 1, 30) == timedelta(hours=2)
    assert datetime(2026, 10, 25, 2, 30) == SECOND < datetime.max
    with pytest.raises(TypeError, match="offset-aware"):
        assert SECOND < datetime.now(timezone.utc)


def test_a_time_that_is_left_out_is_the_moment_of_the_jump() -> None:
    assert datetime(2026, 3, 29, 2, 30) <= AMSTERDAM.at(datetime(2026, 3, 29, 1, 0))
    assert datetime(2026, 3, 29, 2, 30) > AMSTERDAM.at(datetime(2026, 3, 29, 0, 59, 59))


@given(moments, moments, zones)
def test_differences_sums_and_order_are_those_of_utc(one: datetime, other: datetime, name: str) -> None:
    zone = SiteZone(ZoneInfo(name))
    here, there = zone.at(one), zone.at(other)
    assert here - there == one - other
    assert (here < there, here == there) == (one < other, one == other)
    assert here + (other - one) == there == there - timedelta(0)
    assert zone.to_utc(here) == one


@given(moments, zones)
def test_copies_marks_and_pickles_keep_the_instant(moment: datetime, name: str) -> None:
    zone = SiteZone(ZoneInfo(name))
    shown = zone.at(moment)
    assert copy.deepcopy(shown) == pickle.loads(pickle.dumps(shown)) == shown
    assert abs(zone.unmarked(zone.marked(shown)) - shown) <= timedelta(microseconds=1)


@given(st.integers(0, 999_999))
def test_a_mark_changes_the_last_digit_at_most_and_tells_the_passes_apart(microsecond: int) -> None:
    shown = [AMSTERDAM.at(datetime(2026, 10, 25, hour, 30, 0, microsecond)) for hour in (0, 1)]
    kept = [AMSTERDAM.marked(each) for each in shown]
    assert kept[0] < kept[1]
    for moment, marked in zip(shown, kept, strict=True):
        assert abs(marked - moment.plain()) <= timedelta(microseconds=1)
        assert AMSTERDAM.unmarked(marked).fold == moment.fold


def test_a_repeated_time_that_says_no_pass_is_the_latest_that_has_been() -> None:
    wall = datetime(2026, 10, 25, 2, 30)
    assert AMSTERDAM.latest(wall, datetime(2026, 10, 25, 1, 29)) == FIRST
    assert AMSTERDAM.latest(wall, datetime(2026, 10, 25, 1, 31)) == SECOND


def test_sqlite_keeps_the_pass_counts_windows_exactly_and_scans_what_the_clock_showed(
    tmp_path: Path, clock: MovableClock
) -> None:
    clock.moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    site = SQLiteSite(tmp_path, clock=clock, config={"time_zone": "Europe/Amsterdam"})
    for _ in range(3):
        site.seed("Error Log", [{"method": "x", "error": "x"}])
        clock.move(minutes=30)
    rows = site.get_all("Error Log", ["creation"], order_by="creation")
    times = [row["creation"] for row in rows]
    assert all(isinstance(each, SiteTime) for each in times)
    assert [f"{each:%H:%M}" for each in times] == ["02:30", "02:00", "02:30"]
    assert times[2] - times[0] == timedelta(hours=1)
    assert site.count("Error Log", {"creation": (">=", times[1])}) == 2
    assert site.count("Error Log", {"creation": ("=", times[2])}) == 1
    scanned = site.scan("Error Log", ["creation"], order_by="creation")
    assert scanned[1] == {"creation": "2026-10-25 02:00:00.000000"}
    site.store.close()


@given(moments, zones)
def test_an_hour_that_is_remembered_tells_what_the_zone_itself_tells(utc: datetime, named: str) -> None:
    zone = SiteZone(ZoneInfo(named))
    shown = utc.replace(tzinfo=timezone.utc).astimezone(zone.zone)
    assert (zone.at(utc).plain(), zone.at(utc).fold) == (shown.replace(tzinfo=None), shown.fold)
    assert zone.at(utc).utc == utc


@pytest.mark.parametrize(
    "named", ["Europe/Amsterdam", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]
)
def test_each_half_hour_of_years_with_changes_is_as_the_zone_says(named: str) -> None:
    zone, half = SiteZone(ZoneInfo(named)), timedelta(minutes=30)
    begin = datetime(2011, 1, 1)
    for number in range(2 * 366 * 48):
        utc = begin + number * half
        shown = utc.replace(tzinfo=timezone.utc).astimezone(zone.zone)
        at = zone.at(utc)
        assert (at.plain(), at.fold, zone.instant(at)) == (shown.replace(tzinfo=None), shown.fold, utc)


def test_the_zone_of_the_machine_is_that_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, noon = SiteZone(), datetime(2026, 7, 1, 12)
    for named, hour in (("Europe/Amsterdam", 14), ("UTC", 12), ("America/New_York", 8)):
        monkeypatch.setenv("TZ", named)
        time.tzset()
        assert zone.at(noon).hour == hour
        assert zone.instant(datetime(2026, 7, 1, hour)) == noon
    monkeypatch.undo()
    time.tzset()
