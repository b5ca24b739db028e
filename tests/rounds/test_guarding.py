"""A guard that somebody took away is told of before it is put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.clear_entries import clear_entries
from tests.conftest import MovableClock
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification import command, daily_verification
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds import guarding
from vuurtoren.rounds.checks import run_job
from vuurtoren.signals.measuring import collect
from vuurtoren.site.guards import sqlite_remove


def write(site: SQLiteSite, *names: str) -> None:
    for name in names:
        record(site, "Batch Generation", "Direct Debit Batch", name, "batch_generated", "Compliant")
    site.commit()
    seal(site)
    site.commit()


def take_guard_away(site: SQLiteSite) -> None:
    for statement in sqlite_remove(GUARD):
        site.store.write(statement, ())
    site.commit()


def entries(site: SQLiteSite, action: str) -> list[dict[str, object]]:
    fields = ["action", "compliance_status", "details", "event_id", "process_type"]
    return [row for row in clear_entries(site, fields) if row["action"] == action]


@pytest.fixture
def guarded(site: SQLiteSite) -> SQLiteSite:
    guarding.restore(site)
    write(site, "B-1", "B-2")
    return site


def test_a_guard_that_was_always_there_says_nothing(guarded: SQLiteSite) -> None:
    guarding.restore(guarded)
    assert guarded.count("System Alert") == 0
    assert entries(guarded, "guard_missing") == []


def test_what_was_missing_and_since_when_is_an_entry_and_a_critical_alert(
    guarded: SQLiteSite, clock: MovableClock
) -> None:
    clock.move(hours=3)
    take_guard_away(guarded)
    clock.move(hours=1)
    guarding.restore(guarded)
    (entry,) = entries(guarded, "guard_missing")
    assert entry["compliance_status"] == "Failed"
    assert "2026-11-04 10:00:00" in str(entry["details"])
    assert "a trigger is missing" in str(entry["details"])
    (alert,) = guarded.get_all("System Alert", ["severity", "status", "message"])
    assert (alert["severity"], alert["status"]) == ("CRITICAL", "Active")
    assert "2026-11-04 10:00:00" in alert["message"]
    assert append_only_guard.missing(guarded) == ""


def test_the_tick_notes_that_it_is_there(guarded: SQLiteSite, clock: MovableClock) -> None:
    clock.move(hours=3)
    run_job(guarded, "tick")
    take_guard_away(guarded)
    clock.move(hours=1)
    guarding.restore(guarded)
    assert "13:00:00" in str(entries(guarded, "guard_missing")[0]["details"])


@pytest.mark.parametrize(("minutes", "last_seen"), [(14, "10:00:00"), (15, "10:15:00")])
def test_when_it_was_last_there_is_known_to_a_quarter_of_an_hour(
    guarded: SQLiteSite, clock: MovableClock, minutes: int, last_seen: str
) -> None:
    clock.move(minutes=minutes)
    guarding.look(guarded)
    take_guard_away(guarded)
    clock.move(hours=1)
    guarding.restore(guarded)
    assert last_seen in str(entries(guarded, "guard_missing")[0]["details"])


def test_what_was_changed_meanwhile_is_found_at_once(guarded: SQLiteSite, clock: MovableClock) -> None:
    clock.move(minutes=5)
    take_guard_away(guarded)
    guarded.store.write('UPDATE "tabSEPA Audit Log" SET action = ? WHERE reference_name = ?', ("x", "B-2"))
    guarded.commit()
    guarding.restore(guarded)
    last = daily_verification.last(guarded)
    assert last and last.held is False


def test_another_guard_after_an_update_is_no_alarm(
    guarded: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = {"cursor": '{"version": "guard of before", "at_utc": "2026-11-04T09:00:00"}'}
    guarded.update("Monitoring Run", guarding.JOB, stored)
    take_guard_away(guarded)
    guarding.restore(guarded)
    assert (guarded.count("System Alert"), append_only_guard.missing(guarded)) == (0, "")


def test_a_site_opens_with_it(tmp_path: Path) -> None:
    from vuurtoren.embedded.opening import open_site

    site = open_site(tmp_path, "http://127.0.0.1:8000")
    take_guard_away(site)
    again = open_site(tmp_path, "http://127.0.0.1:8000")
    assert again.count("System Alert", {"severity": "CRITICAL"}) == 1
    for each in (site, again):
        each.store.close()


# ---- whoever verifies, the result is one
def change_a_row(site: SQLiteSite) -> None:
    take_guard_away(site)
    site.store.write('UPDATE "tabSEPA Audit Log" SET action = ? WHERE reference_name = ?', ("x", "B-1"))
    append_only_guard.install(site)


def test_what_the_command_line_finds_page_metric_and_alert_read(guarded: SQLiteSite) -> None:
    change_a_row(guarded)
    said: list[str] = []
    assert command.verify(guarded, said.append) == 1
    last = daily_verification.last(guarded)
    assert last and last.held is False and last.answer == said[-1]
    assert collect(guarded, ("audit.trail",), fresh=True).get("audit.verification_ok").value is False
    assert len(entries(guarded, "verification_failed")) == 1
    run_job(guarded, "hourly")
    assert guarded.count("System Alert", {"rule": "audit_verification_failed", "status": "Active"}) == 1


def test_a_partial_verification_takes_no_finding_back(guarded: SQLiteSite) -> None:
    change_a_row(guarded)
    command.verify(guarded, lambda _: None)
    write(guarded, "B-3")
    newest = guarded.get_all("SEPA Audit Checkpoint", ["tree_size"], order_by="tree_size")
    command.verify(guarded, lambda _: None, since=int(newest[-2]["tree_size"]))
    last = daily_verification.last(guarded)
    assert last and last.held is False
