"""In a bench: another app's code that writes entries as documents, and a job of its that deletes them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
from datetime import timedelta
from unittest.mock import patch

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren import carrier
from vuurtoren.audit.details.details_box import opened
from vuurtoren.audit.retention import ended
from vuurtoren.audit.seals.keys import load_mac_keys
from vuurtoren.audit.seals.row_check import READ_FIELDS, judge
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.compliance.findings.stored import DOCTYPE as FINDING
from vuurtoren.compliance.rule_states import DOCTYPE as RULE_STATE
from vuurtoren.compliance.subject import RETURN
from vuurtoren.frappe_adapter.beside import giving_back
from vuurtoren.frappe_adapter.beside.committee import let_the_other_role_read
from vuurtoren.frappe_adapter.beside.foreign_files import foreign_files
from vuurtoren.frappe_adapter.beside.refused_cleanup import REFUSAL, TOLD_AGAIN_AFTER

LOG, ERRORS = "SEPA Audit Log", "Error Log"
EVENT = "audit_1764000000000_12345"
TITLE = "Audit Cleanup Test"


class TestWriter(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(clear_trail, {"event_id": EVENT})

    def test_what_it_inserts_is_accepted_completed_and_authentic(self) -> None:
        frappe.get_doc(
            {
                "doctype": LOG,
                "event_id": EVENT,
                "timestamp": frappe.utils.now(),
                "process_type": "Batch Generation",
                "action": "sepa_batch_created",
                "compliance_status": "Compliant",
                "user": frappe.session.user,
                "details": json.dumps({"batch_name": "B-1", "iban": "NL91ABNA0417164300"}),
                "sensitive_data": False,
            }
        ).insert(ignore_permissions=True)
        row = self.site.get(LOG, EVENT)
        self.assertEqual((row["batch"], row["reference_name"], row["severity"]), ("B-1", "B-1", "info"))
        self.assertEqual(row["compliance_status"], "Pending Review")
        (clear,) = opened(self.site, [row])
        self.assertEqual(json.loads(clear["details"])["stated_status"], "Compliant")
        self.assertNotIn("0417164300", clear["details"])
        read = {name: row[name] for name in READ_FIELDS}
        self.assertEqual(judge(self.site, read, None, load_mac_keys(self.site)).wrong, ())


class TestCleanup(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(clear_trail, {"action": "cleanup-test"})
        self.addCleanup(frappe.db.delete, ERRORS, {"method": ("in", (TITLE, TITLE + " 2"))})
        entry = {
            "event_id": f"cleanup-{frappe.generate_hash(length=10)}",
            "timestamp": self.site.now(),
            "process_type": "Reconciliation",
            "action": "cleanup-test",
            "compliance_status": "Failed",
        }
        self.name = self.site.insert(LOG, entry)

    def clean_up(self, title: str = TITLE) -> None:
        try:
            frappe.delete_doc(LOG, self.name, ignore_permissions=True)
        except Exception as refused:
            frappe.log_error(title=title, message=f"Failed to clean up: {refused}")

    def test_its_refusal_is_one_row_a_week_and_nothing_goes(self) -> None:
        for _ in range(3):
            self.clean_up()
        self.assertEqual(frappe.db.count(ERRORS, {"method": TITLE}), 1)
        self.assertTrue(frappe.db.exists(LOG, self.name))
        before = frappe.utils.now_datetime() - TOLD_AGAIN_AFTER - timedelta(hours=1)
        frappe.db.sql(f"UPDATE `tab{ERRORS}` SET creation = %s WHERE method = %s", (before, TITLE))
        self.clean_up()
        self.assertEqual(frappe.db.count(ERRORS, {"method": TITLE}), 2)

    def test_the_words_may_stand_in_the_title(self) -> None:
        title = f"{TITLE}: {REFUSAL}"
        self.addCleanup(frappe.db.delete, ERRORS, {"method": title})
        for _ in range(3):
            frappe.log_error(title, "Cleanup Error")
        self.assertEqual(frappe.db.count(ERRORS, {"method": title}), 1)

    def test_other_errors_are_all_kept(self) -> None:
        for _ in range(2):
            frappe.log_error(title=TITLE, message="something else failed")
        self.clean_up(TITLE + " 2")
        self.assertEqual(frappe.db.count(ERRORS, {"method": TITLE}), 2)
        self.assertEqual(frappe.db.count(ERRORS, {"method": TITLE + " 2"}), 1)


class TestCommittee(SiteTest):
    ROLE = "Beside Test Committee"

    def test_their_role_reads_the_trail_where_it_is_there(self) -> None:
        with configured(audit_committee_role=self.ROLE):
            let_the_other_role_read()
            self.assertFalse(frappe.db.exists("DocPerm", {"role": self.ROLE}))
            frappe.get_doc({"doctype": "Role", "role_name": self.ROLE}).insert(ignore_permissions=True)
            for _ in range(2):
                let_the_other_role_read()
        rows = frappe.get_all("DocPerm", {"role": self.ROLE}, ["parent", "read", "write", "delete"])
        read = (LOG, LEAF, CHECKPOINT, FINDING, RETURN, RULE_STATE)
        self.assertEqual(sorted(row.parent for row in rows), sorted(read))
        self.assertEqual({(row.read, row.write, row.delete) for row in rows}, {(1, 0, 0)})
        frappe.db.rollback()
        frappe.clear_cache(doctype=LOG)


class TestGivingBack(SiteTest):
    def test_alone_no_other_app_ships_the_log(self) -> None:
        with patch.object(frappe, "get_installed_apps", lambda: ["frappe", carrier.app_name()]):
            self.assertIsNone(next(foreign_files(LOG), None))

    def test_every_row_is_written_beside_it_with_its_digest_and_a_trail_that_proves_itself(self) -> None:
        name = self.site.insert(
            LOG,
            {"event_id": "give-back-test", "timestamp": self.site.now(), "process_type": "Reconciliation",
             "action": "give-back-test", "compliance_status": "Failed"},
        )  # fmt: skip
        frappe.db.commit()
        self.addCleanup(clear_trail, {"name": name})
        folder = ended.end(self.site, ended.GIVEN_BACK)
        self.addCleanup(shutil.rmtree, folder)
        self.assertTrue(list((folder / ended.CHECKPOINTS).glob("checkpoint-*.note")))
        giving_back._write_rows(self.site, folder)
        manifest = json.loads((folder / giving_back.MANIFEST).read_text("utf-8"))
        written = (folder / giving_back.ROWS).read_bytes()
        rows = [json.loads(line) for line in written.splitlines()]
        self.assertEqual(manifest["files"], {giving_back.ROWS: hashlib.sha256(written).hexdigest()})
        self.assertEqual((manifest["rows"], len(rows)), (frappe.db.count(LOG), frappe.db.count(LOG)))
        self.assertIn(name, [row["name"] for row in rows])
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            answer = verify_sepa_audit.main([str(folder / ended.TRAIL)])
        self.assertNotEqual(answer, 3, said.getvalue()[-500:])
