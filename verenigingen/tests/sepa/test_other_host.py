"""The SEPA documents of another app write the trail of a real site, under its own names."""

from __future__ import annotations

from typing import Any

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.host_documents import drop_host_documents, forget_what_was_not_there
from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren.audit.recording.failed_collections import note_missed
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.health import runs
from vuurtoren.host_records import records
from vuurtoren.host_records.names import BATCH_LINE, MANDATE

PERMISSION, RUN, COLLECTION = "Debit Permission Elsewhere", "Collection Run Elsewhere", "Collection Elsewhere"
FIELDS = {
    COLLECTION: {"outcome": "Int", "bill": "Data", "amount": "Currency"},
    RUN: {"run_date": "Date", "phase": "Data", "collections": f"Table:{COLLECTION}"},
    PERMISSION: {"holder": "Data", "state": "Data", "account": "Data"},
}
MAPPING = {
    MANDATE: {
        "doctype": PERMISSION,
        "fields": {"member": "holder", "status": "state", "iban": "account"},
        "values": {"status": {"Active": "Aktiv", "Cancelled": "Widerrufen"}},
    },
    "Direct Debit Batch": {
        "doctype": RUN,
        "fields": {"batch_date": "run_date", "status": "phase", "invoices": "collections"},
        "values": {"status": {"Submitted": "Bei der Bank"}},
    },
    BATCH_LINE: {
        "doctype": COLLECTION,
        "fields": {"status": "outcome", "invoice": ""},
        "values": {"status": {"Pending": 0, "Failed": [2, 3]}},
    },
}


class TestDocumentsOfAnotherHost(SiteTest):
    made: list[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.made = list(FIELDS)
        for doctype, fields in FIELDS.items():
            frappe.get_doc(
                {
                    "doctype": "DocType",
                    "name": doctype,
                    "module": "Custom",
                    "custom": 1,
                    "autoname": "hash",
                    "istable": int(doctype == COLLECTION),
                    "fields": [
                        {"fieldname": name, "label": name, "fieldtype": kind.partition(":")[0],
                         "options": kind.partition(":")[2] or None}
                        for name, kind in fields.items()
                    ],
                    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
                }
            ).insert(ignore_permissions=True)  # fmt: skip
        frappe.db.commit()
        forget_what_was_not_there()

    @classmethod
    def tearDownClass(cls) -> None:
        drop_host_documents(cls.made)
        super().tearDownClass()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_doctype": ("in", list(FIELDS))})

    def events(self, doctype: str, name: str) -> list[tuple[str, str]]:
        rows = frappe.get_all(
            LOG,
            filters={"entity_name": f"{doctype}/{name}"},
            fields=["action", "compliance_status"],
            order_by="timestamp, creation",
        )
        return sorted((row.action, row.compliance_status) for row in rows)

    def permission(self) -> Any:
        values = {"holder": "M-1", "state": "Aktiv", "account": "NL91ABNA0417164300"}
        return frappe.get_doc({"doctype": PERMISSION, **values}).insert()

    def test_a_mandate_of_another_name_writes_its_own_entries(self) -> None:
        with configured(host_records=MAPPING):
            mandate = self.permission()
            mandate.state = "Widerrufen"
            mandate.save()
            told = self.events(PERMISSION, mandate.name)
        self.assertEqual([action for action, _ in told], ["mandate_created", "mandate_ended"])

    def test_without_the_mapping_it_is_no_mandate(self) -> None:
        self.assertEqual(self.events(PERMISSION, self.permission().name), [])

    def test_what_it_keeps_is_counted_and_a_doctype_of_our_name_is_not(self) -> None:
        with configured(host_records=MAPPING):
            host = records.of(FrappeSite())
            before = host.count(MANDATE, {"status": "Active"})
            self.permission()
            self.assertEqual(host.count(MANDATE, {"status": "Active"}), before + 1)
            self.assertEqual(host.tally(MANDATE, "status").get("Aktiv"), None)

    def test_lines_that_fail_with_a_save_and_past_every_document_are_told_once_each(self) -> None:
        site = FrappeSite()
        if not site.get(runs.DOCTYPE, "tick"):
            site.insert(runs.DOCTYPE, {"job": "tick", "version": 0})
        with configured(host_records=MAPPING):
            batch = frappe.get_doc(
                {"doctype": RUN, "phase": "Entwurf", "collections": [{"amount": 10}, {"amount": 20}]}
            ).insert()
            saved, past = batch.collections
            saved.outcome = 2
            batch.phase = "Bei der Bank"
            batch.save()
            frappe.db.set_value(COLLECTION, past.name, "outcome", 3)
            self.assertEqual(note_missed(site), 1)
            self.assertEqual(note_missed(site), 0)
            for line in (saved, past):
                told = self.events(COLLECTION, line.name)
                self.assertEqual(told, [("collection_failed", "Pending Review")])
            actions = [action for action, _ in self.events(RUN, batch.name)]
        self.assertEqual(actions, ["batch_created", "batch_sent_to_bank"])
