"""Silences and maintenance windows: judged, opened and shown as ever, only not told."""

from __future__ import annotations

import unittest
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.conftest import Evaluate, MovableClock
from tests.notifications.telling import EmbeddedTelling
from tests.pages.whole import build_page
from verenigingen.tests.contracts.silence_contract import SilenceContract
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.silences import SILENCE, WINDOW, Silence, holding, refusal, repeat_refusal
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages import actions

NOW = datetime(2026, 11, 4, 10, 0)
HOUR = timedelta(hours=1)


def made(**values: object) -> Silence:
    given_ = {
        "name": "s",
        "kind": SILENCE,
        "rule": "cpu",
        "fingerprint": "",
        "starts_at": NOW - HOUR,
        "ends_at": NOW + HOUR,
        "reason": "known",
        "by": "jan",
    }
    return Silence(**(given_ | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "rule", "fingerprint", "covered"),
    [
        ({}, "cpu", "cpu", True),
        ({}, "disk", "disk", False),
        (
            {"rule": "", "fingerprint": "queue_depth{queue=long}"},
            "queue_depth",
            "queue_depth{queue=long}",
            True,
        ),
        (
            {"rule": "", "fingerprint": "queue_depth{queue=long}"},
            "queue_depth",
            "queue_depth{queue=short}",
            False,
        ),
        ({"rule": ""}, "cpu", "cpu", False),
        ({"rule": "", "kind": WINDOW}, "cpu", "cpu", True),
        ({"kind": WINDOW}, "disk", "disk", False),
    ],
)
def test_it_covers_what_it_names(
    values: dict[str, object], rule: str, fingerprint: str, covered: bool
) -> None:
    assert made(**values).covers(rule, fingerprint) is covered


def test_it_holds_from_its_beginning_to_its_end() -> None:
    window = made(kind=WINDOW, starts_at=NOW, ends_at=NOW + HOUR)
    assert [window.holds(NOW + timedelta(minutes=at)) for at in (-1, 0, 59, 60)] == [False, True, True, False]


DAY = timedelta(days=1)


def nightly(**values: object) -> Silence:
    """From two to three in the night, for five nights."""
    begins = datetime(2026, 11, 4, 2, 0)
    repeating = {"repeats": "Daily", "repeats_until": date(2026, 11, 8)}
    return made(rule="", kind=WINDOW, starts_at=begins, ends_at=begins + HOUR, **(repeating | values))


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2026, 11, 3, 2, 30), False),
        (datetime(2026, 11, 4, 1, 59), False),
        (datetime(2026, 11, 4, 2, 0), True),
        (datetime(2026, 11, 4, 3, 0), False),
        (datetime(2026, 11, 6, 2, 59), True),
        (datetime(2026, 11, 8, 2, 59), True),
        (datetime(2026, 11, 9, 2, 30), False),
    ],
)
def test_a_window_begins_again_at_the_same_time_until_its_last_day(at: datetime, holds: bool) -> None:
    assert nightly().holds(at) is holds
    assert bool(holding([nightly()], "cpu", "cpu", "opened", at)) is holds


@given(some.datetimes(datetime(2026, 10, 1), datetime(2027, 1, 1)), some.sampled_from(["Daily", "Weekly"]))
def test_a_window_that_repeats_is_over_once_and_for_all(at: datetime, repeats: str) -> None:
    window = nightly(repeats=repeats, repeats_until=date(2026, 11, 30))
    last_end = datetime(2026, 11, 30 if repeats == "Daily" else 25, 3, 0)
    assert window.is_over(at) is (at >= last_end)
    begins, until = window.current(at)
    assert until and until - begins == HOUR
    assert window.holds(at) is (begins <= at < until)
    assert at < begins or at < until or window.is_over(at)
    ended = window.ended_before(at)
    assert ended is None or (ended <= at and ended <= last_end and ended.hour == 3)


