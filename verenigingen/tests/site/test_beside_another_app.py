"""What stays ours, and what stays another app's, on a site where both live."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
from frappe.utils.background_jobs import get_queue
from frappe.website.path_resolver import PathResolver

from verenigingen import hooks, install
from verenigingen.installing import refusing, roles, shared_doctypes
from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren import carrier
from vuurtoren.frappe_adapter import jobs

FOREIGN = "Beside Test Member"
LOG = "SEPA Audit Log"


def make_doctype(name: str, module: str, custom: int = 0) -> None:
    """A row as another app's install leaves it, without a table and without files."""
    frappe.get_doc({"doctype": "DocType", "name": name, "module": module, "custom": custom}).db_insert()


class TestRefusing(SiteTest):
    def test_nothing_is_foreign_on_a_site_of_ours(self) -> None:
        self.assertEqual(refusing.foreign_doctypes(), [])
        refusing.refuse_to_replace()

    def test_a_migrate_that_would_delete_another_apps_doctypes_stops(self) -> None:
        make_doctype(FOREIGN, carrier.module_name())
        with self.assertRaises(refusing.WouldReplaceAnotherApp) as refused:
            install.before_migrate()
        self.assertIn(FOREIGN, str(refused.exception))
        self.assertIn(" beside ", str(refused.exception))

    def test_so_does_an_install(self) -> None:
        make_doctype(FOREIGN, carrier.module_name())
        with self.assertRaises(refusing.WouldReplaceAnotherApp):
            install.before_install()

    def test_a_doctype_that_the_association_made_itself_is_no_other_app(self) -> None:
        make_doctype(FOREIGN, carrier.module_name(), custom=1)
        self.assertEqual(refusing.foreign_doctypes(), [])

    def test_every_module_of_an_app_of_our_name_counts(self) -> None:
        frappe.get_doc(
            {
                "doctype": "Module Def",
                "module_name": "Beside Test",
                "app_name": carrier.app_name(),
                "custom": 1,
            }
        ).db_insert()
        make_doctype(FOREIGN, "Beside Test")
        self.assertEqual(refusing.foreign_doctypes(), [FOREIGN])


class TestSharedDocTypes(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._give_back)

    def _give_back(self) -> None:
        frappe.db.rollback()
        shared_doctypes.keep_ours()
        frappe.db.commit()

    def take(self) -> None:
        """The DocType as another app's file leaves it: its module, its fields, its permissions."""
        frappe.db.set_value("DocType", LOG, "module", "Core")
        frappe.db.delete("DocField", {"parent": LOG, "fieldname": "row_mac"})
        frappe.db.set_value("DocPerm", {"parent": LOG, "role": "System Manager"}, "delete", 1)
        frappe.clear_cache(doctype=LOG)

    def test_nothing_differs_on_a_site_of_ours(self) -> None:
        for name in refusing.own_doctypes():
            with self.subTest(doctype=name):
                self.assertEqual(shared_doctypes.differences(name), "")

    def test_a_migrate_takes_a_doctype_back_from_another_app(self) -> None:
        self.take()
        self.assertNotEqual(shared_doctypes.differences(LOG), "")
        install.after_migrate()
        meta = frappe.get_meta(LOG)
        self.assertEqual(meta.module, carrier.module_name())
        self.assertTrue(meta.has_field("row_mac"))
        self.assertEqual({row.delete for row in meta.permissions}, {0})
        self.assertEqual(shared_doctypes.differences(LOG), "")

    def test_what_the_other_committee_may_read_is_ours_and_stays(self) -> None:
        role = "Beside Test Committee"
        self.addCleanup(self._forget_role, role)
        frappe.get_doc({"doctype": "Role", "role_name": role}).insert()
        with configured(audit_committee_role=role):
            for change in (install.after_migrate, partial(install.after_app_install, "another_app")):
                change()
                with self.subTest(change=change):
                    self.assertEqual(shared_doctypes.differences(LOG), "")
                    self.assertTrue(frappe.db.exists("DocPerm", {"parent": LOG, "role": role}))
            self.take()
            install.after_app_install("another_app")
            self.assertTrue(frappe.db.exists("DocPerm", {"parent": LOG, "role": role}))

    @staticmethod
    def _forget_role(role: str) -> None:
        """With a commit, as the migrate of the test has made one."""
        frappe.db.delete("DocPerm", {"role": role})
        frappe.delete_doc("Role", role, force=True)
        frappe.db.commit()

    def test_so_does_the_install_of_another_app(self) -> None:
        self.take()
        install.after_app_install("another_app")
        self.assertEqual(shared_doctypes.differences(LOG), "")

    def test_what_cannot_be_taken_back_is_one_alert(self) -> None:
        self.take()
        with patch.object(shared_doctypes, "import_file_by_path"):
            shared_doctypes.keep_ours()
            shared_doctypes.keep_ours()
        told = frappe.get_all(
            "System Alert", {"alert_type": shared_doctypes.TAKEN}, ["name", "message", "status"]
        )
        self.addCleanup(self._forget, [row.name for row in told])
        self.assertEqual(len(told), 1)
        self.assertIn(LOG, told[0].message)
        self.assertEqual(told[0].status, "Active")

    def _forget(self, names: list[str]) -> None:
        frappe.db.delete("System Alert", {"name": ("in", names)})
        frappe.db.delete("Alert Step", {"alert": ("in", names)})
        frappe.db.commit()

    def test_another_apps_file_counts_as_read_before_a_migrate(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "sepa_audit_log.json")
            file.write_text("{}", "utf-8")
            with patch.object(shared_doctypes, "foreign_files", lambda name: [file] if name == LOG else []):
                shared_doctypes.skip_foreign_files()
            stored = frappe.db.get_value("DocType", LOG, "migration_hash")
            self.assertEqual(stored, shared_doctypes.calculate_hash(str(file)))


