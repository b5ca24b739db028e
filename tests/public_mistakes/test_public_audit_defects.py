"""What the public SEPA audit log got wrong (D1 to D17): each is a test that ours passes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import verenigingen
import vuurtoren.embedded.demo
from tests.audit.clear_entries import clear_entry
from tests.conftest import MovableClock
from verenigingen.hooks import doc_events
from verenigingen.utils.security import audit_logging
from vuurtoren.audit.recording import document_events
from vuurtoren.audit.recording.return_codes import status_of
from vuurtoren.audit.recording.trail import (
    log_batch_generation,
    log_mandate_creation,
    log_payment_processing,
    log_sepa_event,
)
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.summary import compliance_rate, get_audit_summary
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.checks import run_job
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import SiteError

IBAN = "NL91ABNA0417164300"
DOCTYPES = Path(verenigingen.__file__).parent / "verenigingen" / "doctype"
HOST = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")


def entry(site: SQLiteSite, name: str | None) -> dict[str, Any]:
    assert name is not None
    assert site.get(LOG, name) is not None
    return clear_entry(site, name)


def details(site: SQLiteSite, name: str | None) -> dict[str, Any]:
    return dict(json.loads(entry(site, name)["details"]))


def test_d01_an_event_is_written_and_carries_its_trace(site: SQLiteSite) -> None:
    row = entry(site, log_mandate_creation(site, "LID-1", "M-1", IBAN, "ABNANL2A"))
    assert row["trace_id"] and row["user"]


def test_d02_documents_write_their_events_themselves(site: SQLiteSite) -> None:
    assert {"SEPA Mandate", "Direct Debit Batch", "SEPA Return File Log"} <= set(doc_events)
    document_events.mandate_created(site, {"doctype": "SEPA Mandate", "name": "M-1", "iban": IBAN})
    assert site.count(LOG, {"action": "mandate_created", "entity_name": "SEPA Mandate/M-1"}) == 1


def test_d03_nobody_changes_or_deletes_an_entry(site: SQLiteSite) -> None:
    name = log_batch_generation(site, "BATCH-1")
    site.commit()
    with pytest.raises(SiteError):
        site.update(LOG, str(name), {"action": "forged"})
    with pytest.raises(SiteError):
        site.delete(LOG, {"name": name}, limit=1)
    assert entry(site, name)["action"] == "batch_generated"


@pytest.mark.parametrize("status", ["Compliant", "Exception", "Failed", "Pending Review"])
def test_d04_no_entry_goes_by_its_status_or_its_severity(
    site: SQLiteSite, clock: MovableClock, status: str
) -> None:
    name = log_sepa_event(site, "Bank Submission", "BATCH-1", "sent", None, status)
    site.commit()
    for days in (31, 91, 366, 7 * 366):
        clock.move(days=days)
        run_job(site, "daily")
        assert entry(site, name)["compliance_status"] == status


def test_d05_it_never_commits_the_callers_half_done_work(site: SQLiteSite) -> None:
    site.insert("User", {"name": "half@done.example"})
    log_batch_generation(site, "BATCH-1")
    site.rollback()
    assert site.count("User", {"name": "half@done.example"}) == site.count(LOG) == 0


def test_d06_a_failure_survives_the_rollback_of_the_request_that_failed(site: SQLiteSite) -> None:
    log_payment_processing(site, "PR-1", success=False, error_msg="refused")
    site.rollback()
    assert site.count(LOG, {"action": "processing_failed"}) == 1


def test_d07_the_size_of_a_batch_is_that_of_its_invoices(site: SQLiteSite) -> None:
    batch = {"doctype": "Direct Debit Batch", "name": "B-1", "invoices": [{}, {}, {}]}
    assert details(site, log_batch_generation(site, batch))["batch_size"] == 3


def test_d08_an_amount_is_kept_when_there_is_no_payment_request(site: SQLiteSite) -> None:
    row = entry(site, log_payment_processing(site, None, amount=12.5))
    assert (row["amount_cents"], json.loads(row["details"])["amount"]) == (1250, "12.50")


def test_d09_what_failed_is_counted_under_the_names_it_is_written_with(site: SQLiteSite) -> None:
    log_payment_processing(site, "PR-1", success=False)
    site.commit()
    assert collect(site).get("sepa.failed_last_hour").value == 1
    assert [row["compliance_status"] for row in get_audit_summary(site)] == ["Failed"]


def test_d10_compliance_is_never_above_a_hundred_and_unknown_without_mandates(
    tmp_path: Path, clock: MovableClock
) -> None:
    host = SQLiteSite(tmp_path / "host", clock=clock, extra_schema=[HOST])
    log_batch_generation(host, "BATCH-1")
    assert compliance_rate(host).percent is None
    host.insert("SEPA Mandate", {"name": "M-1", "mandate_id": "M-1", "status": "Active"})
    for success in (False, True, True):
        log_mandate_creation(host, "LID-1", "M-1", None, None, success=success)
    assert compliance_rate(host).percent == 100.0
    host.store.close()


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("info", "Pending Review"),
        ("warning", "Exception"),
        ("error", "Failed"),
        ("critical", "Failed"),
        ("CRITICAL", "Failed"),
        ("whatever", "Pending Review"),
    ],
)
def test_d11_a_severity_means_one_thing_and_never_compliant(
    site: SQLiteSite, severity: str, status: str
) -> None:
    row = entry(site, audit_logging.log_sepa_event("sepa_batch_created", {"batch": "B-1"}, severity))
    assert (row["compliance_status"], row["process_type"]) == (status, "Batch Generation")
    assert row["entity_name"] == "Direct Debit Batch/B-1"


def test_d11_an_error_is_not_compliant_whatever_it_states(site: SQLiteSite) -> None:
    stated = {"compliance_status": "Compliant"}
    assert entry(site, audit_logging.log_sepa_event("x", stated, "info"))["compliance_status"] == "Compliant"
    assert entry(site, audit_logging.log_sepa_event("x", stated, "critical"))["compliance_status"] == "Failed"


def test_d12_event_ids_are_random_and_never_collide(site: SQLiteSite) -> None:
    ids = {entry(site, log_batch_generation(site, "B-1"))["event_id"] for _ in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch("[0-9a-f]{32}", event_id) for event_id in ids)


def test_d13_no_iban_and_no_name_of_a_member_enters(site: SQLiteSite) -> None:
    member = {"doctype": "Member", "name": "LID-1", "full_name": "Jan de Vries"}
    failed = f"Invalid IBAN checksum for {IBAN[:-1]}1"
    row = entry(site, log_mandate_creation(site, member, None, IBAN, "ABNANL2A", False, failed))
    text = json.dumps(row, default=str)
    assert "0417164301" not in text and IBAN not in text and "Vries" not in text


def test_d14_markup_in_details_is_stored_and_sealed_as_it_was_written(site: SQLiteSite) -> None:
    said = {"note": "<b>a</b> & <script>alert(1)</script> 'q' \"d\""}
    name = log_sepa_event(site, "Bank Submission", "B-1", "sent", said)
    site.commit()
    seal(site)
    assert details(site, name) == said
    assert not verify(site).tampered


def test_d15_the_chain_lives_in_the_database_and_covers_the_details(site: SQLiteSite) -> None:
    log_sepa_event(site, "Bank Submission", "B-1", "sent", {"n": 1})
    site.commit()
    seal(site)
    name = log_sepa_event(site, "Bank Submission", "B-2", "sent", {"n": 2})
    site.commit()
    script = (
        "import sys; from pathlib import Path\n"
        "from vuurtoren.audit.seals.sealer import seal\n"
        "from vuurtoren.embedded.store.sqlite_site import SQLiteSite\n"
        "seal(SQLiteSite(Path(sys.argv[1])), sweep=True)"
    )
    subprocess.run([sys.executable, "-c", script, str(site.folder)], check=True, timeout=60)
    assert verify(site).tree_size == 2 and not verify(site).tampered
    with site.lift_guard(append_only_guard.GUARD, [str(name)]):
        site.update(LOG, str(name), {"details": '{"n":3}'})
    site.commit()
    assert verify(site).of("row changed")


@pytest.mark.parametrize(
    ("code", "status"),
    [("AM02", "Exception"), ("MD01", "Exception"), ("AM04", "Exception"), ("FF02", "Failed")],
)
def test_d16_reason_codes_mean_what_the_banks_mean(code: str, status: str) -> None:
    assert status_of(code) == status


def test_d17_forms_read_only_fields_that_exist() -> None:
    for script in DOCTYPES.glob("sepa_audit*/*.js"):
        described = script.with_name(script.parent.name + ".json")
        known = {field["fieldname"] for field in json.loads(described.read_text("utf-8"))["fields"]}
        text = script.read_text("utf-8")
        used = set(re.findall(r"frm\.doc\.(\w+)", text)) | set(re.findall(r'get_field\("(\w+)"\)', text))
        assert used <= known | {"name"}, script.name


def test_d04_the_default_period_is_seven_years_for_all(site: SQLiteSite) -> None:
    from vuurtoren.audit.retention.book_years import keep_from

    assert keep_from(site, 7) <= (site.now() - timedelta(days=7 * 365)).date()
