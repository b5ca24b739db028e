"""Returns that the host app's log of the bank's files tells of, as JSON and in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.compliance import books
from tests.compliance.test_findings import findings
from tests.compliance.test_findings import office as office
from tests.compliance.test_returned import days_ago, returned
from vuurtoren.compliance import scanning
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.returned.file_logs import told_in
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

LINE = "Direct Debit Batch Invoice"


@pytest.fixture
def line(office: SQLiteSite) -> dict[str, Any]:
    """A line of a batch that was due nine days ago."""
    (name,) = books.batch(office, "B-1", days_ago(office, 9), [books.mandate(office)], status="Submitted")
    return office.get(LINE, name) or {}


def read(site: SQLiteSite, result: str) -> None:
    """The host app has read a file of the bank, and says so."""
    values = {"file_hash": "aa", "status": "Completed", "processing_date": site.now()}
    site.insert("SEPA Return File Log", values | {"processing_result": result})
    site.commit()
    scanning.scan(site)


def test_an_item_that_names_an_invoice_is_a_return_of_its_line(office: SQLiteSite, line: Any) -> None:
    item = {"member_reference": "12", "invoice": line["invoice"], "status": "processed", "action": "Reversed"}
    read(office, json.dumps({"success": True, "processed_returns": [item], "total_processed": 1}))
    (row,) = returned(office)
    assert (row["batch"], row["invoice"], row["reason_code"], row["source"]) == (
        "B-1",
        line["invoice"],
        "",
        "Bank File",
    )
    assert [found["rule"] for found in findings(office) if found["subject_name"] == row["name"]] == ["R01"]


def test_an_item_with_a_code_says_why(office: SQLiteSite, line: Any) -> None:
    read(
        office, json.dumps([{"end_to_end_id": f"E2E-{line['invoice']}", "return_code": "md01", "amount": 15}])
    )
    (row,) = returned(office)
    assert (row["reason_code"], row["amount_cents"], row["state"]) == ("MD01", 1500, "To Do")


def test_an_item_of_which_only_the_member_is_known_is_kept_and_found(office: SQLiteSite, line: Any) -> None:
    office.update("Member", line["member"], {"member_id": "4711"})
    read(office, json.dumps({"processed_returns": [{"member_reference": "4711", "status": "not_found"}]}))
    (row,) = returned(office)
    assert (row["member"], row["batch"], row["invoice"]) == (line["member"], "", "")
    assert "a collection that we do not know" in findings(office, rule="R01")[0]["said"]


def test_an_item_that_names_only_the_mandate_knows_it(office: SQLiteSite, line: Any) -> None:
    item = {"mandate_reference": line["mandate_reference"], "reason_code": "AC04"}
    read(office, json.dumps({"processed_returns": [item]}))
    (row,) = returned(office)
    assert (row["member"], row["reason_code"]) == (line["member"], "AC04")
    assert row["mandate"]


def test_a_line_in_words_that_names_a_collection_and_a_code_is_a_return(
    office: SQLiteSite, line: Any
) -> None:
    read(office, f"2 returns\n{line['invoice']}; AC01 wrong account\nSINV-NOBODYS; AC01\nno code here")
    assert [(row["invoice"], row["reason_code"]) for row in returned(office)] == [(line["invoice"], "AC01")]


def test_the_same_log_is_counted_once_however_often_it_is_read(office: SQLiteSite, line: Any) -> None:
    read(office, json.dumps([{"member_reference": "1"}, {"invoice": line["invoice"]}]))
    scanning.scan(office)
    assert len(returned(office)) == 2


def test_a_return_that_the_log_and_the_batch_tell_of_is_one_and_has_the_code(
    office: SQLiteSite, line: Any
) -> None:
    read(office, json.dumps([{"invoice": line["invoice"]}]))
    books.came_back(office, line["name"], "AC04")
    scanning.scan(office)
    (row,) = returned(office)
    assert (row["reason_code"], row["state"], bool(row["action"])) == ("AC04", "To Do", True)
    codes = {"action": "collection_returned"}
    assert sorted(str(each["outcome_code"] or "") for each in office.get_all(
        "SEPA Audit Log", ["outcome_code"], codes
    )) == ["", "AC04"]  # fmt: skip


def test_a_code_that_comes_later_ends_what_needs_nothing(office: SQLiteSite, line: Any) -> None:
    read(office, json.dumps([{"invoice": line["invoice"]}]))
    books.came_back(office, line["name"], "AM04")
    scanning.scan(office)
    assert [(row["reason_code"], row["state"]) for row in returned(office)] == [("AM04", "Not Needed")]


def test_what_a_person_settled_stays_settled_when_the_code_comes(office: SQLiteSite, line: Any) -> None:
    read(office, json.dumps([{"invoice": line["invoice"]}]))
    stored.settle(office, returned(office)[0]["name"], "Done", "Called")
    books.came_back(office, line["name"], "AC04")
    scanning.scan(office)
    assert [(row["reason_code"], row["state"]) for row in returned(office)] == [("AC04", "Done")]


@pytest.mark.parametrize(
    "result",
    [
        "",
        "null",
        "{",
        "[]",
        "{}",
        '{"success": false, "error": "x"}',
        "[" * 100_000,
        '"hello"',
        "{'a': 1}",
        "5",
    ],
)
def test_what_tells_of_no_return_is_none(result: str) -> None:
    assert told_in(result) == []


@given(some.recursive(some.none() | some.text() | some.integers(), some.lists))
def test_whatever_json_comes_nothing_is_raised(value: Any) -> None:
    told_in(json.dumps({"processed_returns": value}))
