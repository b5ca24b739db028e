"""What Frappe writes down of a change, and what the monitor makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe

from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren.changes import stored
from vuurtoren.changes.change import DOCTYPE, Change, said
from vuurtoren.changes.noting import JOB, note_changes

SCRIPT = "Verenigingen change test"


class TestChanges(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)
        note_changes(self.site)
        self.noted_before = {change.key for change in self.changes()}

    def forget(self) -> None:
        frappe.db.rollback()
        for doctype in ("Client Script", "Version", "Deleted Document"):
            field = {"Version": "docname", "Deleted Document": "deleted_name"}.get(doctype, "name")
            frappe.db.delete(doctype, {field: SCRIPT})
        frappe.db.delete("Patch Log", {"patch": ("like", "verenigingen_change_test%")})
        frappe.db.delete(DOCTYPE)
        frappe.db.delete("Monitoring Run", {"name": JOB})
        frappe.db.commit()

    def changes(self) -> list[Change]:
        return stored.between(self.site, self.site.now() - timedelta(days=36), self.site.now())

    def new(self) -> list[str]:
        note_changes(self.site)
        found = [said(self.site, each) for each in self.changes() if each.key not in self.noted_before]
        return sorted(found)

    def script(self) -> Any:
        made = {"doctype": "Client Script", "name": SCRIPT, "__newname": SCRIPT, "dt": "ToDo", "script": "//"}
        return frappe.get_doc(made).insert(ignore_permissions=True)

    def test_a_script_that_comes_changes_and_goes_is_told_each_time(self) -> None:
        script = self.script()
        frappe.db.commit()
        script.enabled = 1
        script.save(ignore_permissions=True, ignore_version=False)  # in tests Frappe writes none
        frappe.db.commit()
        note_changes(self.site)  # Frappe deletes the versions of a document with it
        frappe.delete_doc("Client Script", SCRIPT, force=True)
        frappe.db.commit()
        told = [line for line in self.new() if SCRIPT in line]
        self.assertIn(f"Client Script “{SCRIPT}” changed (enabled: 0 → 1)", told)
        self.assertIn(f"Client Script “{SCRIPT}” removed", told)
        self.assertEqual(note_changes(self.site), 0)

    def test_patches_are_counted_by_app(self) -> None:
        for number in range(2):
            patch = f"verenigingen_change_test.patches.step_{number}"
            frappe.get_doc({"doctype": "Patch Log", "patch": patch}).insert(ignore_permissions=True)
        frappe.db.commit()
        self.assertIn("2 patches of verenigingen_change_test", self.new())
        self.assertEqual(note_changes(self.site), 0)

    def test_a_setting_is_told_by_its_key(self) -> None:
        with configured(verenigingen_change_test="Geheim77"):
            self.assertIn("Site configuration “verenigingen_change_test” added", self.new())
        self.assertNotIn("Geheim", str(frappe.get_all(DOCTYPE, fields=["*"])))

    def test_the_versions_of_apps_are_remembered(self) -> None:
        self.assertIn("frappe", str(self.site.get("Monitoring Run", JOB)["cursor"]))
