"""Findings: opened once, confirmed, ended when the record is mended, or accepted by a person until a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.compliance import books
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance import rule_states, scanning
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.findings import stored
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

LOG = "SEPA Audit Log"
Row = dict[str, Any]


@pytest.fixture
def office(association: SQLiteSite) -> SQLiteSite:
    append_only_guard.install(association)
    books.association(association)
    return association


def findings(site: SQLiteSite, **filters: Any) -> list[Row]:
    return site.get_all(stored.DOCTYPE, list(stored.FIELDS), filters, order_by="rule")


def steps(site: SQLiteSite, rule: str) -> list[str]:
    return [
        row["action"] for row in site.get_all(LOG, ["action"], {"rule_id": rule}, order_by="creation, name")
    ]


def dormant(site: SQLiteSite) -> str:
    return books.mandate(site, used_on=site.now().date() - timedelta(days=4 * 365))


def test_a_sound_association_has_no_findings(office: SQLiteSite) -> None:
    books.mandate(office)
    scanning.scan(office)
    assert findings(office) == []


def test_what_is_broken_is_a_finding_with_what_to_do(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    assert (found["rule"], found["severity"], found["status"], found["mandate"]) == ("M04", "M", "Open", name)
    assert "36 months" in found["said"]
    assert "Cancel the mandate" in found["action"]


def test_the_same_is_one_finding_however_often_it_is_found(office: SQLiteSite) -> None:
    dormant(office)
    for _night in range(3):
        scanning.scan(office)
    (found,) = findings(office)
    assert found["times_confirmed"] == 2


def test_it_ends_by_itself_when_the_record_is_mended(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    office.update(
        "SEPA Mandate", name, {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now()}
    )
    scanning.scan(office)
    (found,) = findings(office)
    assert (found["status"], found["ended_because"]) == ("Ended", stored.MENDED)


def test_it_ends_when_the_record_is_gone(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    office.delete("SEPA Mandate", {"name": name}, limit=1)
    scanning.scan(office)
    (found,) = findings(office)
    assert (found["status"], found["ended_because"]) == ("Ended", stored.GONE)


def test_it_stays_open_while_it_can_no_longer_be_judged(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    office.delete("SEPA Mandate Usage", {"parent": name}, limit=9)
    office.update("SEPA Mandate", name, {"sign_date": None})
    scanning.scan(office)
    assert [row["status"] for row in findings(office, rule="M04")] == ["Open"]


def test_what_is_broken_again_is_a_new_finding(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    office.update("SEPA Mandate", name, {"status": "Suspended", "is_active": 0, "sign_date": None})
    office.update("SEPA Mandate", name, {"status": "Draft", "sign_date": office.now().date()})
    scanning.scan(office)
    office.update("SEPA Mandate", name, {"status": "Active", "is_active": 1})
    scanning.scan(office)
    assert sorted(row["status"] for row in findings(office, rule="M04")) == ["Ended", "Open"]


def test_every_step_is_in_the_trail_with_its_rule(office: SQLiteSite, clock: Any) -> None:
    name = dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    stored.accept(office, found["name"], "It is used next week", office.now().date() + timedelta(days=10))
    office.commit()
    clock.move(days=1)
    scanning.scan(office)
    office.update(
        "SEPA Mandate", name, {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now()}
    )
    clock.move(days=1)
    scanning.scan(office)
    assert steps(office, "M04") == [
        "finding_opened",
        "finding_accepted",
        "findings_confirmed",
        "finding_ended",
    ]


def test_an_accepted_finding_is_not_opened_again_before_its_day(office: SQLiteSite, clock: Any) -> None:
    dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    until = office.now().date() + timedelta(days=10)
    stored.accept(office, found["name"], "It is used next week", until)
    clock.move(days=10)
    scanning.scan(office)
    assert [row["status"] for row in findings(office, rule="M04")] == ["Accepted"]
    clock.move(days=1)
    scanning.scan(office)
    (found,) = findings(office, rule="M04")
    assert (found["status"], found["accepted_because"]) == ("Open", "It is used next week")


def test_what_becomes_worse_is_accepted_no_more(office: SQLiteSite) -> None:
    held = books.mandate(office)
    (line,) = books.batch(
        office, "B-1", (office.now() - timedelta(days=9)).date(), [held], status="Submitted"
    )
    books.came_back(office, line, "MD01")
    scanning.scan(office)
    (found,) = findings(office, rule="R03")
    stored.accept(office, found["name"], "The member will call", office.now().date() + timedelta(days=30))
    books.batch(office, "B-2", (office.now() + timedelta(days=12)).date(), [held])
    scanning.scan(office)
    (found,) = findings(office, rule="R03")
    assert (found["status"], found["severity"], found["batch"]) == ("Open", "C", "B-2")


@pytest.mark.parametrize(
    ("reason", "days"),
    [("", 10), ("   ", 10), ("because", 0), ("because", -1), ("because", 400)],
)
def test_an_acceptance_has_a_reason_and_an_end_within_a_year(
    office: SQLiteSite, reason: str, days: int
) -> None:
    dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    with pytest.raises(NotPossible):
        stored.accept(office, found["name"], reason, office.now().date() + timedelta(days=days))


def test_nobody_accepts_what_is_not_there_or_over(office: SQLiteSite) -> None:
    with pytest.raises(NotPossible, match="no finding"):
        stored.accept(office, "nowhere", "because", office.now().date() + timedelta(days=1))


def test_an_account_in_a_reason_is_masked(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    account = books.iban(7)
    stored.accept(
        office, found["name"], f"They pay from {account} now", office.now().date() + timedelta(days=1)
    )
    assert account not in str(findings(office))


def test_no_account_stands_in_any_finding(office: SQLiteSite) -> None:
    accounts = [books.iban(70_001), books.iban(70_002)]
    held = books.mandate(office, iban=accounts[0])
    books.batch(office, "B-1", (office.now() + timedelta(days=12)).date(), [held])
    office.update("SEPA Mandate", held, {"iban": accounts[1]})
    scanning.scan(office)
    assert {"C02", "M06"} <= {row["rule"] for row in findings(office)}
    assert not any(account[-10:] in str(findings(office)) for account in accounts)


def test_a_rule_with_very_many_findings_keeps_the_first_ones_and_counts_all(
    office: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MOST_OPEN_A_RULE", 2)
    for _each in range(4):
        dormant(office)
    scanning.scan(office)
    scanning.scan(office)
    assert len(findings(office)) == 2
    assert rule_states.read(office)["M04"].broken == 4


def test_what_has_ended_is_deleted_after_its_retention(office: SQLiteSite, clock: Any) -> None:
    name = dormant(office)
    scanning.scan(office)
    office.delete("SEPA Mandate", {"name": name}, limit=1)
    scanning.scan(office)
    clock.move(days=400)
    assert stored.trim(office, office.now() - timedelta(days=365), 10) == 1
    assert findings(office) == []


def test_an_open_finding_has_no_retention(office: SQLiteSite, clock: Any) -> None:
    dormant(office)
    scanning.scan(office)
    clock.move(days=4000)
    assert stored.trim(office, office.now(), 10) == 0
