from __future__ import annotations

from datetime import date, timedelta

import pytest

TODAY = date(2026, 11, 4)


@pytest.fixture
def payment(association):
    for mode, kind in (("Contant", "Cash"), ("Bank", "Bank")):
        association.insert("Mode of Payment", {"name": mode, "mode_of_payment": mode, "type": kind})

    def add(**values):
        row = {
            "docstatus": 1,
            "payment_type": "Receive",
            "posting_date": TODAY,
            "mode_of_payment": "Bank",
            "reference_no": "",
        }
        return association.insert("Payment Entry", {**row, **values})

    return add


def orphans(association, measured):
    return measured(association, "business.orphans").get("payments.without_reference")


def test_it_finds_a_payment_without_reference_and_invoice(association, payment, measured):
    name = payment()
    metric = orphans(association, measured)
    assert metric.value == 1
    assert metric.evidence == ({"payment": name, "date": "2026-11-04"},)


def test_cash_is_no_orphan(association, payment, measured):
    payment(mode_of_payment="Contant")
    assert orphans(association, measured).value == 0


def test_a_payment_with_a_bank_reference_is_no_orphan(association, payment, measured):
    payment(reference_no="NL123")
    assert orphans(association, measured).value == 0


def test_a_payment_that_stands_against_an_invoice_is_no_orphan(association, payment, measured):
    name = payment()
    row = {"parent": name, "parenttype": "Payment Entry", "parentfield": "references"}
    association.insert("Payment Entry Reference", {**row, "reference_doctype": "Sales Invoice"})
    assert orphans(association, measured).value == 0


def test_only_submitted_receipts_of_a_month_can_be_orphans(association, payment, measured):
    payment(docstatus=0)
    payment(docstatus=2)
    payment(payment_type="Pay")
    payment(posting_date=TODAY - timedelta(days=31))
    assert orphans(association, measured).value == 0


def test_it_counts_invoices_by_state(association, measured):
    for docstatus, status in ((0, "Draft"), (1, "Unpaid"), (1, "Paid"), (2, "Cancelled")):
        association.insert("Sales Invoice", {"docstatus": docstatus, "status": status, "posting_date": TODAY})
    snapshot = measured(association, "business")
    assert snapshot.get("invoices.draft").value == 1
    assert snapshot.get("invoices.submitted").value == 2
    assert snapshot.get("invoices.paid").value == 1
    assert snapshot.get("invoices.today").value == 2


def test_it_counts_payments_and_journal_entries_of_today(association, payment, measured):
    payment()
    payment(posting_date=TODAY - timedelta(days=1))
    association.insert("Journal Entry", {"docstatus": 1, "posting_date": TODAY})
    snapshot = measured(association, "business.today")
    assert snapshot.get("payments.today").value == 1
    assert snapshot.get("journal_entries.today").value == 1


def test_it_says_that_erpnext_is_not_installed(site, measured):
    snapshot = measured(site, "business")
    assert snapshot.get("invoices.draft").reason == "Sales Invoice is not installed on this site"
    assert snapshot.get("payments.today").reason == "Payment Entry is not installed on this site"
    assert "nor Payment Request is installed" in snapshot.get("payments.success_percent").reason


def test_it_measures_the_share_of_collections_that_succeeded(association, measured):
    for status in ("Successful", "Successful", "Successful", "Failed", "Pending", "Processed"):
        association.insert("Direct Debit Batch Invoice", {"status": status})
    snapshot = measured(association, "business.payments")
    assert snapshot.get("payments.success_percent").value == 75.0
    assert snapshot.get("payments.total").value == 4
    assert snapshot.get("payments.failed").value == 1


@pytest.mark.parametrize(("written", "ended", "counted"), [(35, 20, 1), (35, 31, 0), (121, 1, 0)])
def test_a_collection_counts_when_it_ended_however_long_before_its_line_was_written(
    association, measured, written, ended, counted
):
    now = association.now()
    moments = {"creation": now - timedelta(days=written), "modified": now - timedelta(days=ended)}
    association.insert("Direct Debit Batch Invoice", {"status": "Successful", **moments})
    assert measured(association, "business.payments").get("payments.successful").value == counted


def test_it_knows_no_share_of_nothing(association, measured):
    snapshot = measured(association, "business.payments")
    assert snapshot.get("payments.success_percent").value is None
    assert snapshot.get("payments.total").value == 0


@pytest.fixture
def schedule(association):
    counter = iter(range(100))

    def add(**values):
        row = {
            "schedule_name": f"Contributie {next(counter)}",
            "status": "Active",
            "auto_generate": 1,
            "next_invoice_date": TODAY - timedelta(days=10),
        }
        row |= values
        return association.insert("Membership Dues Schedule", {"name": row["schedule_name"], **row})

    return add


def test_it_finds_dues_schedules_past_their_invoice_date(association, schedule, measured):
    name = schedule()
    metric = measured(association, "business.dues").get("dues.stuck")
    assert metric.value == 1
    assert metric.evidence == ({"schedule": name, "invoice due": "2026-10-25"},)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "Paused"},
        {"status": "Test"},
        {"auto_generate": 0},
        {"next_invoice_date": TODAY - timedelta(days=3)},
        {"next_invoice_date": TODAY + timedelta(days=3)},
        {"next_invoice_date": None},
    ],
)
def test_it_leaves_schedules_alone_that_are_not_stuck(association, schedule, measured, values):
    schedule(**values)
    assert measured(association, "business.dues").get("dues.stuck").value == 0
