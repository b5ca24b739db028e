"""A line of a batch that is set to Failed enters the trail once, whoever sets it and however."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.audit.clear_entries import clear_entries
from tests.conftest import MovableClock
from tests.host_records.other_host import other_host
from vuurtoren.audit.recording import document_events, failed_collections
from vuurtoren.audit.recording.failed_collections import MOST_AT_ONCE, note_missed
from vuurtoren.audit.recording.process_events import log_return
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.host_records import records
from vuurtoren.rounds.checks import run_job

LINE = "Direct Debit Batch Invoice"
BATCH = {"doctype": "Direct Debit Batch", "name": "B-1", "status": "Submitted"}


@pytest.fixture
def watched(association: SQLiteSite, clock: MovableClock) -> SQLiteSite:
    """The host app's site, on which the monitor has run before."""
    append_only_guard.install(association)
    assert run_job(association, "tick") == ""
    clock.move(minutes=4)
    return association


def line(site: SQLiteSite, name: str = "L-1", **values: Any) -> str:
    usual = {"invoice": f"INV-{name}", "amount": 25, "mandate_reference": "M-1", "status": "Failed"}
    return site.insert(LINE, {"name": name, "parent": "B-1", "parentfield": "invoices", **usual, **values})


def entries(site: SQLiteSite) -> list[dict[str, Any]]:
    fields = ["action", "compliance_status", "reference_doctype", "reference_name", "batch", "mandate",
              "outcome_code", "amount_cents", "details", "process_type"]  # fmt: skip
    rows = clear_entries(site, fields, order_by="creation, reference_name")
    told = [row for row in rows if row["process_type"] == "Return Processing"]
    return [row | {"details": json.loads(row["details"])} for row in told]


def test_what_code_sets_to_failed_is_noticed_by_the_next_tick_and_told_once(
    watched: SQLiteSite, clock: MovableClock
) -> None:
    line(watched, status="Pending")
    watched.commit()
    run_job(watched, "tick")
    assert entries(watched) == []
    watched.update(LINE, "L-1", {"status": "Failed", "result_code": "ac04"})
    watched.commit()
    for _ in range(3):
        clock.move(minutes=4)
        assert run_job(watched, "tick") == ""
    (entry,) = entries(watched)
    assert entry == {
        "process_type": "Return Processing",
        "action": "collection_failed",
        "compliance_status": "Exception",
        "reference_doctype": "Sales Invoice",
        "reference_name": "INV-L-1",
        "batch": "B-1",
        "mandate": "M-1",
        "outcome_code": "AC04",
        "amount_cents": 2500,
        "details": {"line": "L-1", "reason_code": "AC04", "amount": "25.00"},
    }


def test_a_failure_without_a_code_is_to_be_reviewed(watched: SQLiteSite) -> None:
    line(watched)
    assert note_missed(watched) == 1
    assert entries(watched)[0]["compliance_status"] == "Pending Review"


def test_a_failure_that_is_our_own_mistake_is_failed_and_told_once(watched: SQLiteSite) -> None:
    line(watched, result_code="AM05")
    assert (note_missed(watched), note_missed(watched)) == (1, 0)
    assert [each["compliance_status"] for each in entries(watched)] == ["Failed"]


def test_a_batch_that_is_saved_tells_its_failed_lines_at_once_and_the_tick_tells_them_no_more(
    watched: SQLiteSite,
) -> None:
    lines = [{"name": line(watched, name), "invoice": f"INV-{name}", "status": "Failed"} for name in "ab"]
    saved = BATCH | {"invoices": [*lines, {"name": "c", "status": "Pending"}]}
    document_events.batch_changed(watched, saved, BATCH)
    document_events.batch_changed(watched, saved | {"status": "Processed"}, saved)
    assert [each["details"]["line"] for each in entries(watched)] == ["a", "b"]
    assert {each["batch"] for each in entries(watched)} == {"B-1"}
    assert note_missed(watched) == 0


def test_a_return_that_was_told_is_not_told_again(watched: SQLiteSite) -> None:
    line(watched)
    log_return(watched, {"doctype": "Sales Invoice", "name": "INV-L-1"}, "AC04", batch="B-1")
    assert note_missed(watched) == 0
    assert [each["action"] for each in entries(watched)] == ["collection_returned"]


