from __future__ import annotations

from datetime import date, timedelta

import pytest

TODAY = date(2026, 11, 4)


@pytest.fixture
def audited(site):
    counter = iter(range(1000))

    def add(
        status="Failed",
        *,
        ago=timedelta(minutes=5),
        process="Payment Processing",
        action="processing_failed",
        **more,
    ):
        row = {
            "event_id": f"event-{next(counter)}",
            "timestamp": site.now() - ago,
            "process_type": process,
            "action": action,
            "compliance_status": status,
        }
        site.insert("SEPA Audit Log", row | more)

    return add


def test_it_counts_failures_by_hour_and_day(site, audited, measured):
    audited()
    audited(ago=timedelta(hours=3))
    audited(ago=timedelta(hours=25))
    audited("Compliant")
    snapshot = measured(site, "business.sepa_audit")
    assert snapshot.get("sepa.failed_last_hour").value == 1
    assert snapshot.get("sepa.failed_last_hour").evidence == ({"action": "processing_failed", "failures": 1},)
    assert snapshot.get("sepa.failed_last_day").value == 2
    assert snapshot.get("sepa.events_last_day").value == 3


def test_entries_of_one_batch_or_else_of_one_trace_are_one_incident_and_all_count_as_failures(
    site, audited, measured
):
    for batch, trace in (("B-1", "a"), ("B-1", "b"), ("B-2", "b"), (None, "c"), (None, "c"), (None, "d")):
        audited(batch=batch, trace_id=trace)
    audited(trace_id="e", ago=timedelta(minutes=61))
    snapshot = measured(site, "business.sepa_audit")
    assert snapshot.get("sepa.failed_last_hour").value == 6
    assert snapshot.get("sepa.failed_incidents_last_hour").value == 4


def test_it_counts_mandates_that_failed_today(site, audited, measured):
    audited(process="Mandate Creation", action="mandate_creation_failed")
    audited(process="Mandate Creation", ago=timedelta(hours=11))
    audited()
    assert measured(site, "business.sepa_audit").get("mandates.failed_today").value == 1


def test_it_counts_mandates_batches_and_waiting_collections(association, measured):
    for status in ("Active", "Cancelled"):
        association.insert("SEPA Mandate", {"status": status})
    for days_ago, docstatus in ((1, 1), (7, 0), (8, 1), (1, 2)):
        row = {"batch_date": TODAY - timedelta(days=days_ago), "docstatus": docstatus}
        association.insert("Direct Debit Batch", row)
    for status, docstatus in (("Pending", 1), ("Pending", 2), ("Successful", 1)):
        association.insert("Direct Debit Batch Invoice", {"status": status, "docstatus": docstatus})
    snapshot = measured(association, "business.collections")
    assert snapshot.get("mandates.active").value == 1
    assert snapshot.get("batches.recent").value == 2
    assert snapshot.get("sepa.pending_payments").value == 1


def test_one_missing_doctype_does_not_hide_the_others(site, measured):
    snapshot = measured(site, "business")
    assert snapshot.get("mandates.active").reason == "SEPA Mandate is not installed on this site"
    assert snapshot.get("sepa.failed_last_hour").value == 0


def test_it_counts_users_by_their_last_activity(site, measured):
    for name, ago, enabled in (("a", 5, 1), ("b", 120, 1), ("c", 5, 0), ("d", 60 * 25, 1)):
        active = site.now() - timedelta(minutes=ago)
        site.insert("User", {"name": name, "enabled": enabled, "last_active": active})
    snapshot = measured(site, "people")
    assert snapshot.get("users.active").value == 2
    assert snapshot.get("users.online").value == 1
    assert snapshot.get("sessions.count").reason == "an embedded site keeps no sessions"


def test_it_measures_the_age_of_the_monitors_own_runs(site, measured):
    now = site.now()
    tick = {"job": "tick", "status": "Succeeded", "succeeded_at": now - timedelta(minutes=2)}
    site.insert("Monitoring Run", {**tick, "day": now.date(), "run_ms_today": 120.5})
    failed = {"job": "daily", "status": "Failed", "error": "disk full", "day": now.date() - timedelta(days=1)}
    site.insert("Monitoring Run", {**failed, "run_ms_today": 99})
    snapshot = measured(site, "monitor")
    assert snapshot.get("monitor.tick_age_seconds").value == 120
    assert snapshot.get("monitor.hourly_age_seconds").reason == "the hourly job has not ended well yet"
    assert "it failed: disk full" in snapshot.get("monitor.daily_age_seconds").reason
    assert snapshot.get("monitor.run_ms_today").value == 120.5
