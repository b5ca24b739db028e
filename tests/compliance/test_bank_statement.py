"""What the lines of the bank statement tell: that a batch was booked, and what came back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import findings
from tests.compliance.test_returned import returned
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance import scanning
from vuurtoren.embedded.demo import HOST_DOCTYPES
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

STATEMENT = "Bank Transaction"
FIELDS = {
    **dict.fromkeys(("deposit", "withdrawal"), "Currency"),
    **dict.fromkeys(("description",), "Small Text"),
    **dict.fromkeys(("currency", "reference_number"), "Data"),
    "date": "Date",
}


@pytest.fixture
def site(tmp_path: Path, clock: Any) -> Iterator[SQLiteSite]:
    """An association whose bookkeeping brings in the statement of the bank, and nothing else of it."""
    schema = json.loads(HOST_DOCTYPES.read_text("utf-8")) | {STATEMENT: {"fields": FIELDS}}
    del schema["SEPA Return File Log"]
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema), "utf-8")
    made = SQLiteSite(tmp_path / "site", clock=clock, extra_schema=[path])
    append_only_guard.install(made)
    books.association(made)
    yield made
    made.store.close()


def due(site: SQLiteSite, days: int) -> date:
    return site.now().date() - timedelta(days=days)


def booked(site: SQLiteSite, **values: Any) -> None:
    site.insert(STATEMENT, {"date": site.now().date(), "currency": "EUR", **values})
    site.commit()


def collected(site: SQLiteSite, days: int = 12) -> dict[str, Any]:
    """A line of a batch that is at the bank."""
    (line,) = books.batch(site, "B-1", due(site, days), [books.mandate(site)], status="Submitted")
    return site.get("Direct Debit Batch Invoice", line) or {}


def test_money_that_left_with_a_code_and_our_id_is_a_return(site: SQLiteSite) -> None:
    line = collected(site)
    booked(site, withdrawal=15, description="STORNO MD06 refund", reference_number=f"E2E-{line['invoice']}")
    booked(site, withdrawal=15, description="AC04 of somebody else", reference_number="NOT-OURS")
    booked(site, withdrawal=15, description="rent", reference_number=line["invoice"])
    scanning.scan(site)
    scanning.scan(site)
    (row,) = returned(site)
    assert (row["reason_code"], row["batch"], row["amount_cents"], row["source"]) == (
        "MD06",
        "B-1",
        1500,
        STATEMENT,
    )


def test_a_return_that_the_batch_told_already_is_not_told_again_by_the_statement(site: SQLiteSite) -> None:
    line = collected(site)
    books.came_back(site, line["name"], "MD06")
    booked(site, withdrawal=15, description="STORNO MD06", reference_number=line["invoice"])
    scanning.scan(site)
    assert len(returned(site)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"deposit": 15.0, "reference_number": ""},
        {"deposit": 14.0, "reference_number": "B-1"},
    ],
)
def test_a_batch_that_the_statement_books_was_heard_of(site: SQLiteSite, answer: dict[str, Any]) -> None:
    collected(site)
    scanning.scan(site)
    assert [row["batch"] for row in findings(site, rule="R05", status="Open")] == ["B-1"]
    booked(site, **answer)
    scanning.scan(site)
    assert findings(site, rule="R05", status="Open") == []


def test_another_amount_is_no_word_of_the_batch(site: SQLiteSite) -> None:
    collected(site)
    booked(site, deposit=1_000.0, reference_number="")
    scanning.scan(site)
    assert len(findings(site, rule="R05", status="Open")) == 1


def test_what_came_back_is_a_word_of_the_bank(site: SQLiteSite) -> None:
    line = collected(site)
    books.came_back(site, line["name"], "AM04")
    scanning.scan(site)
    assert findings(site, rule="R05", status="Open") == []
