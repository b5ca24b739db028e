"""Alert Rules in the desk: what is refused and judged, who changed it, and how rules move between sites."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import frappe
from frappe.core.doctype.data_import.data_import import export_json, import_doc

from verenigingen import hooks
from verenigingen.tests.contracts.rule_contract import ADDED, DISK, RuleContract
from verenigingen.tests.support.support import SiteTest
from verenigingen.verenigingen.doctype.alert_rule.alert_rule import get_choices
from vuurtoren.rules import changes as rule_changes
from vuurtoren.settings import rule_fixture, stored_rules

DOCTYPE = "Alert Rule"
DISK_DOCUMENT = {"doctype": DOCTYPE, "rule_key": "disk", "threshold": "80"}


class TestAlertRules(SiteTest, RuleContract):
    refused = (frappe.ValidationError,)

    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)

    def forget(self) -> None:
        frappe.db.rollback()
        for doctype in ("Alert Rule", "Alert Rule Change", "System Alert", "Alert Step", "Alert Rule State"):
            frappe.db.delete(doctype)
        frappe.db.delete("Version", {"ref_doctype": "Alert Rule"})
        frappe.db.commit()

    def save(self, record: dict[str, Any]) -> None:
        if frappe.db.exists(DOCTYPE, record["rule_key"]):
            emptied = dict.fromkeys(rule_changes.TOLD_FIELDS, None)
            frappe.get_doc(DOCTYPE, record["rule_key"]).update(emptied | record).save()
        else:
            frappe.get_doc({"doctype": DOCTYPE} | record).insert()

    def remove(self, key: str) -> None:
        frappe.delete_doc(DOCTYPE, key)

    def declare(self, name: str, *paths: str) -> None:
        setattr(hooks, name, list(paths))
        self.addCleanup(frappe.clear_cache)
        self.addCleanup(delattr, hooks, name)
        frappe.clear_cache()

    def test_a_change_is_a_version_of_the_desk_too(self) -> None:
        made = frappe.get_doc(DISK_DOCUMENT).insert()
        made.threshold = "85"
        made.save(ignore_version=False)  # which Frappe leaves out in tests
        self.assertTrue(frappe.db.exists("Version", {"ref_doctype": DOCTYPE, "docname": "disk"}))

    def test_what_is_offered_is_offered_to_those_who_may_see_it(self) -> None:
        self.assertEqual(get_choices(), stored_rules.choices(self.site))
        frappe.set_user("Guest")
        with self.assertRaises(frappe.PermissionError):
            get_choices()

    def test_a_rule_is_changed_by_one_record_only(self) -> None:
        frappe.get_doc(DISK_DOCUMENT).insert()
        with self.assertRaises(frappe.DuplicateEntryError):
            frappe.get_doc(DISK_DOCUMENT | {"threshold": "70"}).insert()

    def test_nobody_rewrites_the_history(self) -> None:
        frappe.get_doc(DISK_DOCUMENT).insert()
        change = frappe.get_last_doc("Alert Rule Change")
        change.changed_by = "somebody else"
        with self.assertRaises(frappe.PermissionError):
            change.save()
        with self.assertRaises(frappe.PermissionError):
            change.delete()

    def test_rules_move_as_fixtures_of_frappe_both_ways(self) -> None:
        stored_rules.save(self.site, ADDED)
        stored_rules.save(self.site, DISK | {"enabled": 0, "critical_threshold": "none"})
        ours = rule_fixture.export(self.site)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "alert_rule.json"
            export_json("Alert Rule", str(file))
            theirs = file.read_text("utf-8")
            self.forget()
            self.assertEqual(rule_fixture.bring_in(self.site, theirs), 2)
            self.assertEqual(rule_fixture.export(self.site), ours)
            self.forget()
            file.write_text(ours, "utf-8")
            import_doc(str(file))
        self.assertEqual(rule_fixture.export(self.site), ours)

    def test_only_administrators_may_change_rules(self) -> None:
        frappe.set_user("Guest")
        with self.assertRaises(frappe.PermissionError):
            frappe.get_doc({"doctype": DOCTYPE} | ADDED).insert()
        roles = {row.role for row in frappe.get_meta("Alert Rule").permissions if row.write}
        self.assertEqual(roles, {"System Manager", "Verenigingen Administrator"})