def test_the_return_of_an_earlier_batch_is_another_one(watched: SQLiteSite, clock: MovableClock) -> None:
    log_return(watched, "INV-L-1", "AC04", batch="B-0")
    log_return(watched, "INV-L-1", "AC04")
    clock.move(minutes=1)
    line(watched)
    assert note_missed(watched) == 1


def test_a_return_without_a_batch_since_the_line_was_made_is_this_one(
    watched: SQLiteSite, clock: MovableClock
) -> None:
    line(watched)
    clock.move(minutes=1)
    log_return(watched, "INV-L-1", "AC04")
    assert note_missed(watched) == 0


def test_what_was_rolled_back_is_told_by_the_next_run(watched: SQLiteSite) -> None:
    for name in "abc":
        line(watched, name)
    watched.commit()
    note_missed(watched)
    watched.rollback()
    assert entries(watched) == []
    assert note_missed(watched) == 3
    watched.commit()
    assert [each["details"]["line"] for each in entries(watched)] == ["a", "b", "c"]


def test_one_who_dies_in_the_middle_and_comes_again_tells_each_once(
    watched: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failures of our own are kept beside the database first, so a run that dies leaves some there."""
    for name in "abc":
        line(watched, name, result_code="AM05")
    watched.commit()
    whole, written = failed_collections.record, []

    def dies(*given: Any, **named: Any) -> str | None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(named["event_id"])
        return whole(*given, **named)

    monkeypatch.setattr(failed_collections, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        note_missed(watched)
    watched.rollback()
    monkeypatch.undo()
    assert run_job(watched, "tick") == ""
    assert sorted(each["details"]["line"] for each in entries(watched)) == ["a", "b", "c"]


def test_very_many_are_told_over_several_runs(watched: SQLiteSite) -> None:
    for number in range(MOST_AT_ONCE + 1):
        line(watched, f"L-{number:04}")
    assert (note_missed(watched), note_missed(watched), note_missed(watched)) == (MOST_AT_ONCE, 1, 0)


def test_lines_from_before_the_monitor_ran_are_no_news(association: SQLiteSite, clock: MovableClock) -> None:
    append_only_guard.install(association)
    line(association)
    assert note_missed(association) == 0
    clock.move(minutes=1)
    run_job(association, "tick")
    clock.move(minutes=4)
    run_job(association, "tick")
    assert entries(association) == []


def test_a_site_without_batches_or_without_their_outcome_tells_nothing(
    site: SQLiteSite, watched: SQLiteSite
) -> None:
    assert run_job(site, "tick") == ""
    assert note_missed(site) == 0
    watched.set_conf("host_records", {LINE: {"fields": {"status": ""}}})
    line(watched)
    assert note_missed(watched) == 0


def test_lines_of_another_host_are_told_under_its_own_names(tmp_path: Any, clock: MovableClock) -> None:
    site = other_host(tmp_path, clock=clock, name="verein.example")
    append_only_guard.install(site)
    run_job(site, "tick")
    clock.move(minutes=1)
    site.insert("Collection", {"name": "C-1", "run": "R-1", "outcome": 3, "amount": 10})
    assert note_missed(site) == 1
    (entry,) = entries(site)
    assert (entry["reference_doctype"], entry["reference_name"], entry["batch"]) == (
        "Collection",
        "C-1",
        "R-1",
    )


def test_it_holds_no_iban_in_clear(watched: SQLiteSite) -> None:
    line(watched, result_message="rekening NL91ABNA0417164300 opgeheven")
    note_missed(watched)
    assert entries(watched)[0]["details"]["reason"] == "rekening NL91****4300 opgeheven"


def test_a_saved_batch_of_another_host_tells_its_failed_lines(tmp_path: Any, clock: MovableClock) -> None:
    site = other_host(tmp_path, clock=clock, name="verein.example")
    append_only_guard.install(site)
    before = {"doctype": "Collection Run", "name": "R-1", "phase": "Entwurf"}
    saved = before | {"phase": "Bei der Bank", "collections": [{"name": "C-1", "outcome": 2, "bill": None}]}
    document = records.of(site).document("Direct Debit Batch", saved)
    document_events.batch_changed(site, document, before)
    rows = site.get_all("SEPA Audit Log", ["action", "reference_name"])
    assert {row["action"]: row["reference_name"] for row in rows} == {
        "batch_sent_to_bank": "R-1",
        "collection_failed": "C-1",
    }
