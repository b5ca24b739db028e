"""The trail verifies itself every day, keeps what it found, and the rules tell it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MovableClock
from verenigingen.utils.alert_manager import run_hourly_checks, run_tick
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.verification.daily_verification import verify_daily
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.measuring import collect

LOG = "SEPA Audit Log"


def write(site: SQLiteSite, action: str = "sent") -> None:
    log_sepa_event(site, "Bank Submission", None, action, {"compliance_status": "Compliant"})
    site.commit()


@pytest.fixture
def sealed(site: SQLiteSite) -> SQLiteSite:
    for number in range(3):
        write(site, f"sent_{number}")
    seal(site)
    return site


def tamper(site: SQLiteSite) -> None:
    """What somebody with the database's password does."""
    append_only_guard.remove(site)
    site.store.connection.execute(f"UPDATE \"tab{LOG}\" SET action = 'forged' WHERE action = 'sent_1'")
    site.store.connection.commit()


def measured(site: SQLiteSite, key: str) -> Any:
    return collect(site, ["audit"], fresh=True).get(key)


def open_rules(site: SQLiteSite) -> set[str]:
    return {row["rule"] for row in site.get_all("System Alert", ["rule"], {"status": "Active"})}


def test_a_trail_in_order_is_said_to_be(sealed: SQLiteSite, clock: MovableClock) -> None:
    assert verify_daily(sealed) == ""
    last = daily_verification.last(sealed)
    assert last is not None
    assert (last.held, last.tree_size) == (True, 3)
    clock.move(hours=2)
    assert measured(sealed, "audit.verification_ok").value is True
    assert measured(sealed, "audit.last_verification_age_hours").value == 2.0


def test_it_runs_once_a_day(sealed: SQLiteSite, clock: MovableClock) -> None:
    verify_daily(sealed)
    first = daily_verification.last(sealed)
    clock.move(hours=1)
    verify_daily(sealed)
    assert daily_verification.last(sealed) == first


def test_a_change_is_found_told_and_written_into_the_trail_once_a_day(
    sealed: SQLiteSite, clock: MovableClock
) -> None:
    tamper(sealed)
    for _ in range(2):
        assert "row changed" in verify_daily(sealed)
        clock.move(minutes=30)
    metric = measured(sealed, "audit.verification_ok")
    assert metric.value is False
    assert "row changed" in json.dumps(metric.evidence)
    assert sealed.count(LOG, {"action": "verification_failed", "compliance_status": "Failed"}) == 1


def test_a_change_raises_two_critical_alerts(sealed: SQLiteSite, clock: MovableClock) -> None:
    tamper(sealed)
    run_hourly_checks()
    assert {"audit_guard_removed", "audit_verification_failed"} <= open_rules(sealed)
    severities = {BY_KEY[key].severity for key in ("audit_guard_removed", "audit_verification_failed")}
    assert severities == {"CRITICAL"}


def test_a_long_trail_is_verified_from_where_it_was_in_order(
    sealed: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_verification, "VERIFIED_WHOLE_UP_TO", 2)
    verify_daily(sealed)
    write(sealed)
    seal(sealed)
    clock.move(days=1)
    assert verify_daily(sealed) == ""
    last = daily_verification.last(sealed)
    assert last is not None
    assert (last.tree_size, last.held) == (4, True)


def test_without_keys_it_is_unknown_and_not_in_order(sealed: SQLiteSite) -> None:
    sealed.set_conf("sepa_audit_mac_keys", None)
    verify_daily(sealed)
    assert measured(sealed, "audit.verification_ok").value is None


def test_a_new_site_knows_nothing_yet_and_alerts_nobody(site: SQLiteSite, clock: MovableClock) -> None:
    for _ in range(4):
        clock.move(hours=24)
        run_tick()
        run_hourly_checks()
    assert {rule for rule in open_rules(site) if str(rule).startswith("audit")} == set()


def test_a_checkpoint_that_nobody_outside_has_is_told_after_two_days(
    sealed: SQLiteSite, clock: MovableClock
) -> None:
    clock.move(hours=47)
    run_hourly_checks()
    assert "audit_not_anchored" not in open_rules(sealed)
    clock.move(hours=2)
    run_hourly_checks()
    assert "audit_not_anchored" in open_rules(sealed)


def test_every_tick_seals_what_was_written(site: SQLiteSite, clock: MovableClock) -> None:
    write(site)
    clock.move(seconds=400)
    metric = measured(site, "audit.seal_lag_seconds")
    assert (metric.value, measured(site, "audit.unsealed").value) == (400, 1)
    run_tick()
    assert measured(site, "audit.unsealed").value == 0
    assert measured(site, "audit.seal_lag_seconds").value == 0


def test_what_waits_in_the_spool_is_counted(site: SQLiteSite) -> None:
    log_sepa_event(site, "Bank Submission", None, "sent", {"compliance_status": "Failed"})
    assert measured(site, "audit.spool_waiting").value == 1


def test_the_guard_is_looked_after(site: SQLiteSite) -> None:
    assert measured(site, "audit.guard_intact").value is True
    append_only_guard.remove(site)
    metric = measured(site, "audit.guard_intact")
    assert metric.value is False
    assert "trigger" in str(metric.evidence)


def test_earlier_verifications_are_remembered_with_their_answers(
    sealed: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_verification, "MOST_REMEMBERED", 3)
    for _day in range(4):
        verify_daily(sealed)
        clock.move(days=1)
    tamper(sealed)
    verify_daily(sealed)
    last = daily_verification.last(sealed)
    assert last and [each.held for each in last.history] == [False, True, True]
    assert [sealed.now() - each.at for each in last.history] == [timedelta(days=days) for days in (0, 1, 2)]
    assert (last.history[0].at, last.history[0].answer) == (last.at, last.answer)


@pytest.mark.parametrize("history", [None, "x", [1, {"at": "never"}, {}], {"at": 1}])
def test_what_cannot_be_read_of_earlier_ones_is_left_out(sealed: SQLiteSite, history: object) -> None:
    verify_daily(sealed)
    row = sealed.get("Monitoring Run", daily_verification.JOB)
    assert row
    kept = json.loads(row["cursor"]) | {"history": history}
    sealed.update("Monitoring Run", daily_verification.JOB, {"cursor": json.dumps(kept)})
    last = daily_verification.last(sealed)
    assert last and last.history == () and last.held is True
    daily_verification.verify_now(sealed)
    again = daily_verification.last(sealed)
    assert again and again.history[0].held is True
