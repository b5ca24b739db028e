"""The rules of SEPA on a real site: found, confirmed, ended, decided by people, and in the trail."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.host_documents import (
    BATCH,
    BATCH_LINE,
    MANDATE,
    RETURN_FILE,
    USAGE,
    HostDocumentsTest,
)
from verenigingen.tests.support.visitor import make_user, remove_user
from verenigingen.www import monitoring_sepa
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.sensitive_details import EXPORTED
from vuurtoren.audit.verification import proof_file
from vuurtoren.compliance import scanning, status
from vuurtoren.compliance.findings import stored as findings
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.compliance.rule_states import DOCTYPE as RULE_STATE
from vuurtoren.endpoints.whitelist import Forbidden, Refused
from vuurtoren.health import runs
from vuurtoren.pages.sepa import report as sepa_report

IBAN = "NL91ABNA0417164300"
STEP = "Mandate Change"
COMMITTEE = "sepa-committee@example.com"
OURS = (findings.DOCTYPE, returns.DOCTYPE, RULE_STATE)


class TestSepaRules(HostDocumentsTest):
    def setUp(self) -> None:
        super().setUp()
        self.rows: list[tuple[str, str]] = []
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        for doctype, name in self.rows:
            frappe.db.delete(doctype, {"name": name})
        for doctype in OURS:
            frappe.db.delete(doctype)
        frappe.db.delete(runs.DOCTYPE, {"job": scanning.JOB})
        clear_trail({"process_type": ("in", ["Compliance Check", "Return Processing", STEP, MAINTENANCE])})
        frappe.db.commit()

    def put(self, doctype: str, **values: Any) -> str:
        known = {name: value for name, value in values.items() if self.site.has_field(doctype, name)}
        name = self.site.insert(doctype, known | {k: values[k] for k in values if k.startswith("parent")})
        self.rows.append((doctype, name))
        return name

    def mandate(self, used_days_ago: int = 30, **values: Any) -> str:
        fields = {"mandate_id": frappe.generate_hash(length=8), "member": "LID-1", "status": "Active"}
        fields |= {"iban": IBAN, "mandate_type": "RCUR", "account_holder_name": "A. Licht", "is_active": 1}
        name = self.put(MANDATE, **{**fields, "sign_date": "2020-01-02", **values})
        used = self.site.now().date() - timedelta(days=used_days_ago)
        self.put(USAGE, parent=name, parenttype=MANDATE, parentfield="usage_history", usage_date=used)
        return name

    def found(self, **asked: Any) -> list[Any]:
        fields = ["name", "rule", "severity", "status", "said", "batch"]
        return frappe.get_all(findings.DOCTYPE, filters=asked, fields=fields)

    def test_what_is_broken_is_found_confirmed_and_ended(self) -> None:
        name = self.mandate(used_days_ago=4 * 365)
        scanning.scan(self.site)
        scanning.scan(self.site)
        (row,) = self.found(rule="M04", mandate=name)
        self.assertEqual((row.status, row.severity), ("Open", "M"))
        gone = {"status": "Cancelled", "is_active": 0, "cancelled_date": self.site.now().date()}
        self.site.update(MANDATE, name, {k: v for k, v in gone.items() if self.site.has_field(MANDATE, k)})
        scanning.scan(self.site)
        (row,) = self.found(rule="M04", mandate=name)
        self.assertEqual(row.status, "Ended")
        steps = frappe.get_all(LOG, {"rule_id": "M04", "mandate": name}, pluck="action", order_by="creation")
        self.assertEqual(steps, ["finding_opened", "finding_ended"])

    def test_a_return_is_critical_when_its_mandate_is_in_the_next_batch(self) -> None:
        today = self.site.now().date()
        name = self.mandate()
        reference = frappe.db.get_value(MANDATE, name, "mandate_id")
        old = self.put(BATCH, batch_date=today - timedelta(days=9), status="Submitted", currency="EUR")
        self.line(old, reference, status="Failed", result_code="MD01")
        coming = self.put(BATCH, batch_date=today + timedelta(days=12), status="Draft", currency="EUR")
        self.line(coming, reference)
        scanning.scan(self.site)
        (row,) = self.found(rule="R03")
        self.assertEqual((row.severity, row.batch), ("C", coming))
        self.assertNotIn(IBAN[-10:], str(self.found()))

    def line(self, batch: str, reference: str, **values: Any) -> str:
        fields = {"invoice": frappe.generate_hash(length=8), "amount": 15, "currency": "EUR", "iban": IBAN}
        fields |= {"mandate_reference": reference, "status": "Pending"}
        place = {"parent": batch, "parenttype": BATCH, "parentfield": "invoices"}
        return self.put(BATCH_LINE, **fields | place | values)

    def test_changes_are_judged_and_the_status_is_read(self) -> None:
        scanning.scan(self.site)
        name = self.mandate(used_days_ago=4 * 365)
        scanning.scan_changes(self.site)
        self.assertEqual([row.rule for row in self.found(mandate=name, rule="M04")], ["M04"])
        self.assertEqual(len(status.read(self.site).rules), 27)

    def test_form_and_page_say_it_in_the_language_of_the_reader(self) -> None:
        self.mandate(used_days_ago=4 * 365)
        scanning.scan(self.site)
        frappe.db.commit()
        (row,) = self.found(rule="M04")
        with self.site.speaking("nl"):
            form = frappe.get_doc(findings.DOCTYPE, row.name)
            form.run_method("onload")
            context = frappe._dict()
            monitoring_sepa.get_context(context)
        dutch = "voor het laatst geïncasseerd"
        self.assertNotIn(dutch, row.said)
        self.assertIn(dutch, form.said)
        self.assertIn(dutch, context.monitoring_page)

    def test_people_accept_and_settle_and_the_page_says_so(self) -> None:
        self.mandate(used_days_ago=4 * 365)
        scanning.scan(self.site)
        (row,) = self.found(rule="M04")
        until = self.site.now().date() + timedelta(days=9)
        monitoring_sepa.accept_finding(row.name, "It is used next week", until.isoformat())
        frappe.db.commit()
        self.assertEqual(self.found(rule="M04")[0].status, "Accepted")
        context = frappe._dict()
        monitoring_sepa.get_context(context)
        self.assertIn("vm-sepa", context.monitoring_page)
        report = monitoring_sepa.get_sepa_report("2026-01-01", "2026-12-31")
        self.assertIn("It is used next week", report)

    def test_the_audit_committee_looks_at_page_and_report_and_decides_nothing(self) -> None:
        self.mandate(used_days_ago=4 * 365)
        due = self.site.now().date() + timedelta(days=12)
        self.put(BATCH, batch_date=due, status="Draft", currency="EUR")
        scanning.scan(self.site)
        make_user(COMMITTEE, "Kascommissie")
        self.addCleanup(remove_user, COMMITTEE)
        frappe.set_user(COMMITTEE)
        self.addCleanup(frappe.set_user, "Administrator")
        context = frappe._dict()
        monitoring_sepa.get_context(context)
        self.assertIn("M04", context.monitoring_page)
        self.assertNotIn("check_batch", context.monitoring_page)
        self.assertIn("M04", monitoring_sepa.get_sepa_report("2026-01-01", "2026-12-31"))
        row = findings.standing(self.site)
        (name,) = [each.name for each in row.values() if each.rule == "M04"]
        with self.assertRaises(Forbidden):
            monitoring_sepa.accept_finding(name, "because", due.isoformat())
        with self.assertRaises(Forbidden):
            monitoring_sepa.settle_return(name, "Done", "because")
        with self.assertRaises(frappe.PermissionError):
            frappe.get_doc(findings.DOCTYPE, name).save()

    def test_the_report_is_a_pdf_where_frappe_can_make_one(self) -> None:
        scanning.scan(self.site)
        frappe.db.commit()
        if self.site.pdf_maker() is None:
            with self.assertRaises(Refused) as refused:
                monitoring_sepa.get_sepa_report_pdf("2026-01-01", "2026-12-31")
            self.assertIn("makes no PDF", str(refused.exception))
            return
        made = sepa_report.pdf(self.site, date(2026, 1, 1), date(2026, 12, 31))
        self.assertTrue(made.startswith(b"%PDF"))

    def test_a_return_that_the_log_of_a_file_tells_of_is_captured(self) -> None:
        today = self.site.now().date()
        reference = frappe.db.get_value(MANDATE, self.mandate(), "mandate_id")
        old = self.put(BATCH, batch_date=today - timedelta(days=3), status="Submitted", currency="EUR")
        line = self.line(old, reference)
        invoice = frappe.db.get_value(BATCH_LINE, line, "invoice")
        told = json.dumps(
            {"success": True, "processed_returns": [{"invoice": invoice, "status": "processed"}]}
        )
        self.put(RETURN_FILE, file_hash=frappe.generate_hash(), status="Completed", processing_result=told)
        scanning.scan(self.site)
        rows = frappe.get_all(returns.DOCTYPE, {"invoice": invoice}, ["batch", "source", "reason_code"])
        self.assertEqual(
            [(row.batch, row.source, row.reason_code or "") for row in rows], [(old, "Bank File", "")]
        )

    def test_the_proof_of_an_entry_is_a_file_and_its_taking_an_entry(self) -> None:
        event = "0123456789abcdef" * 2
        record(self.site, STEP, MANDATE, "M-1", "changed", "Compliant", event_id=event)
        frappe.db.commit()
        seal(self.site, sweep=True)
        with zipfile.ZipFile(io.BytesIO(proof_file.for_people(self.site, event))) as made:
            self.assertIn("verify_sepa_audit.py", made.namelist())
        taken = frappe.get_all(LOG, {"action": EXPORTED}, pluck="actor", order_by="creation desc", limit=1)
        self.assertEqual(taken, ["Administrator"])

    def test_who_has_no_role_sees_nothing(self) -> None:
        frappe.set_user("Guest")
        with self.assertRaises(Forbidden):
            monitoring_sepa.get_sepa_status()
        with self.assertRaises(Forbidden):
            monitoring_sepa.get_proof("0" * 32)
        frappe.set_user("Administrator")
