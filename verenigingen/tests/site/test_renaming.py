"""Moving a site to the other name of this app: what is refused, and which stored names move."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from verenigingen.installing import refusing, renaming
from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier

OTHER = "beside_test_monitor"
MODULE = "Beside Test Monitor"


class TestRenaming(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.target = renaming.App(OTHER, MODULE, frozenset(refusing.own_doctypes()))

    def move(self) -> None:
        """All that `rename_app` changes in the database, without its commit."""
        source = renaming._source()
        renaming._rename_module(source, self.target)
        renaming._rename_in_fields(source, self.target)
        renaming._rename_paths(source.package, self.target.package)

    def test_the_name_that_it_has_already_changes_nothing(self) -> None:
        self.assertIn("already", renaming.rename_app(carrier.app_name()))

    def test_an_app_that_is_not_in_the_bench_is_refused(self) -> None:
        for name in ("no_such_app_here", "not a name", "os"):
            with self.subTest(name=name), self.assertRaises(renaming.CannotRename):
                renaming.rename_app(name)

    def test_an_app_that_is_another_product_is_refused(self) -> None:
        with self.assertRaisesRegex(renaming.CannotRename, "another one"):
            renaming.rename_app("frappe")

    def test_a_site_with_another_app_of_that_name_is_refused(self) -> None:
        doctype = {"doctype": "DocType", "name": "Beside Test Member", "module": MODULE, "custom": 0}
        frappe.get_doc(doctype).db_insert()
        with (
            patch.object(renaming, "_target", lambda to: self.target),
            self.assertRaisesRegex(renaming.CannotRename, "Beside Test Member"),
        ):
            renaming.rename_app(OTHER)

    def test_module_doctypes_and_scheduled_jobs_move(self) -> None:
        own = set(frappe.get_all("DocType", {"module": carrier.module_name()}, pluck="name"))
        self.move()
        self.assertEqual(self.names("DocType", module=MODULE), own)
        self.assertEqual(self.names("Module Def", app_name=OTHER), {MODULE})
        self.assertEqual(self.names("DocType", module=carrier.module_name()), set())
        jobs = frappe.get_all("Scheduled Job Type", {"method": ("like", f"{OTHER}.%")}, pluck="method")
        self.assertIn(f"{OTHER}.monitoring_jobs.run_tick", jobs)

    def test_what_the_association_keeps_in_the_module_moves_too(self) -> None:
        self.keep("Client Script", dt="User", module=carrier.module_name())
        self.keep("Block Module", parent="Guest", parenttype="User", module=carrier.module_name())
        self.move()
        self.assertEqual(self.names("Client Script", module=MODULE), {"Beside Test"})
        self.assertEqual(self.names("Block Module", module=MODULE), {"Beside Test"})

    def test_where_another_app_shares_the_module_only_our_doctypes_move(self) -> None:
        foreign = {"doctype": "DocType", "name": "Beside Test Member", "module": carrier.module_name()}
        frappe.get_doc(foreign).db_insert()
        self.keep("Client Script", dt="User", module=carrier.module_name())
        self.move()
        self.assertEqual(self.names("DocType", module=MODULE), set(self.target.doctypes))
        self.assertEqual(self.names("DocType", module=carrier.module_name()), {"Beside Test Member"})
        self.assertEqual(self.names("Client Script", module=MODULE), set())

    def test_patches_that_are_done_stay_done(self) -> None:
        row = {"doctype": "Patch Log", "patch": f"{carrier.app_name()}.patches.beside_test"}
        frappe.get_doc(row).insert(ignore_permissions=True)
        self.move()
        self.assertTrue(frappe.db.exists("Patch Log", {"patch": f"{OTHER}.patches.beside_test"}))

    def keep(self, doctype: str, **values: Any) -> None:
        frappe.get_doc({"doctype": doctype, "name": "Beside Test", **values}).db_insert()

    def names(self, doctype: str, **filters: str) -> set[str]:
        return {str(name) for name in frappe.get_all(doctype, filters, pluck="name")}
