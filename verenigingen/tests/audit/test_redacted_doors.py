"""By whichever door of Frappe a text reaches the Error Log or a row of ours: nobody's account is in it."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.deferred_insert import save_to_db
from frappe.utils import now_datetime

from verenigingen.tests.support.planted_iban import made_up_iban, spaced
from verenigingen.tests.support.support import SiteTest
from vuurtoren.error_kinds.index import index_new_errors

TITLE = "a door to the Error Log"
AT = {"at": "2026-11-26 10:00:00"}


class TestDoorsToTheErrorLog(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.iban = made_up_iban()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        frappe.db.delete("Error Log", {"error": ("like", f"%{TITLE}%")})
        frappe.db.delete("Error Kind", {"title": ("like", f"%{TITLE}%")})
        frappe.db.commit()

    def stored(self) -> list[dict[str, Any]]:
        fields = ["name", "method", "error", "reference_name", "modified"]
        return frappe.get_all("Error Log", filters={"error": ("like", f"%{TITLE}%")}, fields=fields)

    def assert_hidden(self, rows: int = 1) -> None:
        found = self.stored()
        self.assertEqual(len(found), rows)
        shown = json.dumps(found, default=str).replace(" ", "")
        self.assertNotIn(self.iban[8:], shown)
        self.assertIn(f"{self.iban[:4]}****{self.iban[-4:]}", shown)

    def a_row(self, **values: Any) -> Any:
        text = f"{TITLE}: {spaced(self.iban)}"
        return frappe.get_doc({"doctype": "Error Log", "method": "x", "error": text, **values})

    def test_a_title_that_frappe_copies_into_the_text(self) -> None:
        long_title = f"{TITLE}, {'which is long ' * 12}, {self.iban}"
        try:
            frappe.log_error(title=long_title, message=f"{TITLE}: {self.iban}")
        except frappe.CharacterLengthExceededError:  # 14 and 15 refuse it themselves
            frappe.log_error(title=TITLE, message=f"{TITLE}: {self.iban}")
        self.assert_hidden()

    def test_save(self) -> None:
        row = self.a_row(error=TITLE).insert()
        row.error = f"{TITLE}: {self.iban}"
        row.method = f"x {self.iban}"
        row.save()
        self.assert_hidden()

    def test_save_without_validation(self) -> None:
        row = self.a_row()
        row.flags.ignore_validate = True
        row.insert()
        self.assert_hidden()

    def test_db_set(self) -> None:
        row = self.a_row(error=TITLE).insert()
        row.db_set("error", f"{TITLE}: {self.iban}")
        self.assert_hidden()
        row.db_set({"error": f"{TITLE}: {self.iban}", "method": self.iban})
        self.assert_hidden()

    def test_the_name_of_a_document(self) -> None:
        self.a_row(reference_doctype="User", reference_name=self.iban).insert(ignore_links=True)
        self.assert_hidden()

    def test_a_deferred_insert(self) -> None:
        self.a_row().deferred_insert()
        save_to_db()
        self.assert_hidden()

    def test_what_another_app_writes_past_documents_at_the_next_tick(self) -> None:
        now = now_datetime()
        row = {"creation": now, "modified": now, "owner": "Guest", "method": self.iban}
        name = 99_000_001 if "int" in frappe.db.get_column_type("Error Log", "name") else "a-door-1"
        text = f"{TITLE}: {self.iban}"
        row |= {"name": name, "error": text}
        if frappe.get_meta("Error Log").has_field("reference_name"):  # from 15 on
            row["reference_name"] = self.iban
        frappe.db.bulk_insert("Error Log", list(row), [tuple(row.values())])
        frappe.db.commit()
        index_new_errors(self.site)
        self.assert_hidden()
        (stored,) = self.stored()
        self.assertEqual(stored["modified"], now)


class TestDoorsToOurOwn(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.iban = made_up_iban()
        self.masked = f"{self.iban[:4]}****{self.iban[-4:]}"
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        for doctype in ("Alert Rule", "Alert Rule Change"):
            frappe.db.delete(doctype, {"rule_key": "disk"})
        frappe.db.delete("Version", {"ref_doctype": "Alert Rule", "docname": "disk"})
        frappe.db.commit()

    def a_rule(self, summary: str) -> Any:
        return frappe.get_doc({"doctype": "Alert Rule", "rule_key": "disk", "enabled": 1, "summary": summary})

    def test_a_form_its_history_and_its_versions(self) -> None:
        rule = self.a_rule(f"Bel over {self.iban}").insert()
        rule.runbook = f"Zie {spaced(self.iban)}"
        rule.save(ignore_version=False)  # which Frappe leaves out in tests
        changes = frappe.get_all(
            "Alert Rule Change", filters={"rule_key": "disk"}, fields=["changes", "rule_after"]
        )
        versions = frappe.get_all(
            "Version", filters={"ref_doctype": "Alert Rule", "docname": "disk"}, pluck="data"
        )
        self.assertEqual(len(changes), 2)
        self.assertTrue(versions)
        for text in (json.dumps(changes), *versions, json.dumps(rule.as_dict(), default=str)):
            self.assertIn(self.masked, text)
            self.assertNotIn(self.iban[8:], text.replace(" ", ""))

    def test_a_rule_that_is_saved_again_has_no_new_history(self) -> None:
        rule = self.a_rule(f"Bel over {self.iban}").insert()
        rule.save()
        self.assertEqual(frappe.db.count("Alert Rule Change", {"rule_key": "disk"}), 1)

    def test_db_set_and_db_insert(self) -> None:
        rule = self.a_rule("Bel").insert()
        rule.db_set("summary", f"Bel over {self.iban}")
        self.assertEqual(frappe.db.get_value("Alert Rule", "disk", "summary"), f"Bel over {self.masked}")
        rule.db_set({"summary": f"Bel {self.iban}"}, update_modified=False)
        self.assertEqual(frappe.db.get_value("Alert Rule", "disk", "summary"), f"Bel {self.masked}")

    def test_the_verbs_of_the_site(self) -> None:
        first = self.site.insert("Alert Step", {**AT, "alert": "x", "step": "Commented", "note": self.iban})
        self.site.insert_many("Alert Step", [{**AT, "name": "door-2", "alert": "x", "note": self.iban}])
        self.site.update("Alert Step", "door-2", {"note": f"over {self.iban}"})
        notes = [self.site.get("Alert Step", name)["note"] for name in (first, "door-2")]
        self.assertEqual(notes, [self.masked, f"over {self.masked}"])

    def test_the_history_of_the_settings_names_no_address(self) -> None:
        version = frappe.new_doc("Version")
        version.ref_doctype, version.docname = "Monitoring Settings", "Monitoring Settings"
        changed = [
            ["heartbeat_url", "", "https://beat.example/very-secret-path"],
            ["recipients", f"kas@x.example {self.iban}", ""],
        ]
        version.data = json.dumps({"changed": changed})
        version.insert(ignore_permissions=True)
        stored = json.loads(frappe.db.get_value("Version", version.name, "data"))["changed"]
        self.assertEqual(stored[0], ["heartbeat_url", "", "[redacted]"])
        self.assertEqual(stored[1], ["recipients", f"k***@x.example {self.masked}", ""])
