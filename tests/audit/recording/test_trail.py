"""Audit events are true, redacted and attributed, and the business goes on whatever happens to them."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.audit.clear_entries import clear_entries
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.recording import complete, record
from vuurtoren.audit.recording.trail import (
    log_batch_generation,
    log_mandate_creation,
    log_payment_processing,
    log_sepa_event,
)
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import InvalidValue, SiteError, TransactionLost, UnknownField

IBAN = "NL91 ABNA 0417 1643 00"


@dataclass
class Mandate:
    """A document of another app, as plain as it can be."""

    doctype: str = "SEPA Mandate"
    name: str = "M-2026-0001"
    mandate_id: str = "MANDAAT-1"


def only_row(site: SQLiteSite) -> dict[str, Any]:
    (row,) = clear_entries(site, list(site.store.schema("SEPA Audit Log").fields))
    return row | {"details": json.loads(row["details"])}


# ---- what a row says
def test_it_writes_who_did_what_to_which_document_and_when(site: SQLiteSite) -> None:
    name = record(site, "Bank Submission", "Direct Debit Batch", "BATCH-1", "file_sent", "Compliant")
    row = only_row(site)
    assert row["name"] == name
    assert (row["process_type"], row["action"], row["compliance_status"]) == (
        "Bank Submission",
        "file_sent",
        "Compliant",
    )
    assert (row["reference_doctype"], row["reference_name"]) == ("Direct Debit Batch", "BATCH-1")
    assert row["entity_name"] == "Direct Debit Batch/BATCH-1"
    assert row["timestamp"] == datetime(2026, 11, 4, 10, 0)
    assert row["user"] == "Administrator"


def test_user_and_trace_are_always_set(site: SQLiteSite) -> None:
    with site.as_user("penningmeester@vereniging.example"):
        log_sepa_event(site, "Bank Submission", None, "file_sent")
    row = only_row(site)
    assert row["user"] == "penningmeester@vereniging.example"
    assert row["trace_id"]


def test_events_of_one_operation_share_their_trace_and_the_next_has_another(site: SQLiteSite) -> None:
    for _ in range(2):
        log_sepa_event(site, "Bank Submission", None, "file_sent", {"compliance_status": "Compliant"})
    site.commit()
    log_sepa_event(site, "Bank Submission", None, "file_sent", {"compliance_status": "Compliant"})
    assert sorted(site.tally("SEPA Audit Log", "trace_id").values()) == [1, 2]


def test_event_ids_are_random_and_128_bits_long(site: SQLiteSite) -> None:
    for _ in range(50):
        log_sepa_event(site, "Bank Submission", None, "file_sent")
    ids = set(site.tally("SEPA Audit Log", "event_id"))
    assert len(ids) == 50
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_status_that_nobody_stated_is_pending_review(site: SQLiteSite) -> None:
    log_sepa_event(site, "Payment Processing", None, "checked")
    assert only_row(site)["compliance_status"] == "Pending Review"


def test_a_status_that_does_not_exist_is_pending_review_and_kept(site: SQLiteSite) -> None:
    log_sepa_event(site, "Payment Processing", None, "checked", {"compliance_status": "Fine"})
    row = only_row(site)
    assert row["compliance_status"] == "Pending Review"
    assert row["details"] == {"stated_status": "Fine"}


@pytest.mark.parametrize("status", ["Compliant", "Exception", "Failed", "Pending Review"])
def test_a_stated_status_is_taken(site: SQLiteSite, status: str) -> None:
    log_sepa_event(site, "Payment Processing", None, "checked", {"compliance_status": status, "note": "x"})
    row = only_row(site)
    assert row["compliance_status"] == status
    assert row["details"] == {"note": "x"}


def test_the_same_event_twice_is_one_row(site: SQLiteSite) -> None:
    first = record(site, "Bank Submission", "", "", "file_sent", "Compliant", event_id="run-7")
    assert record(site, "Bank Submission", "", "", "file_sent", "Compliant", event_id="run-7") == first
    assert site.count("SEPA Audit Log") == 1


def test_details_are_canonical_json_that_says_markup_without_being_markup(site: SQLiteSite) -> None:
    details = {"b": "<script>1</script> & \U0001f600", "a": 25.1}
    log_sepa_event(site, "Bank Submission", None, "file_sent", details)
    (row,) = clear_entries(site, ["details"])
    assert row["details"] == '{"a":"25.1","b":"\\u003cscript\\u003e1\\u003c/script\\u003e & \U0001f600"}'
    assert json.loads(row["details"])["b"] == details["b"]


def test_a_long_action_and_name_are_shortened_not_refused(site: SQLiteSite) -> None:
    assert record(site, "Bank Submission", "D" * 300, "N" * 300, "a" * 5000, "Compliant")


# ---- the four kinds of event
def test_a_created_mandate(site: SQLiteSite) -> None:
    log_mandate_creation(site, {"doctype": "Member", "name": "LID-1"}, Mandate(), IBAN, "ABNANL2A")
    row = only_row(site)
    assert (row["process_type"], row["action"]) == ("Mandate Creation", "mandate_created")
    assert row["compliance_status"] == "Compliant"
    assert row["entity_name"] == "SEPA Mandate/M-2026-0001"
    assert row["details"] == {
        "member": "LID-1",
        "mandate_id": "MANDAAT-1",
        "iban": "NL91****4300",
        "bic": "ABNANL2A",
    }
    assert row["sensitive_data"] == 1


def test_a_failed_mandate_says_why_without_the_iban_and_without_the_name(site: SQLiteSite) -> None:
    member = {"doctype": "Member", "name": "LID-1", "full_name": "Jan Jansen"}
    error = "Invalid IBAN checksum for NL91ABNA0417164301, mail jan@example.nl"
    log_mandate_creation(site, member, None, "nl91abna0417164301", None, success=False, error_msg=error)
    row = only_row(site)
    assert (row["action"], row["compliance_status"]) == ("mandate_creation_failed", "Failed")
    assert row["entity_name"] == "Member/LID-1"
    assert row["details"] == {
        "member": "LID-1",
        "iban": "NL91****4301",
        "error": "Invalid IBAN checksum for NL91****4301, mail j***@example.nl",
    }


def test_a_mandate_and_a_member_may_be_bare_names(site: SQLiteSite) -> None:
    log_mandate_creation(site, "LID-1", "M-1", None, None)
    row = only_row(site)
    assert (row["entity_name"], row["details"]) == ("SEPA Mandate/M-1", {"member": "LID-1"})
    assert row["sensitive_data"] == 0


@pytest.mark.parametrize(
    ("request_", "given", "expected"),
    [
        ({"amount": 12.5}, None, "12.50"),
        ({"amount": 0, "grand_total": 9}, None, "0.00"),
        ({"grand_total": 9}, None, "9.00"),
        ({"amount": 12.5}, 7, "7.00"),
        (None, 25, "25.00"),
        (None, 0.125, "0.13"),
        ({}, "twelve", "twelve"),
    ],
)
def test_the_amount_of_a_payment(site: SQLiteSite, request_: Any, given: Any, expected: str) -> None:
    log_payment_processing(site, request_, amount=given)
    row = only_row(site)
    assert row["action"] == "processing_completed"
    assert row["details"]["amount"] == expected


def test_a_failed_payment_without_anything_known(site: SQLiteSite) -> None:
    log_payment_processing(site, None, success=False, error_msg="AM04")
    row = only_row(site)
    assert (row["action"], row["compliance_status"]) == ("processing_failed", "Failed")
    assert row["details"] == {"error": "AM04"}


def test_the_size_of_a_batch_is_the_number_of_its_invoices(site: SQLiteSite) -> None:
    batch = {
        "doctype": "Direct Debit Batch",
        "name": "BATCH-1",
        "invoices": [{}, {}, {}],
        "total_amount": 75.0,
    }
    log_batch_generation(site, batch | {"currency": "EUR", "batch_date": date(2026, 11, 4)})
    row = only_row(site)
    assert (row["action"], row["compliance_status"]) == ("batch_generated", "Compliant")
    assert row["details"] == {
        "batch_size": 3,
        "total_amount": "75.00",
        "currency": "EUR",
        "batch_date": "2026-11-04",
    }
    assert row["sensitive_data"] == 0


def test_a_failed_batch(site: SQLiteSite) -> None:
    log_batch_generation(site, "BATCH-1", success=False, error_msg="no creditor id")
    row = only_row(site)
    assert (row["action"], row["entity_name"]) == ("batch_generation_failed", "Direct Debit Batch/BATCH-1")


# ---- the caller's transaction
def test_it_never_commits_the_callers_work(site: SQLiteSite) -> None:
    site.insert("System Alert", {"alert_type": "X", "severity": "LOW", "message": "half done"})
    log_mandate_creation(site, "LID-1", "M-1", IBAN, None)
    log_mandate_creation(site, "LID-2", None, IBAN, None, success=False)
    site.rollback()
    assert site.count("System Alert") == 0


def test_a_success_goes_with_its_transaction(site: SQLiteSite) -> None:
    log_mandate_creation(site, "LID-1", "M-1", IBAN, None)
    site.rollback()
    assert site.count("SEPA Audit Log") == 0


def test_a_failure_survives_the_rollback_of_its_transaction_once(site: SQLiteSite) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False, error_msg="no")
    site.rollback()
    site.rollback()
    assert only_row(site)["action"] == "mandate_creation_failed"
    assert spool.waiting(site) == []


def test_a_failure_survives_the_death_of_its_process(site: SQLiteSite, clock: Any) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False, error_msg="no")
    site.store.rollback()  # what the database does by itself when the connection is gone
    assert site.count("SEPA Audit Log") == 0
    clock.move(minutes=5)
    assert spool.replay(site).written == 1
    assert only_row(site)["timestamp"] == datetime(2026, 11, 4, 10, 0)
    assert spool.waiting(site) == []


def test_a_committed_failure_is_not_written_again(site: SQLiteSite, clock: Any) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.commit()
    clock.move(minutes=5)
    result = spool.replay(site)
    assert (result.already_there, result.written, result.waiting) == (1, 0, 0)
    assert site.count("SEPA Audit Log") == 1


def test_a_replay_waits_for_a_transaction_that_may_be_open(site: SQLiteSite, clock: Any) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.store.rollback()
    clock.move(minutes=1)
    assert spool.replay(site).waiting == 1
    clock.move(minutes=1)
    assert spool.replay(site).waiting == 0


def test_a_replay_is_not_held_up_by_a_clock_that_went_back(site: SQLiteSite, clock: Any) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.store.rollback()
    clock.move(hours=-3)
    assert spool.replay(site).written == 1


# ---- when the database does not take it
@pytest.fixture
def read_only(site: SQLiteSite) -> SQLiteSite:
    site.commit()
    site.store.connection.execute("PRAGMA query_only = ON")
    return site


def test_an_event_that_the_database_refuses_waits_and_comes_in_later(
    read_only: SQLiteSite, clock: Any
) -> None:
    assert log_mandate_creation(read_only, "LID-1", "M-1", IBAN, None) is None
    assert len(spool.waiting(read_only)) == 1
    read_only.store.connection.execute("PRAGMA query_only = OFF")
    clock.move(minutes=5)
    assert spool.replay(read_only).written == 1
    assert only_row(read_only)["action"] == "mandate_created"


def test_a_replay_that_still_cannot_write_keeps_everything_and_says_so(
    read_only: SQLiteSite, clock: Any
) -> None:
    for number in range(3):
        log_mandate_creation(read_only, f"LID-{number}", "M-1", IBAN, None)
    read_only.commit()
    clock.move(minutes=5)
    assert spool.replay(read_only).waiting == 3
    read_only.store.connection.execute("PRAGMA query_only = OFF")
    assert spool.replay(read_only).written == 3


def test_what_waits_in_the_spool_is_redacted_too(read_only: SQLiteSite) -> None:
    log_mandate_creation(read_only, "LID-1", None, IBAN, None, success=False, error_msg=f"bad {IBAN}")
    (path,) = spool.waiting(read_only)
    assert "ABNA" not in path.read_text("utf-8")


def test_an_event_that_never_fits_is_put_aside_and_does_not_stop_the_others(
    site: SQLiteSite, clock: Any
) -> None:
    assert log_sepa_event(site, "Gardening", None, "weeded") is None
    site.commit()
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.store.rollback()
    clock.move(minutes=5)
    result = spool.replay(site)
    assert (result.refused, result.waiting) == (1, 0)
    assert only_row(site)["action"] == "mandate_creation_failed"
    (aside,) = site.site_path().glob("private/audit_spool/refused/*.jsonl")
    assert "weeded" in aside.read_text("utf-8")


def test_a_damaged_file_in_the_spool_is_put_aside(site: SQLiteSite) -> None:
    folder = site.site_path() / "private" / "audit_spool"
    folder.mkdir(parents=True)
    (folder / "1.jsonl").write_text("{half", "utf-8")
    assert spool.replay(site).refused == 1


def test_an_event_whose_time_names_a_zone_is_put_aside(site: SQLiteSite) -> None:
    folder = site.site_path() / "private" / "audit_spool"
    folder.mkdir(parents=True)
    event = {"event_id": "e1", "timestamp": "2026-11-04 10:00:00+01:00"}
    (folder / "1.jsonl").write_text(json.dumps(event), "utf-8")
    assert spool.replay(site).refused == 1


def test_an_event_that_fails_again_and_again_does_not_hold_up_the_others(
    site: SQLiteSite, clock: Any
) -> None:
    event = {"process_type": "Mandate Creation", "action": "done", "reference_doctype": "Member"}
    for number in range(spool.FAILURES_IN_A_ROW + 2):
        bad = complete(site, event | {"event_id": f"bad-{number}"}) | {"field_to_come": 1}
        spool.keep(site, bad)
    clock.move(seconds=1)
    spool.keep(site, complete(site, event | {"event_id": "e2"}))
    clock.move(minutes=5)
    result = spool.replay(site)
    assert (result.written, result.waiting) == (1, spool.FAILURES_IN_A_ROW + 2)
    assert only_row(site)["event_id"] == "e2"


@pytest.mark.parametrize("amount", ["abc", float("nan"), float("inf"), [1]])
def test_an_amount_that_is_none_stops_no_event(site: SQLiteSite, amount: Any) -> None:
    outcome = {"amount_cents": amount}
    assert record(site, "Mandate Creation", "X", "x", "done", "Compliant", outcome=outcome)


def test_details_nested_without_end_are_kept_as_text(site: SQLiteSite) -> None:
    assert log_sepa_event(site, "Mandate Creation", None, "done", "[" * 100_000)  # type: ignore[arg-type]


def test_an_event_that_not_even_the_spool_takes_stands_in_the_error_log(site: SQLiteSite) -> None:
    (site.site_path() / "private").write_text("no folder", "utf-8")
    assert log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.commit()
    (error,) = site.get_all("Error Log", ["method", "error"])
    assert "own failure" in error["method"]
    assert "mandate_creation_failed" in error["error"]
    assert "ABNA" not in error["error"]


class RefusingSite(SQLiteSite):
    """A site whose audit table another app has broken, or whose database gave up."""

    refusal: Exception = SiteError("no")

    def insert(self, doctype: str, values: Any) -> str:
        if doctype == "SEPA Audit Log":
            raise self.refusal
        return super().insert(doctype, values)


@pytest.fixture
def refusing(tmp_path: Any, clock: Any) -> Any:
    made = RefusingSite(tmp_path / "refusing", clock=clock)
    yield made
    made.store.close()


@pytest.mark.parametrize("refusal", [sqlite3.Error("no"), AttributeError("hook of another app")])
def test_the_business_goes_on_whatever_the_insert_raises(refusing: RefusingSite, refusal: Exception) -> None:
    refusing.refusal = refusal
    assert log_mandate_creation(refusing, "LID-1", "M-1", IBAN, None) is None
    assert len(spool.waiting(refusing)) == 1


def test_events_wait_for_a_migration_that_is_still_to_come(refusing: RefusingSite, clock: Any) -> None:
    refusing.refusal = UnknownField("SEPA Audit Log has no field 'actor'")
    log_mandate_creation(refusing, "LID-1", "M-1", IBAN, None)
    refusing.commit()
    clock.move(minutes=5)
    result = spool.replay(refusing)
    assert (result.refused, result.waiting) == (0, 1)


def test_a_refused_event_is_tried_again_after_a_migration(refusing: RefusingSite, clock: Any) -> None:
    refusing.refusal = InvalidValue("'Mandate Change' is not one of Mandate Creation, …")
    log_mandate_creation(refusing, "LID-1", "M-1", IBAN, None)
    refusing.commit()
    clock.move(minutes=5)
    assert spool.replay(refusing).refused == 1
    assert spool.try_refused_again(refusing) == 1
    assert len(spool.waiting(refusing)) == 1


def test_a_rollback_ends_even_if_an_event_cannot_be_brought_in(refusing: RefusingSite) -> None:
    refusing.refusal = AttributeError("hook of another app")
    log_mandate_creation(refusing, "LID-1", None, IBAN, None, success=False)
    refusing.rollback()
    assert len(spool.waiting(refusing)) == 1


def test_a_success_that_waits_is_withdrawn_when_its_transaction_is_rolled_back(read_only: SQLiteSite) -> None:
    assert log_mandate_creation(read_only, "LID-1", "M-1", IBAN, None) is None
    read_only.rollback()
    assert spool.waiting(read_only) == []


def test_an_event_id_may_hold_anything(read_only: SQLiteSite) -> None:
    assert record(read_only, "Bank Submission", "", "", "sent", "Compliant", event_id="../run/7") is None
    assert len(spool.waiting(read_only)) == 1


@pytest.mark.parametrize("success", [True, False])
def test_a_lost_transaction_is_told_to_the_caller_and_only_a_failure_waits(
    refusing: RefusingSite, success: bool
) -> None:
    refusing.refusal = TransactionLost("deadlock")
    with pytest.raises(TransactionLost):
        log_mandate_creation(refusing, "LID-1", "M-1", IBAN, None, success=success)
    assert len(spool.waiting(refusing)) == (0 if success else 1)


# ---- completing a row
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.dictionaries(st.text(max_size=10), st.one_of(st.text(max_size=30), st.floats(), st.none())))
@example(details={"0100000000": "0"})
@example(details={"4111 1111 1111 1111": "0"})
@example(details={"123456782": "paid"})
def test_completing_a_row_twice_changes_nothing(site: SQLiteSite, details: dict[str, Any]) -> None:
    once = complete(site, {"process_type": "Bank Submission", "action": "sent", "details": details})
    assert complete(site, once) == once


@pytest.mark.parametrize(
    ("details", "stored"),
    [
        ('{"iban": "NL91ABNA0417164300"}', {"iban": "NL91****4300"}),
        ("bad NL91ABNA0417164300", {"details": "bad NL91****4300"}),
        ([1, 2], {"details": [1, 2]}),
        ("", {}),
    ],
)
def test_details_may_come_as_json_or_as_anything_else(site: SQLiteSite, details: Any, stored: Any) -> None:
    assert json.loads(complete(site, {"details": details})["details"]) == stored


# ---- by itself
def test_the_monitors_own_tick_brings_in_what_waits(site: SQLiteSite, clock: Any) -> None:
    log_mandate_creation(site, "LID-1", None, IBAN, None, success=False)
    site.store.rollback()
    clock.move(minutes=5)
    AlertManager(site).run("tick")
    assert only_row(site)["action"] == "mandate_creation_failed"
    assert spool.waiting(site) == []


def test_no_text_at_all_makes_it_raise(site: SQLiteSite) -> None:
    for text in ("half \ud800 a pair", "NUL\0", "x" * 5000):
        assert record(site, text, "Member", text, text, "Failed", {text: text}) is None
    assert len(spool.waiting(site)) == 3


def test_a_document_that_is_named_by_an_account_number_is_named_by_its_mask(site: SQLiteSite) -> None:
    name = log_sepa_event(site, "Bank Submission", {"doctype": "File", "name": f"return-{IBAN}.xml"}, "read")
    row = site.get("SEPA Audit Log", str(name))
    assert row is not None
    assert "0417" not in row["reference_name"] + row["entity_name"]
