"""What the refusals of the database must outlive: migrations, backups, accounts; and what they allow."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import frappe
from frappe.modules.import_file import import_file_by_path

from verenigingen import install
from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.rounds import guarding

FOLDER = carrier.doctypes() / "sepa_audit_log"
SCHEMA = FOLDER / "sepa_audit_log.json"
MANY = 20


class MatrixTest(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)
        append_only_guard.install(self.site)
        self.name = self.entry()
        frappe.db.commit()

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_name": ("like", "audit-matrix-%")})

    def entry(self, number: int = 1) -> str:
        note = {"doctype": "Note", "name": f"audit-matrix-{number}"}
        fine = {"compliance_status": "Compliant"}
        return str(log_sepa_event(self.site, "Bank Submission", note, "sent", fine))

    def refused(self, attempt: Callable[[], Any]) -> None:
        with self.assertRaises(Exception) as caught:
            attempt()
        self.assertNotIsInstance(caught.exception, AssertionError)
        frappe.db.rollback()

    def assert_guarded(self) -> None:
        self.assertEqual(append_only_guard.missing(self.site), "")
        self.refused(lambda: frappe.db.set_value(LOG, self.name, "action", "forged"))
        self.refused(lambda: frappe.db.delete(LOG, {"name": self.name}))
        self.assertEqual(frappe.db.get_value(LOG, self.name, "action"), "sent")


@contextmanager
def another_schema(change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """The DocType as a later version of the app would bring it, imported as `bench migrate` does."""
    described = json.loads(SCHEMA.read_text("utf-8"))
    change(described)
    described["modified"] = "2030-01-01 00:00:00.000000"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sepa_audit_log.json")
        path.write_text(json.dumps(described), "utf-8")
        try:
            import_file_by_path(str(path), force=True)
            frappe.db.commit()
            yield
        finally:
            import_file_by_path(str(SCHEMA), force=True)
            frappe.db.commit()


class TestMigrations(MatrixTest):
    def test_two_migrations_with_a_changed_doctype_keep_the_guard(self) -> None:
        def change(described: dict[str, Any]) -> None:
            fields = {field["fieldname"]: field for field in described["fields"]}
            fields["action"]["length"] = 200
            fields["rule_id"]["search_index"] = 1
            fields["process_type"]["options"] += "\\nGardening"
            described["fields"].append({"fieldname": "later", "fieldtype": "Data", "label": "Later"})
            described["field_order"].append("later")

        with another_schema(change):
            install.after_migrate()
            self.assert_guarded()
            install.after_migrate()
            self.assert_guarded()
            self.entry(2)
            frappe.db.commit()
            self.assert_guarded()
        install.after_migrate()
        self.assert_guarded()

    def test_the_check_sees_that_it_was_taken_away_and_a_migration_puts_it_back(self) -> None:
        append_only_guard.remove(self.site)
        self.assertNotEqual(append_only_guard.missing(self.site), "")
        install.after_migrate()
        self.assert_guarded()

    def test_rows_from_before_the_guard_are_guarded_too(self) -> None:
        append_only_guard.remove(self.site)
        names = [self.entry(number) for number in range(2, MANY)]
        frappe.db.commit()
        append_only_guard.install(self.site)
        for name in names:
            self.refused(lambda name=name: frappe.db.delete(LOG, {"name": name}))


class TestEverydayLife(MatrixTest):
    def test_the_documents_that_it_names_may_be_renamed_and_deleted(self) -> None:
        from frappe.model.rename_doc import rename_doc

        note = frappe.get_doc({"doctype": "Note", "title": f"audit-matrix-{frappe.generate_hash()}"}).insert()
        name = str(log_sepa_event(self.site, "Bank Submission", note, "sent"))
        renamed = rename_doc("Note", note.name, f"{note.name}-2", force=True)
        frappe.delete_doc("Note", renamed)
        frappe.db.commit()
        self.assertEqual(frappe.db.get_value(LOG, name, "reference_name"), renamed)
        self.assertEqual(frappe.db.get_value(LOG, name, "entity_name"), f"Note/{note.name}")

    def test_a_user_that_it_names_may_be_renamed(self) -> None:
        from frappe.model.rename_doc import rename_doc

        run = frappe.generate_hash(length=8)
        first, second = f"matrix-{run}-1@audit-test.example", f"matrix-{run}-2@audit-test.example"
        user = {"doctype": "User", "email": first, "first_name": "Matrix", "send_welcome_email": 0}
        frappe.get_doc(user).insert(ignore_permissions=True)
        frappe.set_user(first)
        name = self.entry(3)
        frappe.set_user("Administrator")
        rename_doc("User", first, second, force=True)
        # as the database does it: the last System Manager of a new site cannot be deleted as others can
        self.addCleanup(frappe.db.commit)
        for doctype, field in (("User", "name"), ("Notification Settings", "name"), ("Contact", "email_id")):
            self.addCleanup(frappe.db.delete, doctype, {field: ("in", [first, second])})
        found = frappe.db.get_value(LOG, name, ["user", "actor"])
        self.assertEqual(found, (second, first))

    def test_comments_likes_assignments_and_tags_go_on(self) -> None:
        from frappe.desk.doctype.tag.tag import add_tag
        from frappe.desk.form.assign_to import add as assign
        from frappe.desk.like import toggle_like

        frappe.get_doc(LOG, self.name).add_comment("Comment", "looked at it")
        toggle_like(LOG, self.name, "Yes")
        add_tag("seen", LOG, self.name)
        assign({"assign_to": ["Administrator"], "doctype": LOG, "name": self.name, "description": "look"})
        frappe.db.commit()
        self.assert_guarded()


class TestBackups(MatrixTest):
    """With the account of the site, as `bench backup` and `bench restore` use it."""

    def setUp(self) -> None:
        super().setUp()
        if frappe.db.db_type != "mariadb":
            self.skipTest("the dump of PostgreSQL is tried by tests/site/test_postgres_guard.py")

    def mariadb(self, program: str, *arguments: str, **options: Any) -> bytes:
        conf = frappe.local.conf
        command = [program, "--no-defaults", f"-u{conf.db_name}", f"-p{conf.db_password}", *arguments]
        command += [f"-h{conf.db_host or '127.0.0.1'}", f"-P{conf.db_port or 3306}"]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False, **options)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-500:])
        return done.stdout

    def test_a_dump_holds_nothing_that_another_account_could_not_restore(self) -> None:
        tables = [f"tab{LOG}", f"__{LOG} Guard"]
        dump = self.mariadb("mariadb-dump", "--triggers", "--routines", frappe.conf.db_name, *tables).decode()
        self.assertNotIn("DEFINER", dump)
        self.assertNotIn("CREATE TRIGGER", dump)
        self.assertIn("seal_guard", dump)
        self.assertIn("FOREIGN KEY", dump)

    def test_it_is_made_with_the_rights_of_the_sites_own_account(self) -> None:
        append_only_guard.remove(self.site)
        append_only_guard.install(self.site)
        self.assertNotIn("SUPER", str(frappe.db.sql("SHOW GRANTS")))
        self.assert_guarded()


class TestARefusalThatWasTakenAway(MatrixTest):
    def _clear(self) -> None:
        super()._clear()
        clear_trail({"action": "guard_missing"})
        for name in frappe.get_all("System Alert", self.told(), pluck="name"):
            frappe.db.delete("Alert Step", {"alert": name})
            frappe.db.delete("System Alert", {"name": name})
        frappe.db.commit()

    def told(self) -> dict[str, Any]:
        return {"severity": "CRITICAL", "message": ("like", "%did not refuse changes of the audit trail%")}

    def test_it_is_an_entry_and_an_alert_before_it_is_put_back(self) -> None:
        guarding.restore(self.site)
        append_only_guard.remove(self.site)
        guarding.restore(self.site)
        frappe.db.rollback()
        self.assertEqual(frappe.db.count("System Alert", self.told()), 1)
        wanted = {"action": "guard_missing", "compliance_status": "Failed"}
        self.assertEqual(frappe.db.count(LOG, wanted), 1)
        self.assert_guarded()
