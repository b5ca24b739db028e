"""Who may verify the trail over HTTP, what the form says of an entry, and that every entry opens."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest
from verenigingen.tests.support.visitor import METHODS, Visitor
from verenigingen.verenigingen.doctype.sepa_audit_log.sepa_audit_log import SEPAAuditLog
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification import daily_verification

COMMITTEE, ADMIN, MANAGER = "kas@verify.example", "beheer@verify.example", "baas@verify.example"
PORTAL = "lid@verify.example"
STATES = "/api/method/verenigingen.verenigingen.doctype.sepa_audit_log.sepa_audit_log.shown_states"
ROLES = {COMMITTEE: "Kascommissie", ADMIN: "Verenigingen Administrator", MANAGER: "System Manager"}


class VerifyingTest(SiteTest):
    visitors: ClassVar[dict[str, Visitor]]

    @classmethod
    def setUpClass(cls) -> None:
        from verenigingen.tests.support.visitor import make_user

        frappe.set_user("Administrator")
        cls.drop_users()
        for user in (*ROLES, PORTAL):
            make_user(user, *filter(None, [ROLES.get(user)]))
        cls.visitors = {user: Visitor().sign_in(user) for user in (*ROLES, PORTAL)} | {"Guest": Visitor()}

    @classmethod
    def tearDownClass(cls) -> None:
        cls.drop_users()

    @staticmethod
    def drop_users() -> None:
        """As the database does it: the last System Manager cannot be deleted as others can."""
        for user in (*ROLES, PORTAL):
            frappe.db.delete("Has Role", {"parent": user})
            frappe.db.delete("User", {"name": user})
        frappe.db.commit()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)
        self.name = self.entry("Note")
        seal(self.site)
        self.forget()

    def _clear(self) -> None:
        frappe.db.rollback()
        self.forget()
        clear_trail({"reference_name": ("like", "audit-verify-%")})

    def entry(self, doctype: str) -> str:
        about = {"doctype": doctype, "name": "audit-verify-1"}
        name = str(log_sepa_event(self.site, "Bank Submission", about, "sent", {"n": 1}, "Compliant"))
        frappe.db.commit()
        return name

    @staticmethod
    def forget() -> None:
        frappe.db.delete("Monitoring Run", {"job": daily_verification.JOB})
        frappe.db.commit()

    def forge(self) -> None:
        with self.site.lift_guard(GUARD, [self.name]):
            frappe.db.set_value(LOG, self.name, "action", "forged")
        frappe.db.commit()

    def opened(self, user: str, name: str) -> dict[str, Any]:
        query = urlencode({"doctype": LOG, "name": name})
        answer = self.visitors[user].get(f"/api/method/frappe.desk.form.load.getdoc?{query}")
        self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:800])
        return dict(answer.get_json()["docs"][0])


class TestVerify(VerifyingTest):
    def test_who_may_read_the_trail_may_verify_it_and_nobody_else(self) -> None:
        statuses = {}
        for user, visitor in self.visitors.items():
            self.forget()
            statuses[user] = visitor.post(METHODS + "verify_audit_trail").status_code
        self.assertEqual(
            statuses, {COMMITTEE: 200, ADMIN: 200, MANAGER: 200, PORTAL: 403, "Guest": 403}, statuses
        )

    def test_nobody_verifies_by_following_a_link(self) -> None:
        self.assertEqual(self.visitors[COMMITTEE].get(METHODS + "verify_audit_trail").status_code, 403)

    def test_the_findings_are_named_by_class_and_row_and_stay_on_the_page(self) -> None:
        self.forge()
        found = self.visitors[COMMITTEE].post(METHODS + "verify_audit_trail").get_json()["message"]
        self.assertEqual(found["exit_code"], 1)
        named = {(each["kind"], each["row"]) for each in found["findings"]}
        self.assertIn(("row changed", self.name), named)
        frappe.db.rollback()
        last = daily_verification.last(self.site)
        self.assertIs(last.held if last else None, False)
        clear_trail({"action": "verification_failed"})

    def test_a_second_one_at_once_is_told_to_wait(self) -> None:
        self.visitors[ADMIN].post(METHODS + "verify_audit_trail")
        self.assertEqual(self.visitors[COMMITTEE].post(METHODS + "verify_audit_trail").status_code, 409)


class TestSearch(VerifyingTest):
    def search(self, user: str, **asked: str) -> Any:
        return self.visitors[user].get(f"{METHODS}search_audit_trail?{urlencode(asked)}")

    def test_who_may_verify_may_search_and_nobody_else(self) -> None:
        statuses = {user: self.search(user).status_code for user in self.visitors}
        self.assertEqual(
            statuses, {COMMITTEE: 200, ADMIN: 200, MANAGER: 200, PORTAL: 403, "Guest": 403}, statuses
        )

    def test_it_finds_by_document_text_and_period_and_turns_pages(self) -> None:
        others = [self.entry("Note") for _ in range(4)]
        asked = {"reference_doctype": "Note", "reference_name": "audit-verify-1", "text": "SEN", "limit": "2"}
        seen, page = [], ""
        for _ in range(3):
            found = self.search(ADMIN, **asked, since="2020-01-01", page=page).get_json()["message"]
            seen += [entry["name"] for entry in found["entries"]]
            page = found["next_page"]
        self.assertEqual((sorted(seen), page), (sorted([self.name, *others]), ""))
        self.assertEqual(found["entries"][0]["details"], {"n": 1})
        nothing = self.search(ADMIN, **asked, until="2020-01-01").get_json()["message"]
        self.assertEqual((nothing["entries"], nothing["next_page"]), ([], ""))

    def test_sensitive_details_are_left_out_even_for_the_committee(self) -> None:
        about = {"doctype": "Note", "name": "audit-verify-2"}
        log_sepa_event(self.site, "Bank Submission", about, "sent", {"member": "LID-7", "sensitive_data": 1})
        frappe.db.commit()
        answer = self.search(COMMITTEE, reference_name="audit-verify-2")
        self.assertNotIn("LID-7", answer.get_data(as_text=True))
        (entry,) = answer.get_json()["message"]["entries"]
        self.assertEqual((entry["sensitive_data"], set(entry["details"])), (1, {"hidden"}))
        self.assertNotIn("details_salt", entry)

    def test_a_bad_question_is_answered_with_a_sentence(self) -> None:
        self.assertEqual(self.search(ADMIN, since="yesterday").status_code, 409)

    def test_the_class_searches_verifies_and_exports(self) -> None:
        found = SEPAAuditLog.search(reference_name="audit-verify-1")
        self.assertEqual([entry["name"] for entry in found["entries"]], [self.name])
        self.assertFalse(SEPAAuditLog.verify().tampered)
        with tempfile.TemporaryDirectory() as folder:
            made = SEPAAuditLog.export(Path(folder) / "export")
            self.assertTrue((made / "verify_sepa_audit.py").is_file())


class TestForm(VerifyingTest):
    def test_the_form_says_where_an_entry_is_sealed_and_that_it_holds(self) -> None:
        self.assertTrue(self.opened(COMMITTEE, self.name)["verified"].startswith("Unknown: "))
        self.visitors[COMMITTEE].post(METHODS + "verify_audit_trail")
        opened = self.opened(COMMITTEE, self.name)
        self.assertTrue(opened["verified"].startswith("Yes: "), opened["verified"])
        self.assertTrue(opened["sealed_position"].isdigit())

    def test_the_form_of_a_changed_entry_says_so(self) -> None:
        self.forge()
        self.assertTrue(self.opened(ADMIN, self.name)["verified"].startswith("No: row changed"))

    def test_the_list_is_told_of_every_entry_that_the_visitor_may_read(self) -> None:
        query = urlencode({"names": json.dumps([self.name, "not-there"])})
        answer = self.visitors[ADMIN].get(f"{STATES}?{query}")
        self.assertEqual(set(answer.get_json()["message"]), {self.name})
        for user in (PORTAL, "Guest"):
            self.assertEqual(self.visitors[user].get(f"{STATES}?{query}").status_code, 403)

    def test_names_that_are_no_list_are_no_failure(self) -> None:
        for names in ("5", "null", "{", '{"a": 1}', "[" * 5000, "[[1]]", ""):
            answer = self.visitors[ADMIN].get(f"{STATES}?{urlencode({'names': names})}")
            self.assertEqual((answer.status_code, answer.get_json().get("message", {})), (200, {}), names[:9])

    def test_an_entry_about_a_doctype_that_is_gone_opens(self) -> None:
        name = self.entry("DocType That Left With Its App")
        opened = self.opened(ADMIN, name)
        self.assertEqual(opened["entity_name"], "DocType That Left With Its App/audit-verify-1")
        self.assertFalse(opened.get("reference_name"))

    def test_a_list_of_all_fields_leaves_the_virtual_ones_out(self) -> None:
        rows = frappe.get_all(LOG, {"name": self.name}, ["*"])
        self.assertNotIn("verified", rows[0])