def test_a_window_that_spares_what_is_critical_keeps_the_rest_back() -> None:
    window = nightly(spares_critical=True)
    at = datetime(2026, 11, 4, 2, 30)
    assert holding([window], "cpu", "cpu", "opened", at, "HIGH") == window
    assert holding([window], "cpu", "cpu", "opened", at, "CRITICAL") is None


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"kind": SILENCE}, "Only a Maintenance window repeats"),
        ({"repeats": "Hourly"}, "Only a Maintenance window repeats"),
        ({"until": None}, "Say until which day"),
        ({"until": date(2026, 11, 3)}, "It may repeat for"),
        ({"until": date(2028, 1, 1)}, "It may repeat for"),
        ({"ends_at": NOW + DAY}, "It must end before it begins again"),
    ],
)
def test_it_repeats_only_so_that_it_ends(values: dict[str, object], because: str) -> None:
    asked = {"kind": WINDOW, "starts_at": NOW, "ends_at": NOW + HOUR, "repeats": "Daily"}
    refused = repeat_refusal(**(asked | {"until": date(2026, 11, 8)} | values))  # type: ignore[arg-type]
    assert because in str(refused)


def test_a_nightly_window_is_planned_on_the_page_and_spares_what_is_critical(
    site: SQLiteSite, clock: MovableClock
) -> None:
    starts = site.now() + DAY
    form = {"action": "maintenance", "minutes": "60", "note": "backup", "starts": f"{starts:%Y-%m-%dT%H:%M}"}
    until = f"{starts + 7 * DAY:%Y-%m-%d}"
    answer = actions.answer_form(
        site, form | {"repeats": "Daily", "repeats_until": until, "spares_critical": "1"}
    )
    assert answer.level == "ok"
    assert f"every day until {until}, CRITICAL is told all the same" in answer.said
    for _night in range(3):
        clock.move(days=1, minutes=10)
        (window,) = stored_silences.in_force(site)
        assert holding([window], "cpu", "cpu", "opened", site.now(), "HIGH") == window
        clock.move(minutes=-10)
    clock.move(days=10)
    assert stored_silences.in_force(site) == []


def test_a_plain_silence_does_not_lapse_when_the_clock_goes_back() -> None:
    assert made(starts_at=NOW).holds(NOW - 2 * HOUR)


def test_until_resolved_holds_the_beginning_back_and_tells_the_end() -> None:
    asked = made(ends_at=None)
    window = made(kind=WINDOW, rule="")
    assert holding([asked], "cpu", "cpu", "opened", NOW + 1000 * HOUR) == asked
    assert holding([asked, window], "cpu", "cpu", "resolved", NOW) is None
    assert holding([window], "cpu", "cpu", "resolved", NOW) == window


@given(some.lists(some.integers(-100, 100), max_size=6), some.integers(-50, 50))
def test_of_several_the_one_that_lasts_longest_holds(ends: list[int], at: int) -> None:
    silences = [made(name=str(end), ends_at=NOW + timedelta(minutes=end)) for end in ends]
    held_by = holding(silences, "cpu", "cpu", "opened", NOW + timedelta(minutes=at))
    later = [end for end in ends if end > at]
    assert (held_by.name if held_by else None) == (str(max(later)) if later else None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "Holiday"}, "either"),
        ({"reason": "  "}, "why"),
        ({"rule": ""}, "Name a rule"),
        ({"kind": WINDOW, "ends_at": None}, "needs an end"),
        ({"ends_at": NOW}, "later than now"),
        ({"kind": WINDOW, "starts_at": NOW + 3 * HOUR, "ends_at": NOW + 2 * HOUR}, "beginning"),
        ({"ends_at": NOW + timedelta(days=91)}, "90 days"),
        ({"kind": WINDOW, "rule": "", "ends_at": NOW + timedelta(days=8)}, "7 days"),
    ],
)
def test_what_nobody_could_mean_is_refused(values: dict[str, object], said: str) -> None:
    usual = {
        "kind": SILENCE, "rule": "cpu", "fingerprint": "", "starts_at": NOW, "ends_at": NOW + HOUR,
        "reason": "known", "now": NOW,
    }  # fmt: skip
    assert refusal(**usual) == ""  # type: ignore[arg-type]
    assert said in refusal(**(usual | values))  # type: ignore[arg-type]


def test_the_page_shows_what_is_silent_and_why(site: SQLiteSite, judge: Evaluate) -> None:
    stored_silences.silence(site, rule="errors", ends_at=site.now() + HOUR, reason="moving house")
    judge(20)
    page = build_page(site).alerts.content
    assert page is not None and "moving house" in page.open[0].silence
    assert [hush.what for hush in page.silences] == ["errors"]


class TestSilences(EmbeddedTelling, SilenceContract, unittest.TestCase):
    """The contract, on SQLite."""
