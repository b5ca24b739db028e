"""Who would have heard of what last month: replayed by the rules that hold now, else as it was stored."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from tests.conftest import Evaluate, MovableClock
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.backtest.hearing import preview, replay, result
from vuurtoren.backtest.hearing.preview import Preview, Reader
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.pages.actions import answer_form
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

TREASURER = "penningmeester@vereniging.example"
RULE = BY_KEY["failed_sepa_threshold"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = timedelta(minutes=5)


def past(
    site: SQLiteSite,
    *high: float,
    value: float = 12,
    metric: str = RULE.metric,
    days: float = 40,
    labels: tuple[tuple[str, str], ...] = (),
) -> None:
    """A sample of 0 every five minutes for so many days, and `value` in the hours that ended so many days
    ago."""
    now = site.now()
    samples = []
    for number in range(int(days * 288), 0, -1):
        at = now - STEP * number
        there = any(timedelta() < now - DAY * ago - at <= HOUR for ago in high)
        samples.append((at, value if there else 0.0))
    history.backfill(site, RULE.unit, {SeriesName(metric, labels): samples})


def hearing(site: SQLiteSite, days: int = 31, **draft: object) -> Preview:
    given = {"title": "Draft", "recipients": TREASURER, **draft} if draft else None
    return preview.preview(site, settings.read(site), days, given)


def usual(site: SQLiteSite, days: int = 31) -> Reader:
    return hearing(site, days).readers[0]


def choose(site: SQLiteSite, **row: object) -> None:
    site.set_single("Monitoring Settings", {"rules": [{"rule": RULE.key, "enabled": 1, **row}]})
    site.commit()


def event(site: SQLiteSite, severity: str = "HIGH") -> None:
    record_event(site, settings.read(site), "TEST", severity, "something happened")
    site.commit()


def test_a_site_that_never_told_anything_is_answered_from_its_history(site: SQLiteSite) -> None:
    past(site, 3, 9)
    reader = usual(site)
    assert (reader.alerts, reader.replayed, reader.rules) == (2, 2, (RULE.key,))
    assert [site.now() - each.at for each in reader.newest] == [DAY * 3 + HOUR, DAY * 9 + HOUR]
    assert {each.message for each in reader.newest} == {
        "12 failures in SEPA operations in the last hour (limit 5)"
    }


def test_the_thresholds_that_hold_now_are_those_that_count(site: SQLiteSite, judge: Evaluate) -> None:
    past(site, 3)
    judge(0, RULE, sepa__failed_last_hour=12)
    choose(site, threshold="20")
    assert usual(site).alerts == 0
    choose(site, threshold="3")
    assert usual(site).newest[0].message == "12 failures in SEPA operations in the last hour (limit 3)"


def test_what_a_rule_that_is_off_or_gone_opened_is_left_out_and_counted(
    site: SQLiteSite, judge: Evaluate
) -> None:
    judge(0, RULE, sepa__failed_last_hour=12)
    assert usual(site).alerts == 1
    choose(site, enabled=0)
    found = hearing(site)
    assert (found.alerts, found.rests_on.not_in_force) == (0, 1)
    assert "Stored alerts left out, as their rule is off or gone now: 1." in lines(site, found)


def lines(site: SQLiteSite, found: Preview) -> list[str]:
    return list(result.as_lines(site, settings.read(site), found))


def test_the_worst_level_is_the_severity_that_routes_are_asked_for(site: SQLiteSite) -> None:
    past(site, 2, value=30)
    reader = hearing(site, severity="CRITICAL").readers[1]
    assert reader.by_severity == {"CRITICAL": 1}
    assert reader.newest[0].message == "30 failures in SEPA operations in the last hour (limit 25)"


def test_events_count_as_they_were_stored(site: SQLiteSite) -> None:
    past(site, 3)
    event(site)
    found = hearing(site)
    (reader,) = found.readers
    assert (reader.alerts, reader.replayed) == (2, 1)
    assert [each.replayed for each in reader.newest] == [False, True]
    assert "2 alerts (1 replayed, 1 as stored): HIGH 2" in "\n".join(lines(site, found))


def test_a_rule_without_history_counts_as_stored_and_is_named(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, RULE, sepa__failed_last_hour=12)
    found = hearing(site)
    assert (found.alerts, found.readers[0].replayed) == (1, 0)
    assert RULE.key in found.rests_on.without_history
    assert any("without history" in line and "SEPA" in line for line in lines(site, found))


def test_a_rule_that_is_not_judged_on_this_site_is_not_named(site: SQLiteSite) -> None:
    """Of an association that is not there, and of a bench."""
    rests_on = hearing(site).rests_on
    assert not {"member_churn_daily", "pending_migrations"} & set(rests_on.without_history)


def test_before_the_history_of_a_rule_its_stored_alerts_count(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, RULE, sepa__failed_last_hour=12)
    clock.move(days=20)
    past(site, 3, days=10)
    found = hearing(site)
    assert [each.replayed for each in found.readers[0].newest] == [True, False]
    assert (found.rests_on.rules, found.rests_on.most_days) == (1, 11)


def test_how_many_days_have_history_is_said(site: SQLiteSite) -> None:
    past(site, days=40)
    past(site, metric="mail.failed_today", days=5)
    said = "\n".join(lines(site, hearing(site)))
    assert "Days of these 31 with history: " in said


def test_what_was_open_before_is_none_of_these_days(site: SQLiteSite) -> None:
    """The condition lasts since the day before; a history that begins with it would have told it."""
    past(site, *(hours / 24 for hours in range(0, 26)), days=40)
    assert usual(site, days=1).alerts == 0
    assert usual(site, days=2).alerts == 1


def test_not_knowing_is_told_once_whatever_labels_there_were(site: SQLiteSite) -> None:
    for which in ("a", "b"):
        past(site, labels=(("which", which),))
    past(site, metric="monitor.run_ms_today")
    assert usual(site).alerts == 0
    site.delete("Metric Series", {"metric": RULE.metric, "day": (">=", site.now().date() - DAY)}, limit=99)
    site.commit()
    (told,) = usual(site).newest
    assert (told.severity, told.message) == ("MEDIUM", f"{RULE.title}: could not be measured")


def test_a_stretch_in_which_the_monitor_did_not_run_opens_nothing(
    site: SQLiteSite, clock: MovableClock
) -> None:
    past(site)
    clock.move(days=2)
    assert usual(site).alerts == 0


def test_a_draft_is_read_by_the_same_alerts(site: SQLiteSite) -> None:
    past(site, 3)
    beside = hearing(site, rule=RULE.key)
    instead = hearing(site, rule=RULE.key, instead=1)
    assert [each.alerts for each in beside.readers] == [1, 1]
    assert [each.alerts for each in instead.readers] == [0, 1]
    assert stored_routes.rows(site) == []


def test_rules_beyond_what_can_be_judged_at_once_count_as_stored(
    site: SQLiteSite, judge: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(site, 3)
    past(site, 4, metric="mail.failed_today")
    judge(12, BY_KEY["mail_failed_daily"], mail__failed_today=99)
    monkeypatch.setattr(replay, "MOST_MOMENTS", 1)
    found = hearing(site)
    assert found.rests_on.rules == 1
    assert "mail_failed_daily" in found.rests_on.left
    assert any("Too much is stored" in line for line in lines(site, found))


def test_more_stored_alerts_than_are_read_are_told_of(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vuurtoren.backtest.hearing.of_late.MOST_STORED", 1)
    event(site)
    event(site, "LOW")
    found = hearing(site)
    assert (found.alerts, lines(site, found)[-1]) == (1, "More alerts are stored; these are the newest.")


def test_nothing_is_opened_or_told_by_asking(site: SQLiteSite) -> None:
    past(site, 3)
    hearing(site)
    assert site.count(alerts.DOCTYPE) == site.count("Alert Rule State") == 0


def test_a_reader_reads_it_in_their_own_language(site: SQLiteSite) -> None:
    past(site, 3)
    with site.speaking("nl"):
        said = "\n".join(lines(site, hearing(site)))
        assert (
            usual(site).newest[0].message
            == "12 mislukkingen bij SEPA-handelingen in het laatste uur (grens 5)"
        )
    assert "1 melding (1 nagespeeld)" in said
    assert "hold now" not in said


def test_page_form_and_command_give_the_same_number(site: SQLiteSite) -> None:
    past(site, 3)
    event(site)
    form = {"action": "try_route", "title": "Draft", "recipients": TREASURER, "rule": RULE.key}
    assert f"Draft ({TREASURER}): 1 alert (1 replayed)" in answer_form(site, form).said
    asked = ["routes", "--data", str(site.site_path())]
    told = CliRunner().invoke(main, [*asked, "--json"])
    answer = json.loads(told.output)
    assert (answer["alerts"], answer["readers"][0]["replayed"]) == (2, 1)
    assert answer["readers"][0]["newest"][1]["replayed"] is True
    assert "2 alerts (1 replayed, 1 as stored)" in CliRunner().invoke(main, asked).output
