"""Silences and maintenance windows: judged, opened and shown as ever, only not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.conftest import MovableClock, RememberingPostman
from tests.notifications.telling import told
from tests.pages.whole import build_page
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.silences import SILENCE, WINDOW, Silence, holding, refusal, repeat_refusal
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications import delivery
from vuurtoren.notifications.trial import send_test_alert
from vuurtoren.pages import actions
from vuurtoren.rounds import retention
from vuurtoren.settings import settings

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


Judge = Callable[..., object]


def tell(site: SQLiteSite) -> None:
    delivery.deliver(site, settings.read(site))


def the_alert(site: SQLiteSite) -> dict[str, object]:
    (row,) = told(site)
    return row


def test_in_a_silence_an_alert_opens_and_is_shown_and_nobody_is_told(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman
) -> None:
    stored_silences.silence(site, rule="errors", ends_at=site.now() + HOUR, reason="moving house", by="jan")
    judge(20)
    tell(site)
    row = the_alert(site)
    assert (row["status"], row["opened_mail"], postman.sent) == ("Active", "Due", [])
    assert "until 2026-11-04 11:00 (jan: moving house)" in str(row["opened_mail_note"])
    page = build_page(site).alerts.content
    assert page is not None and "moving house" in page.open[0].silence
    assert [hush.what for hush in page.silences] == ["errors"]


def test_what_is_still_open_when_the_silence_is_over_is_told_then(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman, clock: MovableClock
) -> None:
    stored_silences.silence(site, rule="errors", ends_at=site.now() + HOUR, reason="moving house")
    judge(20)
    tell(site)
    clock.move(minutes=61)
    tell(site)
    assert len(postman.sent) == 1
    (row,) = site.get_all("Alert Silence", ["ended_at", "ended_because"])
    assert (row["ended_at"], row["ended_because"]) == (site.now(), "Its time was over.")


def test_what_ends_in_silence_is_not_told_at_all(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman, clock: MovableClock
) -> None:
    stored_silences.silence(site, rule="errors", ends_at=site.now() + HOUR, reason="moving house")
    judge(20)
    tell(site)
    clock.move(minutes=10)
    judge(0)
    tell(site)
    clock.move(hours=2)
    tell(site)
    assert (the_alert(site)["resolved_mail"], postman.sent) == ("Not wanted", [])


def test_until_resolved_then_tell_me(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman, clock: MovableClock
) -> None:
    judge(20)
    tell(site)
    stored_silences.silence_alert(site, str(the_alert(site)["name"]), 0, "I am on it")
    assert len(postman.sent) == 1
    clock.move(days=3)
    judge(30)
    tell(site)
    assert len(postman.sent) == 1
    judge(0)
    tell(site)
    assert "Resolved" in postman.sent[1].subject
    assert stored_silences.current(site) == []


def test_after_its_end_the_same_alert_is_told_again(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman, clock: MovableClock
) -> None:
    judge(20)
    tell(site)
    stored_silences.silence_alert(site, str(the_alert(site)["name"]), 0, "I am on it")
    for value in (0, 20):
        clock.move(minutes=10)
        judge(value)
        tell(site)
    assert len(postman.sent) == 3


def test_until_resolved_needs_something_that_is_open(site: SQLiteSite) -> None:
    with pytest.raises(NotPossible, match="no end to wait for"):
        stored_silences.silence(site, rule="errors", reason="x")


def test_other_alerts_are_told_as_ever(site: SQLiteSite, judge: Judge, postman: RememberingPostman) -> None:
    stored_silences.silence(site, rule="cpu", ends_at=site.now() + HOUR, reason="x")
    judge(20)
    tell(site)
    assert len(postman.sent) == 1


def test_a_maintenance_window_keeps_everything_back_until_it_is_ended(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman
) -> None:
    window = actions.open_maintenance_window(site, "60", "new disk")
    judge(20)
    tell(site)
    assert postman.sent == []
    actions.end_silence(site, window["name"], "done")
    tell(site)
    assert len(postman.sent) == 1
    (row,) = site.get_all("Alert Silence", ["ended_by", "ended_because", "silenced_by"])
    assert (row["ended_by"], row["ended_because"]) == (row["silenced_by"], "done")


def test_a_migration_opens_one_window_and_closes_it(site: SQLiteSite) -> None:
    stored_silences.begin_migration(site)
    stored_silences.begin_migration(site)
    assert len(stored_silences.current(site)) == 1
    stored_silences.end_migration(site)
    assert stored_silences.current(site) == []


def test_a_migration_that_broke_off_is_silent_for_half_an_hour_at_most(
    site: SQLiteSite, judge: Judge, postman: RememberingPostman, clock: MovableClock
) -> None:
    stored_silences.begin_migration(site)
    judge(20)
    clock.move(minutes=29)
    tell(site)
    assert postman.sent == []
    clock.move(minutes=2)
    tell(site)
    assert len(postman.sent) == 1


def test_ending_twice_is_refused(site: SQLiteSite) -> None:
    name = stored_silences.silence(site, rule="cpu", ends_at=site.now() + HOUR, reason="x")
    stored_silences.end(site, name, "")
    for unknown in (name, "nothing"):
        with pytest.raises(NotPossible, match="over already"):
            stored_silences.end(site, unknown, "")


@pytest.mark.parametrize("minutes", ["", "-1", "1.5", "soon", "9" * 9, "٣"])
def test_minutes_that_are_none_are_refused(site: SQLiteSite, judge: Judge, minutes: str) -> None:
    judge(20)
    with pytest.raises(NotPossible, match="minutes"):
        actions.silence(site, str(the_alert(site)["name"]), minutes, "x")


def test_the_form_of_the_page_silences_and_ends(site: SQLiteSite, judge: Judge) -> None:
    judge(20)
    form = {"action": "silence", "alert": the_alert(site)["name"], "minutes": "60", "note": "known"}
    assert actions.answer_form(site, form).level == "ok"
    (silence,) = stored_silences.current(site)
    assert actions.answer_form(site, form | {"note": ""}).level == "warning"
    assert actions.answer_form(site, {"action": "end_silence", "silence": silence.name}).level == "ok"
    assert stored_silences.current(site) == []


def test_personal_data_in_a_reason_is_redacted(site: SQLiteSite) -> None:
    reason = "waits for NL91ABNA0417164300"
    stored_silences.silence(site, rule="cpu", ends_at=site.now() + HOUR, reason=reason)
    assert "NL91ABNA0417164300" not in stored_silences.current(site)[0].reason


def test_old_ones_are_deleted_with_the_alerts(site: SQLiteSite, clock: MovableClock) -> None:
    name = stored_silences.silence(site, rule="cpu", ends_at=site.now() + HOUR, reason="x")
    stored_silences.end(site, name, "")
    clock.move(days=364)
    retention.trim(site, settings.read(site))
    assert site.count("Alert Silence") == 1
    clock.move(days=2)
    retention.trim(site, settings.read(site))
    assert site.count("Alert Silence") == 0


def test_a_test_alert_in_a_maintenance_window_says_that_it_was_held_back(site: SQLiteSite) -> None:
    actions.open_maintenance_window(site, "60", "new disk")
    said = send_test_alert(site, settings.read(site))
    assert not said.handed_over
    assert "new disk" in said.message
