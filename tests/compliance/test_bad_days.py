"""Odd but possible books: two mandates of one member, twin batches, members who are renamed or gone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import dormant, findings
from tests.compliance.test_findings import office as office
from tests.compliance.test_returned import returned
from vuurtoren.compliance import scanning
from vuurtoren.compliance.returned.stored import settle
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sepa import page

Row = dict[str, Any]


def next_month(site: SQLiteSite) -> date:
    return (site.now() + timedelta(days=12)).date()


def with_two_mandates(site: SQLiteSite) -> tuple[str, str]:
    """A member with two active mandates on one account."""
    first, second = books.mandate(site), books.mandate(site)
    held = site.get("SEPA Mandate", first) or {}
    site.update("SEPA Mandate", second, {"member": held["member"], "iban": held["iban"]})
    site.commit()
    return first, second


def test_two_active_mandates_of_a_member_are_two_mandates(office: SQLiteSite) -> None:
    books.batch(office, "B-1", next_month(office), list(with_two_mandates(office)))
    scanning.scan(office)
    assert findings(office) == []


def test_what_came_back_on_one_of_two_mandates_says_nothing_of_the_other(office: SQLiteSite) -> None:
    first, second = with_two_mandates(office)
    (line, _other) = books.batch(
        office, "B-1", office.now().date() - timedelta(days=9), [first, second], status="Submitted"
    )
    books.came_back(office, line, "MD01")
    books.batch(office, "B-2", next_month(office), [first, second])
    scanning.scan(office)
    assert [(row["mandate"], row["severity"]) for row in findings(office, rule="R03")] == [(first, "C")]
    assert [row["mandate"] for row in returned(office)] == [first]


def test_two_batches_of_the_same_second_are_two_and_their_double_is_found_in_both(office: SQLiteSite) -> None:
    held, same = books.mandate(office), office.now()
    (line,) = books.batch(office, "B-1", next_month(office), [held], creation=same, sepa_generation_date=same)
    invoice = (office.get("Direct Debit Batch Invoice", line) or {})["invoice"]
    books.batch(office, "B-2", next_month(office), [], creation=same, sepa_generation_date=same)
    books.line(office, "B-2", held, invoice=invoice)
    office.commit()
    scanning.scan(office)
    rows = findings(office, rule="C04")
    assert sorted(row["batch"] for row in rows) == ["B-1", "B-2"]
    scanning.scan(office)
    assert len(findings(office, rule="C04")) == 2


def test_twin_batches_that_come_back_are_two_returns(office: SQLiteSite) -> None:
    held, due = books.mandate(office), office.now().date() - timedelta(days=9)
    lines = [books.batch(office, name, due, [held], status="Submitted")[0] for name in ("B-1", "B-2")]
    for line in lines:
        books.came_back(office, line, "AM04")
    scanning.scan(office)
    scanning.scan(office)
    assert sorted(row["batch"] for row in returned(office)) == ["B-1", "B-2"]


def renamed(site: SQLiteSite, mandate: str, to: str) -> str:
    """The member of a mandate has another name from now on; the one it had."""
    before = str((site.get("SEPA Mandate", mandate) or {})["member"])
    row = site.get("Member", before) or {}
    site.delete("Member", {"name": before}, limit=1)
    site.insert("Member", {"name": to, "status": row["status"], "iban": row["iban"]})
    site.update("SEPA Mandate", mandate, {"member": to})
    site.commit()
    return before


def test_a_renamed_member_keeps_its_finding_under_its_name(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    renamed(office, name, "Assoc-Member-NEW")
    scanning.scan(office)
    (row,) = findings(office, rule="M04")
    assert (row["member"], row["status"]) == ("Assoc-Member-NEW", "Open")
    assert "M04" in str(page.page_body(office, {"q": "Assoc-Member-NEW"}))


def test_the_return_of_a_renamed_member_stays_one(office: SQLiteSite) -> None:
    held = books.mandate(office)
    due = office.now().date() - timedelta(days=9)
    (line,) = books.batch(office, "B-1", due, [held], status="Submitted")
    books.came_back(office, line, "MD06")
    scanning.scan(office)
    before = renamed(office, held, "Assoc-Member-NEW")
    office.update("Direct Debit Batch Invoice", line, {"member": "Assoc-Member-NEW"})
    office.commit()
    scanning.scan(office)
    assert len(returned(office)) == 1
    assert "MD06" in str(page.page_body(office, {"q": before}))


def test_a_deleted_member_hides_nothing_of_its_mandate(office: SQLiteSite) -> None:
    name = dormant(office)
    member = str((office.get("SEPA Mandate", name) or {})["member"])
    office.delete("Member", {"name": member}, limit=1)
    office.commit()
    scanning.scan(office)
    assert [(row["rule"], row["mandate"]) for row in findings(office)] == [("M04", name)]
    assert "M04" in str(page.page_body(office, {"q": member}))


def test_what_came_back_of_a_deleted_mandate_can_still_be_settled(office: SQLiteSite) -> None:
    held = books.mandate(office)
    due = office.now().date() - timedelta(days=9)
    (line,) = books.batch(office, "B-1", due, [held], status="Submitted")
    books.came_back(office, line, "MD01")
    scanning.scan(office)
    office.delete("SEPA Mandate", {"name": held}, limit=1)
    office.commit()
    scanning.scan(office)
    (row,) = findings(office, rule="R03", status="Open")
    assert row["action"].startswith("The mandate is no longer there: say in the return")
    said = str(page.page_body(office, {}))
    assert "The mandate is no longer there" in said and "Cancel the mandate" not in said
    (back,) = returned(office)
    settle(office, back["name"], "Not Needed", "The mandate is gone")
    scanning.scan(office)
    assert findings(office, rule="R03", status="Open") == []


@pytest.mark.parametrize("amount", [15.005, 0.001, 1e15, -3.0])
def test_an_odd_amount_in_the_books_breaks_no_scan(office: SQLiteSite, amount: float) -> None:
    (line,) = books.batch(office, "B-1", next_month(office), [books.mandate(office)])
    office.update("Direct Debit Batch Invoice", line, {"amount": amount})
    office.commit()
    scanning.scan(office)
    assert findings(office, rule="C03")
    assert page.page_body(office, {})


def test_a_batch_of_the_year_9999_breaks_neither_scan_nor_page(office: SQLiteSite) -> None:
    books.batch(office, "B-1", date(9999, 12, 31), [books.mandate(office)])
    (line,) = books.batch(office, "B-2", date(9999, 12, 31), [books.mandate(office)], status="Submitted")
    books.came_back(office, line, "AC04")
    log = {"file_hash": "aa", "processing_date": datetime(9999, 12, 31), "status": "Completed"}
    office.insert("SEPA Return File Log", log | {"processing_result": '[{"invoice": "SINV-9999"}]'})
    office.commit()
    scanning.scan(office)
    assert "B-1" in str(page.page_body(office, {}))
    assert len(returned(office)) == 2
