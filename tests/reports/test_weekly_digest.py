from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import Evaluate, MovableClock, Readings, RememberingPostman
from verenigingen.utils.alert_manager import run_hourly_checks
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.backtest.noise import Times, noisiest, times_to
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.notifications.delivery import deliver
from vuurtoren.reports import digest_message
from vuurtoren.reports.digest import send_weekly_digest, weekly_digest
from vuurtoren.settings import settings, stored_rules
from vuurtoren.signals.catalogue import BY_KEY

MONDAY = datetime(2026, 11, 2)


def text(site: SQLiteSite) -> str:
    return digest_message.compose(site, weekly_digest(site, settings.read(site))).text


def row(opened_hour: float, **times: float) -> dict[str, Any]:
    at = {name: MONDAY + timedelta(hours=hour) for name, hour in times.items()}
    return {
        "name": f"alert-{opened_hour}",
        "rule": "disk",
        "alert_type": "HIGH_DISK",
        "timestamp": MONDAY + timedelta(hours=opened_hour),
        "acknowledged_at": None,
        "resolved_at": None,
    } | at


def test_times_are_taken_from_the_opening_of_each_alert() -> None:
    rows = [row(0, acknowledged_at=1), row(5, acknowledged_at=8), row(6, acknowledged_at=8), row(9)]
    assert times_to(rows, "acknowledged_at", MONDAY) == Times(3, 2 * 3600, 3 * 3600)


def test_what_was_acknowledged_before_the_week_does_not_count() -> None:
    assert times_to([row(-9, acknowledged_at=-1)], "acknowledged_at", MONDAY) == Times(0)


def test_an_alert_from_before_the_week_is_open_in_it_but_did_not_fire_in_it() -> None:
    now = MONDAY + timedelta(hours=10)
    (noise,) = noisiest([row(-5, resolved_at=2), row(1, resolved_at=2)], {"alert-1": 2}, MONDAY, now)
    assert (noise.fired, noise.messages, noise.open_seconds) == (1, 2, 3 * 3600)


def test_the_rule_that_fired_most_often_comes_first() -> None:
    rows = [row(1), row(2) | {"rule": "cpu"}, row(3) | {"rule": "cpu"}, row(4) | {"rule": ""}]
    found = noisiest(rows, {}, MONDAY, MONDAY + timedelta(hours=5))
    assert [(each.source, each.fired) for each in found] == [("cpu", 2), ("HIGH_DISK", 1), ("disk", 1)]


def test_a_quiet_week_is_said_as_such(site: SQLiteSite) -> None:
    assert "Nothing happened: no alert in seven days, and none is open" in text(site)


def test_it_says_how_long_people_took_and_which_rule_was_noisiest(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    deliver(site, settings.read(site))
    clock.move(minutes=30)
    alerts.acknowledge(site, alerts.open_rows(site, ["name"])[0]["name"])
    clock.move(minutes=30)
    judge(3)
    deliver(site, settings.read(site))
    said = text(site)
    assert "Time to acknowledge: median 30 min, longest 30 min, of 1" in said
    assert "Time to resolve: median 1 h, longest 1 h, of 1" in said
    assert "errors: fired: 1, acknowledged: 1, messages: 2, open for 1 h" in said


def test_what_did_not_arrive_comes_first(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, quiet: None
) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    judge(12)
    deliver(site, settings.read(site))
    said = text(site)
    assert said.index("not proven to have arrived") < said.index("Open now") < said.index("Noisiest rules")


def test_events_are_counted_by_their_type(site: SQLiteSite) -> None:
    for number in range(3):
        record_event(site, settings.read(site), "TEST_ALERT", "LOW", f"number {number}")
    assert "TEST_ALERT: fired" in text(site)


def test_an_alert_older_than_the_week_that_is_still_open_is_listed(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(days=20)
    assert "(open for 20 d, Active)" in text(site)


def test_markup_in_a_message_stays_text(site: SQLiteSite) -> None:
    record_event(site, settings.read(site), "TEST_ALERT", "LOW", "<img src=x onerror=alert(1)>")
    html = digest_message.compose(site, weekly_digest(site, settings.read(site))).html
    assert "<img" not in html and "&lt;img" in html


def test_a_noisy_rule_comes_with_a_suggestion_from_its_own_history(
    site: SQLiteSite, judge: Evaluate, readings: Readings, clock: MovableClock
) -> None:
    rule = replace(BY_KEY["error_rate_hourly"], for_seconds=0, keep_firing_seconds=0)
    stored_rules.save(site, {"rule_key": rule.key, "enabled": 1, "pending_for": "0", "keep_firing_for": "0"})
    for minute in range(6 * 60):
        value = 99 if minute % 60 < 3 else 1
        judge(value, rule)
        history.record(site, readings(errors__last_hour=value))
        site.commit()
        clock.move(minutes=1)
    (found,) = weekly_digest(site, settings.read(site))["suggestions"]
    assert (found.rule, found.fired, found.would_have_fired) == ("error_rate_hourly", 6, 0)
    assert "fired 6 times, never acknowledged; told only after 5 min" in text(site)


def digests(postman: RememberingPostman) -> int:
    return len([mail for mail in postman.sent if mail.subject.startswith("[WEEK]")])


def test_it_is_sent_on_monday_once_by_whoever_comes_first(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    sent_on = []
    for _ in range(24 * 8):
        before = digests(postman)
        send_weekly_digest(site, settings.read(site))
        if digests(postman) > before:
            sent_on.append(f"{site.now():%a %d %H:%M}")
        clock.move(hours=1)
    assert sent_on == ["Mon 09 00:00"]


def test_a_monday_that_was_missed_is_made_up_for(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    clock.move(days=5)
    run_hourly_checks()
    clock.move(days=8)
    run_hourly_checks()
    assert digests(postman) == 2


def test_one_that_nobody_took_is_sent_by_a_later_job(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    clock.move(days=5)
    site.set_single("Monitoring Settings", {"channel_order": "email"})
    postman.refuses_because = "smtp.example:25 timed out"
    run_hourly_checks()
    clock.move(days=1)
    postman.refuses_because = ""
    run_hourly_checks()
    clock.move(hours=1)
    run_hourly_checks()
    assert digests(postman) == 1


def test_it_can_be_switched_off(site: SQLiteSite, postman: RememberingPostman, clock: MovableClock) -> None:
    clock.move(days=5)
    site.set_single("Monitoring Settings", {"weekly_digest": 0})
    assert "switched off" in send_weekly_digest(site, settings.read(site))
    assert postman.sent == []
