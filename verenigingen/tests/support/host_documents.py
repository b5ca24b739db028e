"""Stand-ins for the host app's SEPA documents: its names and fields, none of its code."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar

import frappe

from verenigingen.tests.support.support import SiteTest

MANDATE, BATCH, RETURN_FILE = "SEPA Mandate", "Direct Debit Batch", "SEPA Return File Log"
BANK_TRANSACTION, MATCHED_PAYMENT = "Bank Transaction", "Bank Transaction Payments"
USAGE, BATCH_LINE = "SEPA Mandate Usage", "Direct Debit Batch Invoice"
CHILDREN = (MATCHED_PAYMENT, USAGE, BATCH_LINE)
SUBMITTABLE = (BATCH, BANK_TRANSACTION)
FIELDS = {
    MATCHED_PAYMENT: {
        "payment_document": "Link:DocType",
        "payment_entry": "Data",
        "allocated_amount": "Currency",
    },
    BANK_TRANSACTION: {
        "date": "Date",
        "deposit": "Currency",
        "withdrawal": "Currency",
        "currency": "Data",
        "allocated_amount": "Currency",
        "bank_party_iban": "Data",
        "payment_entries": f"Table:{MATCHED_PAYMENT}",
    },
    USAGE: {
        "usage_date": "Date",
        "sequence_type": "Select:\nFRST\nRCUR\nFNAL\nOOFF",
        "batch_reference": "Data",
        "amount": "Currency",
        "status": "Select:\nPending\nProcessing\nCollected\nFailed\nCancelled\nReturned",
    },
    BATCH_LINE: {
        "invoice": "Data",
        "member": "Data",
        "amount": "Currency",
        "currency": "Data",
        "iban": "Data",
        "mandate_reference": "Data",
        "status": "Select:Pending\nProcessed\nSuccessful\nFailed",
        "result_code": "Data",
        "result_message": "Small Text",
    },
    MANDATE: {
        "mandate_id": "Data",
        "member": "Data",
        "status": "Select:Draft\nActive\nCancelled\nExpired\nSuspended",
        "mandate_type": "Select:\nCORE\nRCUR\nFNAL\nOOFF",
        "account_holder_name": "Data",
        "sign_date": "Date",
        "cancelled_date": "Date",
        "iban": "Data",
        "bic": "Data",
    },
    BATCH: {
        "batch_date": "Date",
        "status": "Select:Draft\nGenerated\nSubmitted\nProcessed\nFailed",
        "validation_status": "Select:\nPassed\nWarnings\nCritical Errors\nValidation Failed",
        "total_amount": "Currency",
        "entry_count": "Int",
        "sepa_file_generated": "Check",
        "sepa_file": "Attach",
    },
    RETURN_FILE: {
        "file_hash": "Data",
        "status": "Select:Processing\nCompleted\nFailed\nPartially Processed",
        "return_count": "Int",
        "failed_reversals": "Int",
        "processing_result": "Long Text",
    },
}


def make_host_documents() -> list[str]:
    """Make those DocTypes that are not there, and return their names for `drop_host_documents`."""
    made = [doctype for doctype in FIELDS if not frappe.db.exists("DocType", doctype)]
    for doctype in made:
        frappe.get_doc(
            {
                "doctype": "DocType",
                "name": doctype,
                "module": "Custom",
                "custom": 1,
                "autoname": "hash",
                "is_submittable": int(doctype in SUBMITTABLE),
                "istable": int(doctype in CHILDREN),
                "fields": [_field(name, kind, doctype) for name, kind in FIELDS[doctype].items()],
                "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
            }
        ).insert(ignore_permissions=True)
    frappe.db.commit()
    forget_what_was_not_there()
    return made


def forget_what_was_not_there() -> None:
    """16 remembers in the connection that a DocType did not exist when a link to it was checked."""
    getattr(frappe.db, "value_cache", {}).clear()


def drop_host_documents(doctypes: list[str]) -> None:
    frappe.db.rollback()
    for doctype in reversed(doctypes):
        frappe.delete_doc("DocType", doctype, force=True, ignore_permissions=True)
        frappe.db.sql_ddl(f"DROP TABLE IF EXISTS {_quoted(f'tab{doctype}')}")
    frappe.db.commit()


class HostDocumentsTest(SiteTest):
    """Tests on a site without the host app, for which its documents are made."""

    made: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        if frappe.db.exists("DocType", MANDATE):
            raise unittest.SkipTest("a real app has these documents, and rules of its own: see check_host.py")
        super().setUpClass()
        cls.made = make_host_documents()

    @classmethod
    def tearDownClass(cls) -> None:
        drop_host_documents(cls.made)
        super().tearDownClass()


def _quoted(name: str) -> str:
    return f"`{name}`" if frappe.db.db_type == "mariadb" else f'"{name}"'


def _field(name: str, kind: str, doctype: str) -> dict[str, Any]:
    fieldtype, _, options = kind.partition(":")
    later = {"allow_on_submit": 1} if doctype in SUBMITTABLE else {}
    return {"fieldname": name, "label": name, "fieldtype": fieldtype, "options": options or None, **later}
