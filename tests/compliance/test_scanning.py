"""Scans: whole by night, by what changed in between, and begun again when they are killed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import dormant, findings
from tests.compliance.test_findings import office as office
from vuurtoren.compliance import memory, rule_states, scanning
from vuurtoren.compliance.findings import stored
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


class Killed(BaseException):
    """What ends a process in the middle."""


def test_a_scan_that_is_killed_and_begun_again_counts_nothing_twice(
    office: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(6):
        dormant(office)
    opened, opens = stored.open_one, []

    def dies(*given: Any) -> bool:
        opens.append(given)
        if len(opens) == 4:
            raise Killed
        return opened(*given)

    monkeypatch.setattr(scanning, "WRITES_BETWEEN_COMMITS", 2)
    monkeypatch.setattr(stored, "open_one", dies)
    with pytest.raises(Killed):
        scanning.scan(office)
    office.rollback()
    assert len(findings(office)) == 2
    monkeypatch.setattr(stored, "open_one", opened)
    scanning.scan(office)
    assert len(findings(office)) == 6
    entries = {"rule_id": "M04", "action": "finding_opened"}
    assert office.count("SEPA Audit Log", entries) == 6


def test_the_state_of_every_rule_is_kept(office: SQLiteSite) -> None:
    books.mandate(office)
    dormant(office)
    scanning.scan(office)
    states = rule_states.read(office)
    assert len(states) == 27
    assert (states["M04"].held, states["M04"].broken) == (1, 1)
    assert states["M03"].pending == 2
    assert states["M03"].pending_because


def test_a_rule_about_what_is_not_installed_does_not_apply(site: SQLiteSite) -> None:
    scanning.scan(site)
    states = rule_states.read(site)
    assert not any(state.judged for rule, state in states.items() if rule[0] in "MCR")


def test_the_nightly_scan_runs_once_a_day(office: SQLiteSite, clock: Any) -> None:
    dormant(office)
    scanning.scan_daily(office)
    clock.move(hours=2)
    scanning.scan_daily(office)
    (found,) = findings(office)
    assert found["times_confirmed"] == 0
    clock.move(days=1)
    scanning.scan_daily(office)
    assert findings(office)[0]["times_confirmed"] == 1


def test_before_the_first_whole_scan_changes_are_not_judged(office: SQLiteSite) -> None:
    dormant(office)
    assert scanning.scan_changes(office) is None
    assert findings(office) == []


def test_a_mandate_that_was_just_written_is_judged_at_once(office: SQLiteSite, clock: Any) -> None:
    books.mandate(office)
    clock.move(hours=1)
    scanning.scan(office)
    clock.move(hours=1)
    name = dormant(office)
    done = scanning.scan_changes(office)
    assert done is not None
    assert done.records == 1
    assert [row["mandate"] for row in findings(office)] == [name]


def test_a_mandate_that_was_just_mended_ends_its_finding(office: SQLiteSite, clock: Any) -> None:
    name = dormant(office)
    scanning.scan(office)
    clock.move(hours=1)
    office.update(
        "SEPA Mandate", name, {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now()}
    )
    scanning.scan_changes(office)
    assert [row["status"] for row in findings(office)] == ["Ended"]


def test_what_did_not_change_keeps_its_findings(office: SQLiteSite, clock: Any) -> None:
    dormant(office)
    scanning.scan(office)
    clock.move(hours=1)
    books.mandate(office)
    scanning.scan_changes(office)
    assert [row["status"] for row in findings(office)] == ["Open"]


def test_a_mandate_that_is_cancelled_is_seen_in_the_batch_that_waits(office: SQLiteSite, clock: Any) -> None:
    held = books.mandate(office)
    books.batch(office, "B-1", (office.now() + timedelta(days=12)).date(), [held])
    scanning.scan(office)
    clock.move(hours=1)
    office.update("SEPA Mandate", held, {"status": "Suspended", "is_active": 0})
    scanning.scan_changes(office)
    (found,) = findings(office, rule="C01")
    assert (found["severity"], found["batch"], found["amount_cents"]) == ("C", "B-1", 1500)


def test_two_batches_with_one_invoice_are_critical(office: SQLiteSite) -> None:
    held = books.mandate(office)
    due = (office.now() + timedelta(days=12)).date()
    (first,) = books.batch(office, "B-1", due, [held])
    invoice = office.get("Direct Debit Batch Invoice", first)["invoice"]  # type: ignore[index]
    books.batch(office, "B-2", due, [])
    books.line(office, "B-2", held, invoice=invoice)
    scanning.scan(office)
    assert sorted(row["batch"] for row in findings(office, rule="C04")) == ["B-1", "B-2"]


def test_a_collection_that_came_back_may_stand_in_another_batch(office: SQLiteSite) -> None:
    held = books.mandate(office)
    (first,) = books.batch(
        office, "B-1", (office.now() - timedelta(days=9)).date(), [held], status="Submitted"
    )
    invoice = office.get("Direct Debit Batch Invoice", first)["invoice"]  # type: ignore[index]
    books.came_back(office, first, "AM04")
    books.batch(office, "B-2", (office.now() + timedelta(days=12)).date(), [])
    books.line(office, "B-2", held, invoice=invoice)
    scanning.scan(office)
    assert findings(office, rule="C04") == []


def test_old_batches_are_judged_no_more(office: SQLiteSite) -> None:
    held = books.mandate(office, status="Suspended", is_active=0)
    books.batch(office, "B-1", (office.now() - timedelta(days=100)).date(), [held], status="Submitted")
    scanning.scan(office)
    assert findings(office, rule="C01") == []
    assert rule_states.read(office)["C01"].broken == 0


def test_strange_rows_break_no_scan(office: SQLiteSite) -> None:
    odd = books.mandate(
        office, mandate_id="a/very//long/" + "x" * 60, sign_date="9999-12-31", maximum_amount=-1
    )
    books.mandate(office, member="", iban="", status="Active", is_active=0)
    books.batch(
        office, "B-9", office.now().date().replace(year=9999), [odd], currency="USD", total_amount=1e12
    )
    done = scanning.scan(office)
    assert done.records > 4


def test_before_the_first_scan_nothing_is_known(site: SQLiteSite) -> None:
    assert memory.read(site) == {}


def test_the_next_scan_finds_what_the_last_one_left(site: SQLiteSite) -> None:
    memory.keep(site, {"own_account": ["NL", 3]})
    memory.keep(site, {"own_account": ["NL", 4]})
    assert memory.read(site) == {"own_account": ["NL", 4]}


@pytest.mark.parametrize("kept", [None, "", "{", "[]", "7", "[" * 100_000])
def test_what_cannot_be_read_is_forgotten(site: SQLiteSite, kept: str | None) -> None:
    memory.keep(site, {"own_account": ["NL", 3]})
    site.update("Monitoring Run", memory.JOB, {"cursor": kept})
    assert memory.read(site) == {}
