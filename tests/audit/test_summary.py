"""What the page says about the audit trail is counted, never assumed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import vuurtoren.embedded.demo
from vuurtoren.audit.recording.recording import complete
from vuurtoren.audit.recording.trail import log_batch_generation, log_mandate_creation, log_payment_processing
from vuurtoren.audit.search.summary import audit_counts, compliance_rate, get_audit_summary
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.measuring import collect

HOST = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")


@pytest.fixture
def host(tmp_path: Path, clock: Any) -> Iterator[SQLiteSite]:
    """A site on which the association's own app is installed."""
    made = SQLiteSite(tmp_path / "host", clock=clock, extra_schema=[HOST])
    yield made
    made.store.close()


def mandate(site: SQLiteSite, name: str, *, logged: bool = True, success: bool = True) -> None:
    site.insert("SEPA Mandate", {"name": name, "mandate_id": name, "status": "Active"})
    if logged:
        log_mandate_creation(site, "LID-1", name, None, None, success=success)


# ---- the summary
def test_it_groups_a_week_by_kind_action_and_status_most_frequent_first(site: SQLiteSite, clock: Any) -> None:
    log_batch_generation(site, "BATCH-1")
    log_payment_processing(site, "PR-1", success=False)
    clock.move(hours=1)
    log_payment_processing(site, "PR-2", success=False)
    assert get_audit_summary(site) == [
        {
            "process_type": "Payment Processing",
            "action": "processing_failed",
            "compliance_status": "Failed",
            "count": 2,
            "latest": datetime(2026, 11, 4, 11, 0),
        },
        {
            "process_type": "Batch Generation",
            "action": "batch_generated",
            "compliance_status": "Compliant",
            "count": 1,
            "latest": datetime(2026, 11, 4, 10, 0),
        },
    ]


def test_it_leaves_older_events_out(site: SQLiteSite, clock: Any) -> None:
    log_batch_generation(site, "BATCH-1")
    clock.move(days=8)
    assert get_audit_summary(site) == []


def test_it_shows_fifteen_groups_at_most(site: SQLiteSite) -> None:
    from vuurtoren.audit.recording.trail import log_sepa_event

    for number in range(20):
        log_sepa_event(site, "Bank Submission", None, f"step_{number:02d}")
    assert len(get_audit_summary(site)) == 15


# ---- today
def test_it_counts_today_by_status_with_every_status_named(site: SQLiteSite, clock: Any) -> None:
    log_batch_generation(site, "BATCH-0")
    clock.move(days=1)
    log_batch_generation(site, "BATCH-1")
    log_payment_processing(site, "PR-1", success=False)
    assert audit_counts(site).today == {"Compliant": 1, "Exception": 0, "Failed": 1, "Pending Review": 0}


def test_it_counts_the_failures_of_the_last_hour(site: SQLiteSite, clock: Any) -> None:
    log_payment_processing(site, "PR-1", success=False)
    clock.move(minutes=59)
    log_payment_processing(site, "PR-2", success=False)
    assert audit_counts(site).failed_last_hour == 2
    clock.move(minutes=2)
    assert audit_counts(site).failed_last_hour == 1


def test_it_counts_what_waits_in_the_spool(site: SQLiteSite) -> None:
    log_payment_processing(site, "PR-1", success=False)
    site.store.rollback()
    assert audit_counts(site).waiting_in_spool == 1


# ---- compliance
def test_it_is_the_share_of_mandates_with_a_successful_creation_event(host: SQLiteSite) -> None:
    mandate(host, "M-1")
    mandate(host, "M-2")
    mandate(host, "M-3", success=False)
    mandate(host, "M-4", logged=False)
    rate = compliance_rate(host)
    assert (rate.percent, rate.audited, rate.mandates, rate.reason) == (50.0, 2, 4, "")


