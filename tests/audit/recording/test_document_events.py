"""Changes of SEPA documents enter the trail by themselves, each judged by what the record itself says."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.audit.clear_entries import clear_entries
from vuurtoren.audit.recording import document_events
from vuurtoren.audit.recording.audited import audited
from vuurtoren.audit.recording.fail_closed import NotRecorded
from vuurtoren.audit.recording.process_events import log_bank_submission, log_prenotification, log_return
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import SiteError

IBAN = "NL91ABNA0417164300"
PENDING = "Pending Review"
OTHER_IBAN = "NL20INGB0001234567"
MANDATE = {"doctype": "SEPA Mandate", "name": "M-1", "member": "LID-1", "status": "Active", "iban": IBAN}
BATCH = {"doctype": "Direct Debit Batch", "name": "B-1", "status": "Draft", "sepa_file_generated": 0}
RETURNS = {"doctype": "SEPA Return File Log", "name": "R-1", "status": "Processing", "return_count": 3}


def events(site: SQLiteSite) -> list[dict[str, Any]]:
    fields = ["process_type", "action", "compliance_status", "rule_id", "outcome_code", "details", "batch",
              "mandate", "iban_masked", "iban_fingerprint", "amount_cents"]  # fmt: skip
    rows = clear_entries(site, fields, order_by="creation")
    return [row | {"details": json.loads(row["details"])} for row in rows]


def only(site: SQLiteSite) -> dict[str, Any]:
    (event,) = events(site)
    return event


# ---- mandates
def test_a_new_mandate_is_an_event(site: SQLiteSite) -> None:
    document_events.mandate_created(site, MANDATE)
    assert (only(site)["process_type"], only(site)["action"]) == ("Mandate Creation", "mandate_created")


@pytest.mark.parametrize(
    ("old", "new", "process_type", "status"),
    [
        ("Draft", "Active", "Mandate Change", "Compliant"),
        ("Active", "Suspended", "Mandate Change", "Compliant"),
        ("Active", "Cancelled", "Mandate Cancellation", "Compliant"),
        ("Active", "Expired", "Mandate Cancellation", "Compliant"),
        ("Cancelled", "Active", "Mandate Change", "Exception"),
        ("Expired", "Active", "Mandate Change", "Exception"),
    ],
)
def test_a_change_of_status_is_judged(
    site: SQLiteSite, old: str, new: str, process_type: str, status: str
) -> None:
    document_events.mandate_changed(site, MANDATE | {"status": new}, MANDATE | {"status": old})
    event = only(site)
    assert (event["process_type"], event["compliance_status"], event["rule_id"]) == (
        process_type,
        status,
        "M05",
    )
    assert event["details"] == {"before": {"status": old}, "after": {"status": new}}
    assert event["mandate"] == "M-1"


@pytest.mark.parametrize(
    ("state", "iban", "status"),
    [
        ("Draft", OTHER_IBAN, "Compliant"),
        ("Active", OTHER_IBAN, "Pending Review"),
        ("Active", "NL91ABNA0417164301", "Exception"),
        ("Draft", "NL10ABNA41", "Exception"),
        ("Draft", "TR330006100519786457841326", "Exception"),
        ("Draft", "NL00ABNA0000000075", "Exception"),
        ("Active", "", "Exception"),
        ("Active", "NL9½", "Exception"),
    ],
)
def test_a_change_of_iban_is_judged_and_masked(site: SQLiteSite, state: str, iban: str, status: str) -> None:
    before = MANDATE | {"status": state}
    document_events.mandate_changed(site, before | {"iban": iban}, before)
    event = only(site)
    assert (event["action"], event["compliance_status"]) == ("mandate_iban_changed", status)
    assert event["details"]["before"]["iban"] == "NL91****4300"
    assert "ABNA04" not in json.dumps(event)
    assert bool(event["iban_fingerprint"]) == bool(iban)


def test_a_change_of_anything_else_is_none(site: SQLiteSite) -> None:
    document_events.mandate_changed(site, MANDATE | {"bic": "X"}, MANDATE)
    document_events.mandate_changed(site, MANDATE | {"iban": None}, MANDATE | {"iban": ""})
    assert events(site) == []


def test_a_deleted_mandate_is_to_be_followed_up(site: SQLiteSite) -> None:
    document_events.mandate_deleted(site, MANDATE)
    assert (only(site)["action"], only(site)["compliance_status"]) == ("mandate_deleted", "Exception")
    assert only(site)["iban_masked"] == "NL91****4300"


# ---- batches
@pytest.mark.parametrize(
    ("validated", "status"),
    [
        ("Passed", "Compliant"),
        ("Warnings", "Exception"),
        ("Critical Errors", "Failed"),
        (None, "Pending Review"),
    ],
)
def test_a_new_batch_has_the_status_of_its_validation(site: SQLiteSite, validated: Any, status: str) -> None:
    document_events.batch_created(site, BATCH | {"validation_status": validated})
    assert (only(site)["action"], only(site)["compliance_status"]) == ("batch_created", status)


def test_a_batch_on_its_way_is_four_events(site: SQLiteSite) -> None:
    generated = BATCH | {"sepa_file_generated": 1, "status": "Generated", "total_amount": 25}
    document_events.batch_changed(site, generated, BATCH)
    document_events.batch_changed(site, generated | {"status": "Submitted"}, generated)
    document_events.batch_changed(
        site, generated | {"status": "Processed"}, generated | {"status": "Submitted"}
    )
    document_events.batch_changed(site, generated | {"status": "Failed"}, generated)
    document_events.batch_cancelled(site, generated)
    assert [(event["process_type"], event["action"]) for event in events(site)] == [
        ("Batch Generation", "batch_generated"),
        ("Bank Submission", "batch_sent_to_bank"),
        ("Payment Processing", "batch_processed"),
        ("Batch Generation", "batch_generation_failed"),
        ("Batch Generation", "batch_cancelled"),
    ]
    assert {event["batch"] for event in events(site)} == {"B-1"}


def test_the_file_that_went_to_the_bank_is_named_by_its_hash(site: SQLiteSite) -> None:
    folder = site.site_path() / "private" / "files"
    folder.mkdir(parents=True)
    (folder / "b.xml").write_bytes(b"<Document/>")
    submitted = BATCH | {"status": "Submitted", "sepa_file": "/private/files/b.xml"}
    document_events.batch_changed(site, submitted, BATCH)
    assert only(site)["details"]["file_sha256"] == hashlib.sha256(b"<Document/>").hexdigest()


@pytest.mark.parametrize(
    "url", ["/private/files/../site_config.json", "https://x.example/b.xml", "/etc/passwd", None]
)
def test_only_files_of_the_site_are_read(site: SQLiteSite, url: Any) -> None:
    site.set_conf("a", 1)
    document_events.batch_changed(site, BATCH | {"status": "Submitted", "sepa_file": url}, BATCH)
    assert "file_sha256" not in only(site)["details"]


# ---- return files
@pytest.mark.parametrize(
    ("state", "failed", "status"),
    [
        ("Completed", 0, "Compliant"),
        ("Completed", 1, "Failed"),
        ("Failed", 0, "Failed"),
        ("Partially Processed", 0, "Exception"),
        ("Processing", 0, "Pending Review"),
    ],
)
def test_a_return_file_is_judged(site: SQLiteSite, state: str, failed: int, status: str) -> None:
    changed = RETURNS | {"status": state, "failed_reversals": failed}
    document_events.return_file_changed(site, changed, RETURNS | {"status": "new"})
    assert (only(site)["process_type"], only(site)["compliance_status"]) == ("Return Processing", status)


# ---- what code states itself
@pytest.mark.parametrize(
    ("code", "status"),
    [("am05", "Failed"), ("AM04", "Exception"), ("MD06 ", "Exception"), ("XX99", "Pending Review")],
)
def test_a_return_is_judged_by_its_reason_code(site: SQLiteSite, code: str, status: str) -> None:
    log_return(site, "SINV-1", code, amount="25.00", mandate="M-1", batch="B-1")
    event = only(site)
    assert (event["compliance_status"], event["outcome_code"]) == (status, code.strip().upper())
    assert (event["amount_cents"], event["mandate"], event["batch"]) == (2500, "M-1", "B-1")


def test_a_prenotification_and_a_submission_that_failed_are_failures(site: SQLiteSite) -> None:
    log_prenotification(site, "SINV-1", sent=False, amount=25, error_msg="jan@example.nl refused")
    log_bank_submission(site, BATCH, success=False, error_msg=f"bad {IBAN}")
    first, second = events(site)
    assert (first["action"], first["details"]["error"]) == (
        "prenotification_failed",
        "j***@example.nl refused",
    )
    assert (second["action"], second["details"]["error"]) == ("sending_to_bank_failed", "bad NL91****4300")


# ---- audited
def test_an_operation_that_ends_is_one_success(site: SQLiteSite) -> None:
    with audited(site, "Bank Submission", BATCH, "upload", "Compliant") as operation:
        operation.details["attempts"] = 2
    event = only(site)
    assert (event["action"], event["compliance_status"], event["details"]) == (
        "upload",
        "Compliant",
        {"attempts": 2},
    )


def test_a_status_that_nobody_states_is_to_be_reviewed(site: SQLiteSite) -> None:
    with audited(site, "Bank Submission", BATCH, "upload"):
        pass
    assert only(site)["compliance_status"] == "Pending Review"


@pytest.mark.parametrize("error", [ValueError(f"bad {IBAN}"), KeyboardInterrupt()])
def test_an_operation_that_raises_is_one_failure_which_survives(
    site: SQLiteSite, error: BaseException
) -> None:
    with pytest.raises(type(error)), audited(site, "Bank Submission", BATCH, "upload", "Compliant"):
        raise error
    site.rollback()
    event = only(site)
    assert (event["action"], event["compliance_status"]) == ("upload_failed", "Failed")
    assert event["outcome_code"] == type(error).__name__
    assert "ABNA04" not in json.dumps(event)


class NoTrail(SQLiteSite):
    def insert(self, doctype: str, values: Any) -> str:
        raise SiteError("no")


def test_an_operation_that_cannot_be_recorded_does_not_go_on(tmp_path: Any) -> None:
    site = NoTrail(tmp_path, config={"audit_fail_closed": ["Bank Submission"]})
    with pytest.raises(NotRecorded), audited(site, "Bank Submission", BATCH, "upload", "Compliant"):
        pass
    site.store.close()
