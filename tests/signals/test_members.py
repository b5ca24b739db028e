from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite

TODAY = date(2026, 11, 4)


@pytest.fixture
def member(association):
    counter = iter(range(1, 1000))

    def add(status="Active", **values):
        number = next(counter)
        values.setdefault("customer", f"CUST-{number}")
        row = {"name": f"Assoc-Member-2026-01-{number:04}", "status": status, **values}
        return association.insert("Member", row)

    return add


@pytest.fixture
def termination(association):
    def add(status="Executed", **values):
        association.insert("Membership Termination Request", {"status": status, **values})

    return add


def test_it_counts_members_by_status(association, member, measured):
    for status in ("Active", "Active", "Pending", "Terminated", "Deceased"):
        member(status)
    snapshot = measured(association, "business.members")
    assert snapshot.get("members.active").value == 2
    assert snapshot.get("members.pending").value == 1
    assert snapshot.get("members.terminated").value == 1
    assert snapshot.get("members.total").value == 5


def test_it_says_that_the_host_app_is_not_installed(site, measured):
    snapshot = measured(site, "business")
    assert snapshot.get("members.active").reason == "Member is not installed on this site"
    assert snapshot.get("volunteers.active").reason == "Volunteer is not installed on this site"
    assert snapshot.get("members.terminated_today").reason == "Member is not installed on this site"


def test_a_missing_field_hides_only_its_own_metric(tmp_path, clock, measured):
    schema = Path(tmp_path / "older.json")
    schema.write_text(json.dumps({"Member": {"fields": {"status": "Data"}}}))
    site = SQLiteSite(tmp_path / "older", clock=clock, extra_schema=[schema])
    snapshot = measured(site, "business.members")
    assert snapshot.get("members.total").value == 0
    assert snapshot.get("members.without_customer").reason == "Member has no field customer on this site"
    assert snapshot.get("members.new_today").value == 0


def test_it_counts_new_members_by_the_day_they_joined(association, member, measured):
    member(member_since=TODAY)
    member(member_since=TODAY - timedelta(days=2))
    member(member_since=TODAY - timedelta(days=3))
    member(member_since=TODAY + timedelta(days=1))
    snapshot = measured(association, "business.members")
    assert snapshot.get("members.new_today").value == 1
    assert snapshot.get("members.new_this_week").value == 2


def test_it_finds_active_members_without_a_customer(association, member, measured):
    name = member(customer="")
    member("Terminated", customer=None)
    member()
    metric = measured(association, "business.members").get("members.without_customer")
    assert metric.value == 1
    assert metric.evidence == ({"member": name},)


def test_it_counts_who_left_by_the_execution_of_the_termination(association, termination, measured):
    termination(execution_date=datetime(2026, 11, 4, 0, 30))
    termination(execution_date=datetime(2026, 11, 3, 23, 30))
    termination("Approved", execution_date=datetime(2026, 11, 4, 1, 0))
    snapshot = measured(association, "business.churn")
    assert snapshot.get("members.terminated_today").value == 1
    assert snapshot.get("members.terminated_last_day").value == 2


def test_it_falls_back_on_the_termination_date(association, termination, measured):
    termination(termination_date=TODAY)
    termination(termination_date=TODAY - timedelta(days=1))
    assert measured(association, "business.churn").get("members.terminated_today").value == 1


def test_an_import_of_old_members_is_no_churn(association, member, termination, measured):
    """Counting by `modified` would take every one of them for a member who left today."""
    for _ in range(20):
        member("Terminated", member_since=date(2015, 1, 1))
        termination(execution_date=datetime(2019, 5, 5, 12, 0), termination_date=date(2019, 5, 5))
    assert measured(association, "business.churn").get("members.terminated_today").value == 0


@pytest.fixture
def without_terminations(tmp_path, clock):
    schema = Path(tmp_path / "plain.json")
    schema.write_text(json.dumps({"Member": {"fields": {"status": "Data"}}}))
    return SQLiteSite(
        tmp_path / "plain", clock=clock, config={"time_zone": "Europe/Amsterdam"}, extra_schema=[schema]
    )


def changed(site, docname, before, after, *, ago=timedelta(hours=1), field="status"):
    data = json.dumps({"changed": [["email", "a", "b"], [field, before, after]], "row_changed": []})
    when = site.now() - ago
    site.insert("Version", {"ref_doctype": "Member", "docname": docname, "data": data, "creation": when})


def test_it_counts_who_left_by_the_status_history(without_terminations, measured):
    site = without_terminations
    changed(site, "one", "Active", "Terminated")
    changed(site, "one", "Suspended", "Banned")
    changed(site, "two", "Active", "Deceased", ago=timedelta(hours=11))
    changed(site, "three", "Active", "Suspended")
    changed(site, "four", "Terminated", "Expired")
    changed(site, "five", "Active", "Terminated", field="membership_status")
    snapshot = measured(site, "business.churn")
    assert snapshot.get("members.terminated_today").value == 1
    assert snapshot.get("members.terminated_last_day").value == 2


def test_it_passes_over_history_that_it_cannot_read(without_terminations, measured):
    site = without_terminations
    for data in ("", "no json", "[]", '{"changed": [["status"]]}', '{"changed": null}', '"text"'):
        site.insert("Version", {"ref_doctype": "Member", "docname": "x", "data": data})
    assert measured(site, "business.churn").get("members.terminated_today").value == 0


def test_it_counts_volunteers(association, measured):
    for status in ("Active", "Retired", "Active"):
        association.insert("Volunteer", {"status": status})
    snapshot = measured(association, "business.volunteers")
    assert snapshot.get("volunteers.active").value == 2
    assert snapshot.get("volunteers.total").value == 3


def test_it_follows_applications(association, member, measured):
    now = association.now()
    member("Pending", application_status="Pending", application_date=now - timedelta(days=15))
    member("Pending", application_status="Under Review", application_date=now - timedelta(days=1))
    member("Active", application_status="Approved", review_date=now - timedelta(hours=1))
    member("Active", application_status="Active", review_date=now - timedelta(days=1))
    member("Rejected", application_status="Rejected", review_date=now - timedelta(hours=2))
    snapshot = measured(association, "business.applications")
    assert snapshot.get("applications.pending_review").value == 2
    assert snapshot.get("applications.stalled").value == 1
    assert snapshot.get("applications.approved_today").value == 1
    assert snapshot.get("applications.rejected_today").value == 1
