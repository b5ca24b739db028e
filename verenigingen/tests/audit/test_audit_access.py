"""Who sees what of the audit trail, over HTTP as people do, and what is written down about it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest
from verenigingen.tests.support.visitor import Visitor, make_user
from vuurtoren.audit.recording.trail import log_mandate_creation, log_sepa_event
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.sensitive_details import ACTION
from vuurtoren.frappe_adapter.events import may_do_with_the_trail

COMMITTEE, MANAGER, STRANGER = "kas@audit-test.example", "baas@audit-test.example", "lid@audit-test.example"
IBAN = "NL91ABNA0417164300"


class TestAccess(SiteTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.drop_users()
        make_user(COMMITTEE, "Kascommissie")
        make_user(MANAGER, "System Manager", "Verenigingen Administrator")
        make_user(STRANGER, "Inbox User")

    @staticmethod
    def drop_users() -> None:
        """As the database does it: the last System Manager cannot be deleted as others can."""
        for user in (COMMITTEE, MANAGER, STRANGER):
            frappe.db.delete("Has Role", {"parent": user})
            frappe.db.delete("User", {"name": user})
        frappe.db.commit()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.drop_users()
        super().tearDownClass()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)
        mandate = {"doctype": "Note", "name": "audit-access-1"}
        self.sensitive = str(log_mandate_creation(self.site, "LID-1", mandate, IBAN, "ABNANL2A"))
        other = {"doctype": "Note", "name": "audit-access-2"}
        self.plain = str(log_sepa_event(self.site, "Bank Submission", other, "sent", {"files": 1}))
        frappe.db.commit()

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_name": ("like", "audit-access-%")})
        clear_trail({"reference_name": ("in", [self.sensitive, self.plain])})

    def opened(self, user: str, name: str) -> dict[str, Any]:
        """The form, as the desk loads it."""
        visitor = Visitor().sign_in(user)
        query = urlencode({"doctype": LOG, "name": name})
        answer = visitor.get(f"/api/method/frappe.desk.form.load.getdoc?{query}")
        if answer.status_code == 200:
            self.assertIn("docs", answer.get_json())
        return {"status": answer.status_code, "said": answer.get_data(as_text=True)[-1500:]} | (
            (answer.get_json() or {}).get("docs") or [{}]
        )[0]

    def looks(self) -> list[tuple[str, str]]:
        frappe.db.rollback()
        rows = frappe.get_all(
            LOG, {"action": ACTION, "reference_name": self.sensitive}, ["user", "entity_name"]
        )
        return [(row.user, row.entity_name) for row in rows]

    def test_the_committee_sees_sensitive_details_and_the_look_stays_written(self) -> None:
        opened = self.opened(COMMITTEE, self.sensitive)
        self.assertEqual(json.loads(opened["details"])["iban"], "NL91****4300")
        self.assertEqual(self.looks(), [(COMMITTEE, f"{LOG}/{self.sensitive}")])

    def test_a_manager_sees_that_they_are_hidden(self) -> None:
        opened = self.opened(MANAGER, self.sensitive)
        self.assertIn("hidden", json.loads(opened["details"]))
        self.assertFalse(opened.get("details_salt"))
        self.assertEqual(self.looks(), [])

    def test_other_details_are_for_every_reader(self) -> None:
        for user in (COMMITTEE, MANAGER):
            self.assertEqual(json.loads(self.opened(user, self.plain)["details"]), {"files": 1})
        self.assertEqual(self.looks(), [])

    def test_who_has_none_of_the_roles_sees_nothing(self) -> None:
        self.assertEqual(self.opened(STRANGER, self.plain)["status"], 403)

    def test_lists_reports_and_exports_leave_the_details_out(self) -> None:
        visitor = Visitor().sign_in(MANAGER)
        fields = json.dumps(["name", "action", "details"])
        answer = visitor.post(
            "/api/method/frappe.desk.reportview.get",
            {"doctype": LOG, "fields": fields, "filters": json.dumps([["name", "=", self.sensitive]])},
        )
        self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:500])
        self.assertIn("mandate_created", answer.get_data(as_text=True))
        self.assertNotIn("4300", answer.get_data(as_text=True))

    def test_nobody_may_write_whatever_permissions_somebody_adds(self) -> None:
        from frappe.permissions import add_permission, reset_perms, update_permission_property

        self.addCleanup(frappe.db.commit)
        self.addCleanup(reset_perms, LOG)
        add_permission(LOG, "System Manager", 0)
        for right in ("write", "delete", "create"):
            update_permission_property(LOG, "System Manager", 0, right, 1, validate=False)
        document = frappe.get_doc(LOG, self.plain)
        for right in ("write", "delete", "create"):
            with self.subTest(right=right):
                self.assertFalse(frappe.has_permission(LOG, right, doc=document, user=MANAGER))
        self.assertTrue(frappe.has_permission(LOG, "read", doc=document, user=MANAGER))

    def test_the_answer_is_always_a_plain_yes_or_no(self) -> None:
        for right in (None, "read", "write", "print", "anything"):
            self.assertIsInstance(may_do_with_the_trail(None, right, MANAGER), bool)

    def test_nobody_holds_the_committees_role_by_default(self) -> None:
        holders = frappe.get_all("Has Role", {"role": "Kascommissie", "parenttype": "User"}, pluck="parent")
        self.assertEqual(set(holders) - {COMMITTEE, "Administrator"}, set())
