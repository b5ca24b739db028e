"""The SEPA documents of a real site write the trail by themselves."""

from __future__ import annotations

from typing import Any

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.host_documents import (
    BANK_TRANSACTION,
    BATCH,
    MANDATE,
    RETURN_FILE,
    HostDocumentsTest,
)
from verenigingen.tests.support.support import configured
from vuurtoren.audit.seals.tables import LOG

IBAN, OTHER_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567"
NO_KEY = {"sepa_audit_mac_keys": ["damaged"]}
"""Without its key the trail takes no entry."""


class TestDocumentsWriteTheTrail(HostDocumentsTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        """A failure outlives the rollback of its test, as it should; then it goes."""
        frappe.db.rollback()
        clear_trail({"reference_doctype": ("in", [MANDATE, BATCH, RETURN_FILE, BANK_TRANSACTION])})

    def events(self, document: Any) -> list[tuple[str, str, str]]:
        rows = frappe.get_all(
            LOG,
            filters={"entity_name": f"{document.doctype}/{document.name}"},
            fields=["process_type", "action", "compliance_status"],
            order_by="timestamp, creation",
        )
        return [(row.process_type, row.action, row.compliance_status) for row in rows]

    def mandate(self, **values: Any) -> Any:
        fields = {"mandate_id": "M-1", "member": "LID-1", "status": "Active", "iban": IBAN}
        return frappe.get_doc({"doctype": MANDATE, **fields, **values}).insert()

    def test_a_mandate_from_its_creation_to_its_end(self) -> None:
        mandate = self.mandate()
        mandate.bic = "ABNANL2A"
        mandate.save()
        mandate.iban = OTHER_IBAN
        mandate.save()
        frappe.get_doc(MANDATE, mandate.name).db_set("status", "Suspended")
        again = frappe.get_doc(MANDATE, mandate.name)
        again.status = "Cancelled"
        again.save()
        again.db_set("bic", "INGBNL2A")
        self.assertEqual(
            sorted(self.events(mandate)),
            [
                ("Mandate Cancellation", "mandate_ended", "Compliant"),
                ("Mandate Change", "mandate_iban_changed", "Pending Review"),
                ("Mandate Change", "mandate_status_changed", "Compliant"),
                ("Mandate Creation", "mandate_created", "Compliant"),
            ],
        )

    def test_no_event_holds_an_iban(self) -> None:
        mandate = self.mandate()
        mandate.iban = OTHER_IBAN
        mandate.save()
        stored = str(frappe.get_all(LOG, {"mandate": mandate.name}, ["*"]))
        self.assertIn("NL20****4567", stored)
        self.assertNotIn("ABNA0417", stored)
        self.assertNotIn("INGB0001", stored)

    def test_a_deleted_mandate(self) -> None:
        mandate = self.mandate()
        frappe.delete_doc(MANDATE, mandate.name)
        self.assertIn(("Mandate Cancellation", "mandate_deleted", "Exception"), self.events(mandate))

    def test_a_batch_on_its_way(self) -> None:
        batch = frappe.get_doc({"doctype": BATCH, "status": "Draft", "validation_status": "Passed"}).insert()
        batch.submit()
        batch.reload()
        batch.sepa_file_generated = 1
        batch.status = "Generated"
        batch.save()
        batch.db_set("status", "Submitted")
        batch.cancel()
        self.assertEqual(
            sorted(self.events(batch)),
            [
                ("Bank Submission", "batch_sent_to_bank", "Compliant"),
                ("Batch Generation", "batch_cancelled", "Exception"),
                ("Batch Generation", "batch_created", "Compliant"),
                ("Batch Generation", "batch_generated", "Compliant"),
                # it was checked by itself when its file was made, and holds no collection
                ("Batch Generation", "batch_must_not_be_sent", "Exception"),
                ("Batch Generation", "batch_submitted", "Compliant"),
            ],
        )

    def test_a_return_file(self) -> None:
        log = frappe.get_doc({"doctype": RETURN_FILE, "status": "Processing", "return_count": 2}).insert()
        log.status, log.failed_reversals = "Completed", 1
        log.save()
        self.assertEqual(
            sorted(self.events(log)),
            [
                ("Return Processing", "return_file_completed", "Failed"),
                ("Return Processing", "return_file_processing", "Pending Review"),
            ],
        )

    def test_a_line_of_the_bank_statement_and_its_payments(self) -> None:
        line = {"doctype": BANK_TRANSACTION, "date": "2026-11-04", "deposit": 75, "bank_party_iban": IBAN}
        transaction = frappe.get_doc(line).insert()
        transaction.submit()
        self.assertEqual(self.events(transaction), [])
        self.match(transaction, "PE-1", 0)
        transaction.save()
        self.assertEqual(self.events(transaction), [])
        # as the bookkeeping does it: the amount is worked out behind the document, which is then read again
        transaction.payment_entries[0].db_set("allocated_amount", 25)
        transaction.reload()
        transaction.db_set("allocated_amount", 25)
        self.match(transaction, "PE-2", 50)
        transaction.save()
        transaction.remove(transaction.payment_entries[0])
        transaction.save()
        transaction.cancel()
        self.assertEqual(
            sorted(self.events(transaction)),
            [
                ("Reconciliation", "bank_transaction_cancelled", "Exception"),
                ("Reconciliation", "bank_transaction_matched", "Compliant"),
                ("Reconciliation", "bank_transaction_matched", "Pending Review"),
                ("Reconciliation", "bank_transaction_unmatched", "Exception"),
            ],
        )

    @staticmethod
    def match(transaction: Any, name: str, amount: float) -> None:
        payment = {"payment_document": "Note", "payment_entry": name, "allocated_amount": amount}
        transaction.append("payment_entries", payment)

    def test_what_is_rolled_back_never_happened(self) -> None:
        mandate = self.mandate()
        frappe.db.rollback()
        self.assertEqual(self.events(mandate), [])

    def test_a_closed_process_is_refused_when_the_trail_takes_nothing(self) -> None:
        batch = frappe.get_doc({"doctype": BATCH, "status": "Generated"}).insert()
        with configured(audit_fail_closed=["Bank Submission"], **NO_KEY):
            with self.assertRaises(frappe.ValidationError):
                batch.db_set("status", "Submitted")

    def test_the_business_goes_on_when_the_trail_takes_nothing(self) -> None:
        with configured(**NO_KEY):
            mandate = self.mandate()
        self.assertTrue(frappe.db.exists(MANDATE, mandate.name))
        self.assertEqual(self.events(mandate), [])
