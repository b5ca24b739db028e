"""Searching the trail: what is asked for, page by page, and no sensitive details on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.audit.seals import adversary
from tests.conftest import MovableClock
from verenigingen.tests.support.patience import turns
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.search.searching import LARGEST_PAGE, search, search_for_people
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Forbidden, Refused

IBAN = "NL91ABNA0417164300"


@pytest.fixture
def filled(site: SQLiteSite, clock: MovableClock) -> SQLiteSite:
    """Four events, an hour apart from ten in the morning on."""
    told: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("Mandate Creation", "SEPA Mandate", "M-1", "Mandate_Created", {"mandate": "M-1"}),
        ("Batch Generation", "Direct Debit Batch", "B-1", "batch_created", {"batch": "B-1"}),
        ("Bank Submission", "Direct Debit Batch", "B-1", "batch_sent", {"batch": "B-1"}),
        ("Return Processing", "Sales Invoice", "I-1", "collection_returned", {"mandate": "M-1"}),
    ]
    for number, (process, doctype, name, action, outcome) in enumerate(told):
        status = "Exception" if number == 3 else "Compliant"
        record(site, process, doctype, name, action, status, {"number": number}, outcome=outcome)
        clock.move(hours=1)
    site.commit()
    return site


def actions(site: SQLiteSite, **asked: Any) -> list[str]:
    return [entry["action"] for entry in search(site, **asked)["entries"]]


def test_everything_comes_newest_first(filled: SQLiteSite) -> None:
    assert actions(filled) == ["collection_returned", "batch_sent", "batch_created", "Mandate_Created"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"process_type": "Bank Submission"}, ["batch_sent"]),
        ({"compliance_status": "Exception"}, ["collection_returned"]),
        ({"reference_doctype": "SEPA Mandate", "reference_name": "M-1"}, ["Mandate_Created"]),
        ({"mandate": "M-1"}, ["collection_returned", "Mandate_Created"]),
        ({"batch": "B-1"}, ["batch_sent", "batch_created"]),
        ({"since": "2026-11-04 12:00", "until": "2026-11-04 13:00"}, ["batch_sent"]),
        ({"text": "BATCH"}, ["batch_sent", "batch_created"]),
        ({"text": "created", "batch": "B-1"}, ["batch_created"]),
        ({"text": "nowhere"}, []),
        ({"process_type": ""}, ["collection_returned", "batch_sent", "batch_created", "Mandate_Created"]),
    ],
)
def test_all_that_is_asked_must_hold(filled: SQLiteSite, asked: dict[str, str], found: list[str]) -> None:
    assert actions(filled, **asked) == found


def test_a_trace_finds_what_happened_together(filled: SQLiteSite) -> None:
    trace = search(filled, process_type="Bank Submission")["entries"][0]["trace_id"]
    assert "batch_sent" in actions(filled, trace_id=trace)
    assert actions(filled, trace_id="another") == []


def test_pages_hold_every_entry_once_also_those_of_one_moment(site: SQLiteSite) -> None:
    for number in range(25):
        record(site, "Reconciliation", "", "", f"matched_{number}")
    seen, page = [], ""
    for _ in turns("pages", most=25):
        found = search(site, limit=4, page=page)
        seen += [entry["action"] for entry in found["entries"]]
        page = found["next_page"]
        if not page:
            break
    assert len(seen) == 25
    assert set(seen) == {f"matched_{number}" for number in range(25)}


def test_a_page_is_bounded(site: SQLiteSite) -> None:
    for number in range(LARGEST_PAGE + 5):
        record(site, "Reconciliation", "", "", f"matched_{number}")
    assert len(search(site, limit=100_000)["entries"]) == LARGEST_PAGE


def test_details_are_shown_unless_they_are_sensitive_and_no_salt_ever_is(site: SQLiteSite) -> None:
    record(site, "Reconciliation", "", "", "plain", details={"number": 1})
    record(site, "Reconciliation", "", "", "secret", details={"member": "LID-1"}, sensitive=True)
    entries = {entry["action"]: entry for entry in search(site)["entries"]}
    assert entries["plain"]["details"] == {"number": 1}
    assert set(entries["secret"]["details"]) == {"hidden"}
    assert not any("details_salt" in entry for entry in entries.values())


def test_the_committee_may_search_and_somebody_else_may_not(filled: SQLiteSite) -> None:
    filled.insert("User", {"name": "kas@example.com", "email": "kas@example.com", "enabled": 1})
    filled.insert("Has Role", {"parent": "kas@example.com", "parenttype": "User", "role": "Kascommissie"})
    with filled.as_user("kas@example.com"):
        assert len(search_for_people(filled)["entries"]) == 4
    with filled.as_user("lid@example.com"), pytest.raises(Forbidden):
        search_for_people(filled)


@pytest.mark.parametrize(
    "asked", [{"since": "yesterday"}, {"page": "nonsense"}, {"limit": "all"}, {"details": "x"}]
)
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(
    filled: SQLiteSite, asked: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        search_for_people(filled, **asked)


@pytest.mark.parametrize(
    "value", [None, [], ["a"], {"a": 1}, 5, True, float("nan"), float("inf"), "\ud800", "/x"]
)
@pytest.mark.parametrize("field", ["process_type", "since", "until", "text", "limit", "page"])
def test_whatever_type_a_request_holds_is_answered_or_refused(
    filled: SQLiteSite, field: str, value: Any
) -> None:
    try:
        assert "entries" in search_for_people(filled, **{field: value})
    except Refused:
        pass


def test_a_damaged_entry_hides_no_other_one(filled: SQLiteSite) -> None:
    adversary.run(filled, "UPDATE \"tabSEPA Audit Log\" SET details = '{half' WHERE action = 'batch_sent'")
    found = {entry["action"]: entry["details"] for entry in search(filled)["entries"]}
    assert found["batch_sent"] == "{half"
    assert found["batch_created"] == {"number": 1}


def test_a_text_without_a_period_reads_three_months_and_says_so(
    filled: SQLiteSite, clock: MovableClock
) -> None:
    found = search(filled, text="sent")["entries"]
    clock.move(days=100)
    answer = search(filled, text="sent")
    assert found and answer["entries"] == []
    assert answer["searched_since"] == (filled.now() - timedelta(days=92)).isoformat(" ", "seconds")
    since = filled.now() - timedelta(days=200)
    whole = search(filled, text="sent", since=since)
    assert (whole["entries"], whole["searched_since"]) == (found, "")
    assert search(filled)["searched_since"] == ""
