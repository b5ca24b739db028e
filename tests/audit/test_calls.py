"""Other code of the association calls the trail by names of its own, as functions and as documents."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.audit.clear_entries import clear_entries
from tests.conftest import MovableClock
from tests.pages.whole import build_page
from verenigingen.utils.security import audit_logging
from verenigingen.utils.security.audit_logging import AuditEventType, AuditSeverity
from vuurtoren.audit.adoption import cleanup_jobs
from vuurtoren.audit.calls.inserted_documents import understood
from vuurtoren.audit.recording.recording import complete
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.values import Row

LOG = "SEPA Audit Log"


def entry(site: SQLiteSite, event_id: str) -> Row:
    (row,) = clear_entries(
        site,
        ["process_type", "action", "compliance_status", "severity", "batch", "mandate", "details", "actor",
         "reference_doctype", "reference_name", "sensitive_data"],
        {"event_id": event_id},
    )  # fmt: skip
    return row


def test_every_event_type_is_its_name_in_lower_case() -> None:
    assert all(each.value == each.name.lower() for each in AuditEventType)


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        (AuditSeverity.INFO, "Pending Review"),
        ("warning", "Exception"),
        (AuditSeverity.ERROR, "Failed"),
        ("CRITICAL", "Failed"),
    ],
)
def test_severities_come_as_enums_or_as_text(site: SQLiteSite, severity: object, status: str) -> None:
    logger = audit_logging.get_audit_logger()
    event_id = logger.log_event(AuditEventType.SEPA_XML_GENERATED, severity, details={"batch_name": "B-1"})
    row = entry(site, event_id)
    assert (row["process_type"], row["compliance_status"]) == ("Bank Submission", status)
    assert (row["batch"], row["reference_doctype"], row["reference_name"]) == (
        "B-1",
        "Direct Debit Batch",
        "B-1",
    )


def test_a_stated_user_is_told_and_is_not_the_actor(site: SQLiteSite) -> None:
    logger = audit_logging.get_audit_logger()
    row = entry(site, logger.log_event("sepa_batch_created", user="other@club.example", ip_address="::1"))
    assert row["actor"] == "Administrator"
    assert set(json.loads(row["details"])) == {"stated_user", "ip_address"}


def test_the_functions_write_one_event_each(site: SQLiteSite) -> None:
    audit_logging.log_security_event("permission_denied", {"a": 1})
    audit_logging.log_data_access("SEPA Mandate", "read")
    audit_logging.log_sensitive_operation("batch_creation", "Direct Debit Batch")
    actions = site.tally(LOG, "action")
    assert actions == {"permission_denied": 1, "sensitive_data_access": 1, "sepa_batch_creation": 1}


def test_a_decorated_function_is_an_event_and_its_failure_too(site: SQLiteSite) -> None:
    @audit_logging.audit_log(AuditEventType.SEPA_BATCH_CREATED, capture_args=True)
    def make(name: str, iban: str = "") -> str:
        if not name:
            raise ValueError("no name")
        return name

    assert make("B-1", iban="NL91ABNA0417164300") == "B-1"
    with pytest.raises(ValueError, match="no name"):
        make("")
    rows = clear_entries(site, ["compliance_status", "details"], order_by="compliance_status")
    assert [row["compliance_status"] for row in rows] == ["Failed", "Pending Review"]
    assert "0417164300" not in str(rows)


def test_a_search_takes_types_users_severities_and_a_period(site: SQLiteSite, clock: MovableClock) -> None:
    for number in range(5):
        audit_logging.log_sepa_event("sepa_batch_created", {"n": number}, "warning")
        audit_logging.log_sepa_event("sepa_xml_generated", {"n": number})
        clock.move(hours=1)
    asked = {
        "event_types": [AuditEventType.SEPA_BATCH_CREATED],
        "users": ["Administrator"],
        "severity": "warning",
    }
    since = site.now() - timedelta(hours=3)
    found = audit_logging.search_audit_logs(**asked, start_date=since)
    assert [row["details"]["n"] for row in found] == [4, 3, 2]
    assert len(audit_logging.search_audit_logs(limit=2)) == 2


def test_statistics_count_a_period(site: SQLiteSite, clock: MovableClock) -> None:
    audit_logging.log_sepa_event("sepa_batch_created")
    clock.move(days=8)
    audit_logging.log_sepa_event("sepa_xml_generated", {}, "error")
    counted = audit_logging.get_audit_statistics(7)
    assert (counted["total_events"], counted["by_status"]) == (1, {"Failed": 1})


def test_a_cleanup_deletes_nothing(site: SQLiteSite, clock: MovableClock) -> None:
    audit_logging.log_sepa_event("sepa_batch_created")
    clock.move(days=4000)
    assert audit_logging.cleanup_old_audit_logs() == 0
    assert site.count(LOG) == 1


# documents
def test_a_status_that_a_writer_derived_from_a_severity_says_no_more_than_that(site: SQLiteSite) -> None:
    given = {
        "event_id": "audit_1764000000000_12345",
        "action": "sepa_batch_created",
        "compliance_status": "Compliant",
        "details": '{"batch_name": "B-1", "operation": "x"}',
    }
    row = complete(site, understood(given))
    assert (row["compliance_status"], row["severity"]) == ("Pending Review", "info")
    assert (row["process_type"], row["batch"], row["entity_name"]) == (
        "Batch Generation",
        "B-1",
        "Direct Debit Batch/B-1",
    )
    assert json.loads(row["details"])["stated_status"] == "Compliant"


@pytest.mark.parametrize(
    ("stated", "status"),
    [("Exception", "Exception"), ("Failed", "Failed"), ("Pending Review", "Failed")],
)
def test_what_went_wrong_stays_wrong(site: SQLiteSite, stated: str, status: str) -> None:
    row = understood({"event_id": "audit_1_2", "action": "x", "compliance_status": stated})
    assert complete(site, row)["compliance_status"] == status


def test_other_documents_keep_the_status_that_they_state(site: SQLiteSite) -> None:
    row = complete(site, understood({"process_type": "Reconciliation", "compliance_status": "Compliant"}))
    assert row["compliance_status"] == "Compliant"


# jobs
def test_the_page_says_once_which_job_of_another_app_to_switch_off(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = "other.utils.security.audit_logging.cleanup_old_audit_logs"
    monkeypatch.setattr(cleanup_jobs, "APPS", ("other",))
    site.insert("Scheduled Job Type", {"name": "audit_logging.cleanup", "method": method, "stopped": 0})
    advice = [each for each in build_page(site).recommendations.content.items if "deletes" in each.title]
    assert len(advice) == 1
    assert "audit_logging.cleanup" in advice[0].steps[0]
    site.update("Scheduled Job Type", "audit_logging.cleanup", {"stopped": 1})
    assert cleanup_jobs.running(site) == []
