"""The association's numbers: the same rows give the same numbers in a bench as on the embedded site."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol

import frappe

from verenigingen.tests.support.host_app import HOST_DOCTYPES, make_host_app
from verenigingen.tests.support.host_documents import drop_host_documents
from verenigingen.tests.support.support import SiteTest
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.frappe_adapter import compat
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site

EXPECTED = {
    "members.active": 2,
    "members.pending": 1,
    "members.terminated": 1,
    "members.total": 4,
    "members.new_today": 1,
    "members.without_customer": 1,
    "members.terminated_today": 1,
    "volunteers.active": 1,
    "volunteers.total": 2,
    "mandates.active": 1,
    "batches.recent": 1,
    "sepa.pending_payments": 1,
    "invoices.draft": 1,
    "invoices.submitted": 2,
    "invoices.paid": 1,
    "invoices.today": 2,
    "payments.today": 3,
    "payments.successful": 1,
    "payments.failed": 1,
    "payments.success_percent": 50.0,
    "payments.without_reference": 1,
    "journal_entries.today": 1,
    "dues.stuck": 1,
    "applications.pending_review": 1,
}


def nothing_there() -> None:
    """Rows that the site has of its own are left out of the count, until the rollback of the test."""
    for doctype, described in json.loads(HOST_DOCTYPES.read_text("utf-8")).items():
        if not described.get("single"):
            frappe.db.delete(doctype)


class Insert(Protocol):
    """Writes a row and returns its name."""

    def __call__(self, doctype: str, values: dict[str, Any]) -> str: ...


def row(doctype: str, values: dict[str, Any]) -> str:
    """A row of the database as it is given: the host app's own rules are not ours to meet."""
    document = frappe.get_doc({"doctype": doctype, "name": frappe.generate_hash(length=10), **values})
    document.db_insert()
    return str(document.name)


def fill(site: Site, add: Insert) -> None:
    """A small association: one of everything that is counted, and one of what is not."""
    now, today = site.now(), site.now().date()
    year_ago = today - timedelta(days=365)
    active = {"status": "Active", "member_since": year_ago}
    add("Member", active | {"customer": "CUST-1"})
    add("Member", active)
    add("Member", {"status": "Terminated", "member_since": year_ago})
    add("Member", {"status": "Pending", "member_since": today, "application_status": "Pending"})
    executed = {"status": "Executed", "execution_date": now, "termination_date": today}
    add("Membership Termination Request", executed)
    add("Membership Termination Request", {"status": "Pending", "termination_date": today})
    add("Volunteer", {"status": "Active"})
    add("Volunteer", {"status": "Retired"})
    add("SEPA Mandate", {"mandate_id": "M-1", "status": "Active", "iban": "NL91ABNA0417164300"})
    add("SEPA Mandate", {"mandate_id": "M-2", "status": "Cancelled"})
    batch = add("Direct Debit Batch", {"batch_date": today, "status": "Generated"})
    add("Direct Debit Batch", {"batch_date": year_ago, "status": "Processed"})
    place = {"parent": batch, "parenttype": "Direct Debit Batch", "parentfield": "invoices"}
    for status in ("Pending", "Successful", "Failed"):
        add("Direct Debit Batch Invoice", place | {"status": status, "amount": 25})
    add("Sales Invoice", {"status": "Draft", "posting_date": today})
    for status in ("Paid", "Overdue"):
        add("Sales Invoice", {"status": status, "posting_date": today, "docstatus": 1})
    received = {"payment_type": "Receive", "posting_date": today, "docstatus": 1}
    add("Payment Entry", received | {"mode_of_payment": "Cash"})
    add("Payment Entry", received | {"mode_of_payment": "Bank", "reference_no": "2026-11"})
    add("Payment Entry", received | {"mode_of_payment": "Bank"})
    add("Mode of Payment", {"name": "Cash", "type": "Cash"})
    add("Journal Entry", {"posting_date": today, "docstatus": 1})
    due = {"status": "Active", "auto_generate": 1}
    add("Membership Dues Schedule", due | {"schedule_name": "S-1", "next_invoice_date": year_ago})
    add("Membership Dues Schedule", due | {"schedule_name": "S-2", "next_invoice_date": today})


class TestAssociation(SiteTest):
    made: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        frappe.set_user("Administrator")
        cls.made = make_host_app()

    @classmethod
    def tearDownClass(cls) -> None:
        drop_host_documents(cls.made)
        frappe.clear_cache()
        frappe.local.flags.pop("verenigingen_doctypes", None)  # this process outlives them

    def setUp(self) -> None:
        super().setUp()
        nothing_there()

    def test_every_number_is_that_of_the_rows(self) -> None:
        fill(self.site, row)
        self.assertEqual(measured(self.site), EXPECTED)

    def test_the_embedded_site_counts_the_same(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = {"time_zone": compat.time_zone()}
            embedded = SQLiteSite(Path(folder), config=config, extra_schema=[HOST_DOCTYPES])
            fill(embedded, embedded.insert)
            self.assertEqual(measured(embedded), EXPECTED)
            embedded.store.close()

    def test_one_field_that_is_missing_hides_one_number_only(self) -> None:
        fill(self.site, row)
        meta = frappe.get_meta("Volunteer")
        field = meta.get_field("status")
        meta.fields.remove(field)
        meta._fields.pop("status", None)
        numbers = measured(self.site)
        self.assertEqual(
            {key for key in EXPECTED if numbers[key] is None}, {"volunteers.active", "volunteers.total"}
        )


class TestWithoutHostApp(SiteTest):
    def test_every_number_says_what_is_not_installed(self) -> None:
        if frappe.db.exists("DocType", "Member"):
            self.skipTest("the host app is installed on this site")
        snapshot = collect(self.site, fresh=True)
        for key in EXPECTED:
            with self.subTest(key=key):
                metric = snapshot.get(key)
                self.assertIsNone(metric.value)
                self.assertIn("installed", metric.reason)


def measured(site: Site) -> dict[str, Any]:
    snapshot = collect(site, fresh=True)
    return {key: snapshot.get(key).value for key in EXPECTED}