class TestSharedRoles(SiteTest):
    ROLE = "Beside Test"

    def setUp(self) -> None:
        super().setUp()
        frappe.get_doc({"doctype": "Role", "role_name": self.ROLE}).insert()

    def test_a_role_of_another_apps_role_profile_stays(self) -> None:
        profile = {"doctype": "Role Profile", "role_profile": self.ROLE, "roles": [{"role": self.ROLE}]}
        frappe.get_doc(profile).insert()
        roles.remove_unused_role(self.ROLE)
        self.assertTrue(frappe.db.exists("Role", self.ROLE))

    def test_a_role_that_another_apps_files_define_stays(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "fixtures").mkdir()
            rows = [{"doctype": "Role", "name": self.ROLE}]
            Path(folder, "fixtures", "role.json").write_text(json.dumps(rows), "utf-8")
            with patch.object(frappe, "get_app_path", lambda app, *joins: folder):
                self.assertTrue(roles.is_used(self.ROLE))

    def test_a_role_that_only_people_hold_is_not_used(self) -> None:
        frappe.get_doc("User", "Guest").add_roles(self.ROLE)
        self.assertFalse(roles.is_used(self.ROLE))


class TestScheduledJobs(SiteTest):
    def test_no_other_app_can_have_a_job_of_the_same_last_two_names(self) -> None:
        for methods in hooks.scheduler_events.values():
            for method in methods:
                self.assertEqual(method.split(".")[-2], "monitoring_jobs")

    def test_a_job_under_the_names_of_the_checklist_is_gone_after_a_migrate(self) -> None:
        old = f"{carrier.app_name()}.utils.alert_manager.run_tick"  # 14 and 15 know it by its last two names
        row = {"doctype": "Scheduled Job Type", "method": old, "frequency": "All"}
        frappe.get_doc(row).insert()
        sync_jobs()
        self.assertFalse(frappe.db.exists("Scheduled Job Type", {"method": old}))


class TestWaitingJobs(SiteTest):
    def test_a_job_of_a_function_that_is_no_more_ends_quietly(self) -> None:
        for path in ("vuurtoren.no_such_room.soon", "vuurtoren.rounds.sealing.no_such_function"):
            with self.subTest(path=path):
                jobs.run(path)

    def test_an_uninstall_takes_our_waiting_jobs_and_no_others(self) -> None:
        queue = get_queue("long")
        self.addCleanup(queue.empty)
        queue.empty()
        for method in (f"{carrier.app_name()}.jobs.run", "frappe.ping"):
            queue.enqueue_call("frappe.ping", kwargs={"site": frappe.local.site, "method": method})
        queue.enqueue_call("frappe.ping", kwargs={"site": "another", "method": jobs.run_path()})
        jobs.remove_waiting_jobs(carrier.app_name())
        left = {(job.kwargs["site"], job.kwargs["method"]) for job in queue.get_jobs()}
        self.assertEqual(left, {(frappe.local.site, "frappe.ping"), ("another", jobs.run_path())})


class TestOwnPages(SiteTest):
    def test_our_pages_are_ours_whatever_the_order_of_the_apps(self) -> None:
        for page in ("monitoring_dashboard", "monitoring_backtest", "monitoring_runbook"):
            with self.subTest(page=page), patch.object(frappe, "get_installed_apps", _only_frappe):
                self.assertEqual(self.renderer(page).app, carrier.app_name())

    def test_no_other_page_is_ours(self) -> None:
        for page in ("login", "index", "../hooks", "monitoring_dashboard/../monitoring_backtest"):
            with self.subTest(page=page):
                self.assertNotEqual(type(self.renderer(page)).__name__, "OwnPages")

    def renderer(self, path: str) -> Any:
        resolver = PathResolver(path)
        return resolver.resolve()[1]


def _only_frappe(*args: Any, **kwargs: Any) -> list[str]:
    return ["frappe", carrier.app_name()]


class TestHooks(SiteTest):
    def test_no_fixture_of_ours_overwrites_documents_of_the_site(self) -> None:
        self.assertFalse(hasattr(hooks, "fixtures"))

    def test_what_patches_do_is_done_by_an_install_too(self) -> None:
        done: list[str] = []
        lines = ["beside_test.first", "beside_test.second # again"]
        with (
            patch.object(install, "get_patches_from_app", lambda app: lines),
            patch.object(frappe, "get_attr", lambda path: lambda: done.append(path)),
        ):
            install._do_what_patches_do()
        self.assertEqual(done, ["beside_test.first.execute", "beside_test.second.execute"])