def test_retries_and_several_events_count_once(host: SQLiteSite) -> None:
    mandate(host, "M-1", success=False)
    for _ in range(5):
        log_mandate_creation(host, "LID-1", "M-1", None, None)
    assert compliance_rate(host).percent == 100.0


def test_it_ignores_mandates_from_before_the_trail_began(host: SQLiteSite, clock: Any) -> None:
    mandate(host, "M-0", logged=False)
    clock.move(days=1)
    mandate(host, "M-1")
    assert compliance_rate(host).percent == 100.0


def test_it_is_never_above_a_hundred_when_a_mandate_is_gone(host: SQLiteSite) -> None:
    mandate(host, "M-1")
    mandate(host, "M-2")
    host.delete("SEPA Mandate", {"name": "M-2"}, limit=1)
    assert compliance_rate(host).percent == 100.0


def test_a_single_missing_one_is_not_rounded_away(host: SQLiteSite) -> None:
    log_batch_generation(host, "BATCH-1")
    host.seed("SEPA Mandate", [{"name": f"M-{number}"} for number in range(3000)])
    for number in range(2999):
        log_mandate_creation(host, "LID-1", f"M-{number}", None, None)
    assert compliance_rate(host).percent == 99.9


def test_it_is_unknown_where_there_are_no_mandates_to_compare_with(host: SQLiteSite) -> None:
    log_batch_generation(host, "BATCH-1")
    rate = compliance_rate(host)
    assert rate.percent is None
    assert "no mandate was created" in rate.reason


def test_it_is_unknown_while_the_trail_is_empty(host: SQLiteSite) -> None:
    mandate(host, "M-1", logged=False)
    assert compliance_rate(host).percent is None
    assert "empty" in compliance_rate(host).reason


def test_it_is_unknown_without_the_associations_app(site: SQLiteSite) -> None:
    assert compliance_rate(site).percent is None
    assert "not installed" in compliance_rate(site).reason


def test_pruned_months_are_left_out(host: SQLiteSite, clock: Any) -> None:
    """One old event stays behind because it was sealed among newer ones."""
    log_batch_generation(host, "BATCH-OLD")
    mandate(host, "M-OLD", logged=False)
    clock.move(days=400)
    assert compliance_rate(host).percent == 0.0
    told = {"process_type": "Audit Maintenance", "reference_doctype": "User", "action": "pruned"}
    day = f"{host.now():%Y-%m-%d}"
    host.insert("SEPA Audit Log", complete(host, told | {"details": {"before": day}}))
    mandate(host, "M-NEW")
    assert (compliance_rate(host).percent, compliance_rate(host).mandates) == (100.0, 1)


def test_the_page_takes_it_from_the_last_measurement(host: SQLiteSite) -> None:
    mandate(host, "M-1")
    host.commit()
    assert collect(host, ["audit.coverage"]).get("audit.mandates_covered_percent").value == 100.0
    mandate(host, "M-2", logged=False)
    host.commit()
    assert collect(host, ["audit.coverage"]).get("audit.mandates_covered_percent").value == 100.0


def test_documents_that_no_entry_names_are_counted_and_named(host: SQLiteSite, clock: Any) -> None:
    host.insert("Monitoring Run", {"job": "tick", "version": 0})
    mandate(host, "M-1")
    mandate(host, "M-2", logged=False)
    host.commit()
    clock.move(minutes=11)
    silent = collect(host, ["audit.silence"]).get("audit.documents_without_entry")
    assert silent.value == 1
    assert silent.evidence == ({"doctype": "SEPA Mandate", "name": "M-2"},)


def test_documents_from_before_the_monitor_ran_are_left_out(host: SQLiteSite, clock: Any) -> None:
    mandate(host, "M-0", logged=False)
    clock.move(minutes=30)
    host.insert("Monitoring Run", {"job": "tick", "version": 0})
    host.commit()
    clock.move(minutes=30)
    assert collect(host, ["audit.silence"]).get("audit.documents_without_entry").value == 0
