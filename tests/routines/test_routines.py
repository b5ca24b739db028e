"""The lists of the checklist: answered by data, ticked by people, mailed when due, missed ones said."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.actions import answer_form
from vuurtoren.pages.frame import site_map
from vuurtoren.rounds import retention
from vuurtoren.rounds.checks import run_job
from vuurtoren.routines import routine_report, routines
from vuurtoren.routines.routines import Calendar, Line
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

SEPA = BY_KEY["failed_sepa_threshold"]


def lists(site: SQLiteSite) -> dict[str, Calendar]:
    return {each.routine: each for each in routines.calendars(site, settings.read(site))}


def line(site: SQLiteSite, routine: str, key: str) -> Line:
    (found,) = (each for each in lists(site)[routine].lines if each.item.key == key)
    return found


def send(site: SQLiteSite) -> str:
    return routine_report.send_due(site, settings.read(site))


def about_routines(postman: RememberingPostman) -> list[str]:
    return [mail.text for mail in postman.sent if "ROUTINE" in mail.subject]


def test_data_answers_what_it_can(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, SEPA, sepa__failed_last_hour=0)
    assert line(site, "daily", "sepa").state == "well"
    assert line(site, "daily", "alerts").done
    judge(0, SEPA, sepa__failed_last_hour=99)
    assert line(site, "daily", "sepa").state == "look"
    assert line(site, "daily", "sepa").said == f"over their limit: “{SEPA.title}”"
    assert line(site, "daily", "alerts").state == "look"


def test_an_answer_of_a_dead_scheduler_is_none(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, SEPA, sepa__failed_last_hour=0)
    clock.move(hours=5)
    for key in ("alerts", "sepa", "errors", "resources"):
        assert line(site, "daily", key).state == "unknown"
        assert "2026-11-04 10:00" in line(site, "daily", key).said


def test_a_new_site_knows_nothing_yet(site: SQLiteSite) -> None:
    assert {each.state for each in lists(site)["daily"].lines} == {"unknown"}
    assert lists(site)["daily"].missed == ()


def test_a_tick_keeps_who_and_when_and_is_taken_back(site: SQLiteSite) -> None:
    key = line(site, "weekly", "trends").key
    notice = answer_form(site, {"action": "tick_item", "routine_item": key, "note": "as ever"})
    ticked = line(site, "weekly", "trends")
    assert (ticked.done_by, ticked.done_at, ticked.note) == ("Administrator", site.now(), "as ever")
    answer_form(site, {"action": notice.undo, **dict(notice.undo_fields)})
    assert not line(site, "weekly", "trends").done


def test_nothing_is_ticked_twice_and_nothing_that_is_over(site: SQLiteSite, clock: MovableClock) -> None:
    key = line(site, "daily", "alerts").key
    routines.tick(site, key)
    with pytest.raises(NotPossible):
        routines.tick(site, key)
    clock.move(days=1)
    for refused in (key, "daily-never-alerts", ""):
        with pytest.raises(NotPossible):
            routines.tick(site, refused)
        with pytest.raises(NotPossible):
            routines.untick(site, refused)


def test_the_lists_arrive_once_when_they_are_due(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    for _ in range(3):
        send(site)
        clock.move(hours=1)
    (text,) = about_routines(postman)
    for words in ("2026-11-04", "week 45 of 2026", "Nov 2026", "Bring the training of the team up to date"):
        assert words in text
    assert site.count(routines.DOCTYPE) == 12


def test_a_day_that_data_answers_whole_is_no_mail(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(site)
    routines_of_today = [line_.key for line_ in lists(site)["daily"].lines]
    for key in routines_of_today:
        routines.tick(site, key)
    site.commit()
    clock.move(days=1)
    monkeypatch.setattr(Calendar, "left", property(lambda self: ()))
    send(site)
    assert len(about_routines(postman)) == 1


def test_a_tick_before_the_morning_mail_keeps_no_list_back(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    routines.tick(site, line(site, "weekly", "trends").key)
    site.commit()
    send(site)
    assert site.count(routines.DOCTYPE) == 12
    assert len(about_routines(postman)) == 1


def test_what_was_missed_is_said(site: SQLiteSite, clock: MovableClock, postman: RememberingPostman) -> None:
    send(site)
    routines.tick(site, line(site, "daily", "alerts").key)
    site.commit()
    clock.move(days=1)
    send(site)
    (missed,) = lists(site)["daily"].missed
    assert missed.startswith("2026-11-04: not done: ")
    assert "Check the monitoring" not in missed
    assert missed in about_routines(postman)[-1]


def test_days_of_a_dead_scheduler_are_said_and_not_made_up(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    send(site)
    clock.move(days=3)
    send(site)
    assert [each for each in lists(site)["daily"].missed if "scheduler" in each] == [
        "2026-11-06: nothing was asked, as the scheduler did not run.",
        "2026-11-05: nothing was asked, as the scheduler did not run.",
    ]
    assert site.count(routines.DOCTYPE, {"routine": "daily"}) == 8


def test_what_data_answers_later_in_the_day_is_not_missed(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    send(site)
    judge(0, SEPA, sepa__failed_last_hour=0)
    send(site)
    clock.move(days=1)
    (missed,) = lists(site)["daily"].missed
    assert "SEPA" not in missed


def test_the_day_of_the_clock_change_is_one_day(site: SQLiteSite, clock: MovableClock) -> None:
    clock.moment = datetime(2026, 10, 24, 22, 30, tzinfo=timezone.utc)
    for _ in range(25):
        send(site)
        clock.move(hours=1)
    days = site.tally(routines.DOCTYPE, "period", {"routine": "daily"})
    assert days == {"2026-10-25": 4, "2026-10-26": 4} or days == {"2026-10-25": 4}


def test_reports_that_are_switched_off_are_not_mailed_and_still_kept(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    site.set_single("Monitoring Settings", {"daily_report": 0, "weekly_digest": 0})
    send(site)
    assert postman.sent == []
    assert site.count(routines.DOCTYPE) == 12


def test_a_mail_that_nobody_took_is_tried_again(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman, quiet: None
) -> None:
    site.set_single("Monitoring Settings", {"channel_order": "email"})
    postman.refuses_because = "timed out"
    send(site)
    clock.move(hours=1)
    postman.refuses_because = ""
    send(site)
    assert len(about_routines(postman)) == 1


def test_the_hourly_job_sends_them(site: SQLiteSite, postman: RememberingPostman) -> None:
    run_job(site, "hourly")
    assert len(about_routines(postman)) == 1


def test_the_page_shows_the_lists(site: SQLiteSite) -> None:
    served = site_map.serve(site, "routines", {}, {})
    assert served.found
    for words in ("week 45 of 2026", "Review the trends of performance", 'value="tick_item"'):
        assert words in served.body


def test_ticks_have_a_retention(site: SQLiteSite, clock: MovableClock) -> None:
    send(site)
    clock.move(days=366)
    retention.trim(site, settings.read(site))
    assert site.count(routines.DOCTYPE) == 0
