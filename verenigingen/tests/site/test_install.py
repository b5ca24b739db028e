"""What installing, migrating and uninstalling leave on a site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import frappe

from verenigingen import hooks, install
from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.signals.catalogue import SHIPPED

SETTINGS = "Monitoring Settings"


@contextmanager
def as_outside_tests() -> Iterator[None]:
    """Frappe writes no Version while it knows that tests run; the released 16 keeps that in its module."""
    before, module = frappe.flags.in_test, getattr(frappe, "in_test", None)
    frappe.flags.in_test = False
    if module is not None:
        frappe.in_test = False
    try:
        yield
    finally:
        frappe.flags.in_test = before
        if module is not None:
            frappe.in_test = module


class TestInstall(SiteTest):
    def test_the_role_of_the_access_rules_exists(self) -> None:
        self.assertTrue(frappe.db.get_value("Role", install.ROLE, "desk_access"))

    def test_every_shipped_rule_can_be_switched_in_the_settings(self) -> None:
        rows = self.site.get_single(SETTINGS)["rules"]
        self.assertEqual([row["rule"] for row in rows], [rule.key for rule in SHIPPED])

    def test_every_index_over_several_fields_is_there(self) -> None:
        for doctype, indexes in install.INDEXES.items():
            for fields in indexes:
                with self.subTest(doctype=doctype, fields=fields):
                    self.assertTrue(frappe.db.has_index(f"tab{doctype}", install.index_name(doctype, fields)))

    def test_a_second_migrate_changes_nothing(self) -> None:
        install.after_migrate()
        before = frappe.db.get_value(SETTINGS, SETTINGS, "modified")
        install.after_migrate()
        self.assertEqual(frappe.db.get_value(SETTINGS, SETTINGS, "modified"), before)

    def test_a_migrate_keeps_what_the_administrator_chose(self) -> None:
        rows = self.site.get_single(SETTINGS)["rules"]
        self.addCleanup(self.choose, rules=[dict(row) for row in rows], alert_retention_days=365)
        rows[0] |= {"enabled": 0, "threshold": "77"}
        self.site.set_single(SETTINGS, {"rules": rows[:-1], "alert_retention_days": 99})
        install.after_migrate()
        settings = self.site.get_single(SETTINGS)
        self.assertEqual((settings["rules"][0]["enabled"], settings["rules"][0]["threshold"]), (0, "77"))
        self.assertEqual(len(settings["rules"]), len(SHIPPED))
        self.assertEqual(settings["alert_retention_days"], 99)

    def test_a_migrate_that_brings_rules_is_one_line_in_the_timeline(self) -> None:
        rows = self.site.get_single(SETTINGS)["rules"]
        self.addCleanup(self.choose, rules=[dict(row) for row in rows])
        about = {"reference_doctype": SETTINGS, "comment_type": "Info"}
        self.addCleanup(frappe.db.delete, "Comment", about)
        self.site.set_single(SETTINGS, {"rules": rows[3:]})
        frappe.db.delete("Monitoring Rule Setting", {"rule": ("in", [row["rule"] for row in rows[:3]])})
        versions = frappe.db.count("Version", {"ref_doctype": SETTINGS})
        lines = frappe.db.count("Comment", about)
        with as_outside_tests():
            install.after_migrate()
        self.assertEqual(frappe.db.count("Version", {"ref_doctype": SETTINGS}), versions)
        self.assertEqual(frappe.db.count("Comment", about), lines + 1)
        said = frappe.get_all("Comment", filters=about, pluck="content", order_by="creation desc", limit=1)[0]
        self.assertIn(f"new: {', '.join(sorted(row['rule'] for row in rows[:3]))}", said)

    def choose(self, **values: Any) -> None:
        self.site.set_single(SETTINGS, values)
        self.site.commit()  # adding an index may have committed before

    def test_the_audit_trail_is_no_log_that_log_settings_may_clear(self) -> None:
        log_settings = frappe.get_single("Log Settings")
        log_settings.register_doctype("SEPA Audit Log", 30)
        self.assertNotIn("SEPA Audit Log", [row.ref_doctype for row in log_settings.logs_to_clear])


class TestScheduledJobs(SiteTest):
    def test_every_scheduled_function_exists_and_is_known_to_the_scheduler(self) -> None:
        for frequency, methods in hooks.scheduler_events.items():
            for method in methods:
                with self.subTest(method=method):
                    self.assertTrue(callable(frappe.get_attr(method)))
                    stored = frappe.get_all(
                        "Scheduled Job Type", {"method": method}, ["frequency", "stopped"]
                    )
                    named = frequency.replace("_", " ").title()
                    self.assertEqual([(row.frequency, row.stopped) for row in stored], [(named, 0)])

    def test_nothing_is_scheduled_any_more_before_an_uninstall(self) -> None:
        install.stop_scheduled_jobs()
        left = frappe.get_all("Scheduled Job Type", {"method": ("like", f"{carrier.app_name()}.%")})
        self.assertEqual(left, [])

    def test_an_uninstall_that_is_only_shown_takes_nothing(self) -> None:
        jobs = {"method": ("like", f"{carrier.app_name()}.%")}
        before = frappe.db.count("Scheduled Job Type", jobs), self.site.get_single(SETTINGS)
        with click.Context(click.Command("uninstall-app")) as command:
            command.params["dry_run"] = True
            install.before_uninstall()
            install.after_uninstall()
        self.assertEqual(append_only_guard.missing(self.site), "")
        self.assertEqual(
            (frappe.db.count("Scheduled Job Type", jobs), self.site.get_single(SETTINGS)), before
        )

    def test_a_document_may_be_deleted_although_an_alert_and_the_trail_name_it(self) -> None:
        note = frappe.get_doc({"doctype": "Note", "title": "install-test"}).insert()
        hooked = frappe.get_hooks("ignore_links_on_delete")
        self.assertIn("SEPA Audit Log", hooked)
        self.site.insert(
            "SEPA Audit Log",
            {
                "event_id": "install-test",
                "timestamp": self.site.now(),
                "process_type": "Payment Processing",
                "action": "install-test",
                "compliance_status": "Compliant",
                "reference_doctype": "Note",
                "reference_name": note.name,
            },
        )
        frappe.delete_doc("Note", note.name)
        self.assertFalse(frappe.db.exists("Note", note.name))


class TestRoleAfterUninstall(SiteTest):
    def test_a_role_that_something_else_uses_stays(self) -> None:
        install.remove_unused_role(install.ROLE)
        self.assertTrue(frappe.db.exists("Role", install.ROLE))

    def test_a_role_that_nothing_uses_goes_with_those_who_hold_it(self) -> None:
        frappe.get_doc({"doctype": "Role", "role_name": "Install Test"}).insert()
        frappe.get_doc("User", "Guest").add_roles("Install Test")
        install.remove_unused_role("Install Test")
        self.assertFalse(frappe.db.exists("Role", "Install Test"))
        self.assertFalse(frappe.db.exists("Has Role", {"role": "Install Test"}))
