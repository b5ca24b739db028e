"""The same association, kept by two apps: the same numbers, the same rules judged, the same gaps named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from vuurtoren.alerts.alert_content import about_breach
from vuurtoren.alerts.judging import judge
from vuurtoren.analytics.compliance import gaps, not_checked
from vuurtoren.analytics.period import Period
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.search.summary import compliance_rate
from vuurtoren.host_records import records
from vuurtoren.host_records.names import (
    BATCH,
    BATCH_LINE,
    DUES_SCHEDULE,
    MANDATE,
    MEMBER,
    TERMINATION,
)
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.sections import business
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.measuring import collect

ELSEWHERE = {
    "applications.approved_today": "Member has no field application_status on this site",
    "applications.pending_review": "Member has no field application_status on this site",
    "applications.rejected_today": "Member has no field application_status on this site",
    "applications.stalled": "Member has no field application_status on this site",
    "invoices.draft": "Sales Invoice is not installed on this site",
    "invoices.paid": "Sales Invoice is not installed on this site",
    "invoices.submitted": "Sales Invoice is not installed on this site",
    "invoices.today": "Sales Invoice is not installed on this site",
    "journal_entries.today": "Journal Entry is not installed on this site",
    "members.pending": None,
    "payments.today": "Payment Entry is not installed on this site",
    "payments.without_reference": "Payment Entry is not installed on this site",
    "volunteers.active": "Volunteer is not kept on this site",
    "volunteers.total": "Volunteer is not kept on this site",
}
"""What the other app does not keep, and why its numbers are unknown; None for what both count."""


def keep(site, record, **values):
    """Write a row as the site's own app would: under its names, in its words."""
    host = records.of(site)
    kept = host.kept.get(record)
    stored = {
        host.fieldname(record, name): kept.stored(name, value)[0] if kept else value
        for name, value in values.items()
    }
    stored.pop("", None)
    return site.insert(host.doctype(record), stored)


def keep_an_association(site):
    today = site.now().date()
    for number, status in enumerate(("Active", "Active", "Terminated")):
        customer = {"customer": f"C-{number}"} if number else {}
        keep(site, MEMBER, status=status, member_since=today - timedelta(days=number), **customer)
    keep(site, TERMINATION, status="Executed", execution_date=site.now() - timedelta(hours=2))
    for status in ("Active", "Cancelled"):
        keep(site, MANDATE, status=status, member="M-1", iban="NL91ABNA0417164300")
    batch = keep(site, BATCH, batch_date=today, status="Submitted", total_amount=50)
    for status in ("Pending", "Successful", "Failed", "Failed"):
        keep(site, BATCH_LINE, status=status, amount=25, parent=batch)
    for days in (1, 10):
        keep(
            site,
            DUES_SCHEDULE,
            status="Active",
            auto_generate=1,
            next_invoice_date=today - timedelta(days=days),
        )


@pytest.fixture
def both(association, elsewhere):
    for site in (association, elsewhere):
        keep_an_association(site)
    return association, elsewhere


def test_both_are_measured_alike_and_what_one_does_not_keep_is_unknown(both):
    here, there = (collect(site, ["business"], fresh=True) for site in both)
    for metric in here.metrics:
        other = there.get(metric.key)
        if reason := ELSEWHERE.get(metric.key):
            assert other.value is None, metric.key
            assert other.reason.startswith(reason), metric.key
        else:
            assert (other.value, other.unit) == (metric.value, metric.unit), metric.key
            assert metric.known, metric.key


def test_the_numbers_lead_to_the_lists_of_the_site(both):
    snapshot = collect(both[1], ["business"], fresh=True)
    assert snapshot.get("members.active").doctype == "Club Member"
    assert snapshot.get("dues.stuck").doctype == "Dues Plan"
    assert snapshot.get("payments.failed").evidence[0]["counted from"] == "Collection"


def test_rules_are_judged_by_what_the_site_keeps_and_their_alerts_name_its_lists(both):
    site = both[1]
    judged = {rule.key for rules in Facts(site).judging.values() for rule in rules}
    assert {"dues_schedules_stuck", "members_without_customer"} <= judged
    assert "payments_without_reference" not in judged
    rule = BY_KEY["member_churn_daily"]
    metric = collect(site, ["business"], fresh=True).get(rule.metric)
    content = about_breach(site, rule, judge(rule, metric, 0), "fingerprint", site.now(), "warning")
    assert content.details["links"] == ["Resignation", "Club Member"]


def test_the_page_shows_the_subjects_that_the_site_keeps(both):
    shown = business.build(Facts(both[1]))
    assert {"Members", "Direct debit", "Invoices"} <= {group.title for group in shown.groups}
    assert shown.absent == ("Sales Invoice", "Payment Entry", "Journal Entry", "Volunteer")


def test_documents_that_no_entry_names_are_found_in_its_doctypes(both, clock):
    site = both[1]
    site.insert("Monitoring Run", {"name": "tick", "job": "tick", "creation": site.now()})
    clock.move(hours=1)
    silent = collect(site, ["audit"], fresh=True).get("audit.documents_without_entry")
    assert [row["doctype"] for row in silent.evidence] == ["Debit Permission"] * 2 + ["Collection Run"]


def test_compliance_looks_at_its_doctypes(both, clock):
    site = both[1]
    clock.move(hours=1)
    log_sepa_event(site, "Mandate Creation", "M-1", "mandate_created")
    clock.move(hours=1)
    name = keep(site, MANDATE, status="Active", member="M-2")
    clock.move(hours=1)
    found = {gap.area: gap for gap in gaps(site, Period(7, site.now()))}
    assert found["Debit Permission"].names == (name,)
    assert not_checked(site) == {}
    assert compliance_rate(site).mandates == 1


def test_the_settings_complain_of_nothing(elsewhere):
    assert not [each for each in settings.read(elsewhere).problems if "host_records" in each]
