"""The SEPA Audit Log on a real site: what it refuses, what it lets through, and what it writes."""

import csv
import io
import json
import tempfile
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import frappe
from frappe.model.rename_doc import rename_doc
from frappe.utils.user import UserPermissions

from verenigingen.tests.support.support import bounded
from verenigingen.verenigingen.doctype.sepa_audit_log.sepa_audit_log import SEPAAuditLog, WrittenHere
from vuurtoren.audit.details.details_box import is_box, opened
from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.canonical import details_fit, row_mac
from vuurtoren.audit.seals.canonical import record as canonical_record
from vuurtoren.audit.seals.keys import newest_mac_key
from vuurtoren.frappe_adapter import appending as frappe_appending
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.guards import GUARD_COLUMN

DOCTYPE = "SEPA Audit Log"
BATCH = {"doctype": "Direct Debit Batch", "name": "audit-test-batch", "invoices": [{}, {}]}
MANDATE = {"doctype": "SEPA Mandate", "name": "audit-test-mandate"}
ROLE = "Verenigingen Administrator"
USER = "audit-test@example.com"
IBAN = "NL91 ABNA 0417 1643 00"


class AuditTest(unittest.TestCase):
    """Starts clean as Administrator; leaves no row, although rows cannot be deleted by ordinary means."""

    def setUp(self) -> None:
        bounded(self)
        frappe.set_user("Administrator")
        frappe.db.rollback()
        self._clear()

    def tearDown(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        self._clear()
        frappe.local.message_log = []

    def _clear(self) -> None:
        names = [row["name"] for row in self.rows()]
        with FrappeSite().lift_guard(GUARD, names):
            frappe.db.delete(DOCTYPE, {"name": ("in", names or ["-"])})
        frappe.db.delete("User", {"name": USER})
        frappe.db.delete("Has Role", {"parent": USER})
        frappe.db.commit()
        for path in self.waiting():
            path.unlink()

    def waiting(self) -> list[Path]:
        """What waits in the spool from these tests: a real site's own events are left alone."""
        return [path for path in spool.waiting(FrappeSite()) if "audit-test-" in path.read_text("utf-8")]

    def entry(self) -> SEPAAuditLog:
        return SEPAAuditLog.log_batch_generation(BATCH)

    def stored(self, name: str) -> dict[str, Any]:
        return frappe.db.get_value(DOCTYPE, name, "*", as_dict=True)

    def details(self, name: str) -> dict[str, Any]:
        """In clear: the table holds a box."""
        self.assertTrue(is_box(self.stored(name)["details"]))
        (row,) = opened(FrappeSite(), [FrappeSite().get(DOCTYPE, name)])
        return frappe.parse_json(row["details"])

    def rows(self) -> list[dict[str, Any]]:
        return frappe.get_all(DOCTYPE, {"reference_name": ("like", "audit-test-%")}, ["*"])

    def an_association_administrator(self) -> None:
        user = frappe.get_doc(
            {"doctype": "User", "email": USER, "first_name": "Audit", "send_welcome_email": 0}
        )
        user.append("roles", {"role": ROLE})
        user.flags.no_welcome_mail = True
        user.insert(ignore_permissions=True)
        frappe.set_user(USER)

    def assert_refused(
        self, name: str, attempt: Any, error: type[Exception] = frappe.ValidationError
    ) -> None:
        before = self.stored(name)
        with self.assertRaises(error):
            attempt()
        self.assertEqual(self.stored(name), before)


class TestRefusals(AuditTest):
    def test_a_save_is_refused(self) -> None:
        doc = self.entry()
        doc.action = "forged"
        self.assert_refused(doc.name, doc.save)

    def test_a_save_that_ignores_validation_and_permissions_is_refused(self) -> None:
        doc = self.entry()
        doc.action = "forged"
        doc.flags.ignore_validate = True
        doc.flags.ignore_permissions = True
        doc.flags.ignore_links = True
        self.assert_refused(doc.name, doc.save)

    def test_a_save_from_the_form_is_refused(self) -> None:
        from frappe.desk.form.save import savedocs

        doc = self.entry()
        form = json.loads(frappe.as_json(doc.as_dict() | {"action": "forged"}))
        self.assert_refused(doc.name, lambda: savedocs(json.dumps(form), "Save"))

    def test_a_submit_is_refused(self) -> None:
        doc = self.entry()
        self.assert_refused(doc.name, doc.submit)

    def test_db_set_and_db_update_are_refused(self) -> None:
        doc = self.entry()
        self.assert_refused(doc.name, lambda: doc.db_set("action", "forged"))
        self.assert_refused(doc.name, lambda: doc.db_set({"action": "forged"}, commit=True))
        self.assert_refused(doc.name, doc.db_update)
        self.assert_refused(doc.name, doc.db_update_all)

    def test_the_api_is_refused(self) -> None:
        from frappe import client

        doc = self.entry()
        changed = json.dumps(json.loads(frappe.as_json(doc.as_dict() | {"action": "forged"})))
        self.assert_refused(doc.name, lambda: client.set_value(DOCTYPE, doc.name, "action", "forged"))
        self.assert_refused(doc.name, lambda: client.save(changed))
        self.assert_refused(doc.name, lambda: client.delete(DOCTYPE, doc.name))
        self.assert_refused(doc.name, lambda: client.rename_doc(DOCTYPE, doc.name, "forged"))
        self.assertEqual(client.bulk_update(f"[{changed}]")["failed_docs"][0]["doc"]["name"], doc.name)
        self.assertEqual(self.stored(doc.name)["action"], "batch_generated")

    def test_an_association_administrator_may_read_and_nothing_else(self) -> None:
        from frappe import client

        doc = self.entry()
        self.an_association_administrator()
        self.assertEqual(client.get(DOCTYPE, doc.name)["name"], doc.name)
        denied = frappe.PermissionError
        self.assert_refused(doc.name, lambda: client.set_value(DOCTYPE, doc.name, "action", "x"), denied)
        self.assert_refused(doc.name, lambda: client.delete(DOCTYPE, doc.name), denied)
        self.assert_refused(doc.name, lambda: client.rename_doc(DOCTYPE, doc.name, "x"), denied)
        self.assert_refused(doc.name, lambda: client.insert(self.forged()), denied)

    def test_nobody_else_may_read(self) -> None:
        doc = self.entry()
        frappe.set_user("Guest")
        self.assertFalse(frappe.has_permission(DOCTYPE, "read", doc=doc))

    def test_a_deletion_is_refused_also_when_forced(self) -> None:
        doc = self.entry()
        self.assert_refused(doc.name, doc.delete)
        self.assert_refused(doc.name, lambda: self.delete_and_roll_back(doc.name, force=True))

    def delete_and_roll_back(self, name: str, **options: Any) -> None:
        """What a request does: a refusal after the statement is undone with the rest."""
        frappe.db.savepoint("attempt")
        try:
            frappe.delete_doc(DOCTYPE, name, ignore_permissions=True, **options)
        except frappe.ValidationError:
            frappe.db.rollback(save_point="attempt")
            raise

    def test_a_rename_is_refused_also_when_forced(self) -> None:
        doc = self.entry()
        self.assert_refused(doc.name, lambda: rename_doc(DOCTYPE, doc.name, "forged", force=True))
        self.assert_refused(doc.name, lambda: doc.rename("forged", force=True))

    def test_an_entry_by_hand_is_refused_even_to_the_administrator(self) -> None:
        from frappe import client

        before = frappe.db.count(DOCTYPE)
        with self.assertRaises(frappe.ValidationError):
            client.insert(self.forged())
        with self.assertRaises(frappe.ValidationError):
            frappe.get_doc(self.forged()).insert()
        self.assertEqual(frappe.db.count(DOCTYPE), before)

    def forged(self) -> dict[str, Any]:
        return {
            "doctype": DOCTYPE,
            "process_type": "Bank Submission",
            "action": "forged",
            "compliance_status": "Compliant",
        }

    def test_a_data_import_brings_nothing_in(self) -> None:
        from frappe.core.doctype.data_import.importer import Importer

        before = frappe.db.count(DOCTYPE)
        self.assertFalse(frappe.get_meta(DOCTYPE).allow_import)
        fields = [field for field in self.forged() if field != "doctype"]
        text = io.StringIO()
        csv.writer(text).writerows([fields, [self.forged()[field] for field in fields]])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "forged.csv")
            path.write_text(text.getvalue())
            with self.assertRaises(frappe.ValidationError):
                importer = Importer(
                    DOCTYPE, file_path=str(path), import_type="Insert New Records", console=True
                )
                for payload in importer.import_file.get_payloads_for_import():
                    importer.process_doc(payload.doc)
        self.assertEqual(frappe.db.count(DOCTYPE), before)

    def test_log_settings_cannot_take_it_up(self) -> None:
        settings = frappe.get_doc("Log Settings")
        settings.append("logs_to_clear", {"ref_doctype": DOCTYPE, "days": 1})
        settings.flags.ignore_permissions = True
        try:
            settings.validate()
        except frappe.ValidationError:
            return
        self.assertNotIn(DOCTYPE, [row.ref_doctype for row in settings.logs_to_clear])

    def test_the_database_refuses_what_goes_around_documents(self) -> None:
        doc = self.entry()
        frappe.db.commit()
        before = self.stored(doc.name)
        for attack in self.attacks(doc.name, [column for column in before if column != GUARD_COLUMN]):
            with self.assertRaises(Exception) as refused:
                attack()
            self.assertNotIsInstance(refused.exception, AssertionError)
            frappe.db.rollback()
            self.assertEqual(self.stored(doc.name), before)

    def attacks(self, name: str, columns: list[str]) -> list[Callable[[], Any]]:
        """Everything that changes or removes a row without asking a document."""
        table, all_columns = f"`tab{DOCTYPE}`", ", ".join(f"`{column}`" for column in columns)
        forged = all_columns.replace("`action`", "'forged'")
        statements = (
            f"DELETE FROM {table} WHERE name = %s",
            f"UPDATE {table} SET action = concat(action, ' ') WHERE name = %s",
            f"UPDATE {table} SET rule_id = action, action = NULL WHERE name = %s",
            f"REPLACE INTO {table} ({all_columns}) SELECT {forged} FROM {table} WHERE name = %s",
            f"INSERT INTO {table} ({all_columns}) SELECT {all_columns} FROM {table} r WHERE name = %s"
            " ON DUPLICATE KEY UPDATE action = 'forged'",
        )
        return [
            lambda: frappe.db.set_value(DOCTYPE, name, "action", "forged"),
            lambda: frappe.db.set_value(DOCTYPE, name, "details", "{}"),
            lambda: frappe.db.set_value(DOCTYPE, name, "creation", "2019-01-01 00:00:00"),
            lambda: frappe.db.delete(DOCTYPE, {"name": name}),
            lambda: frappe.delete_doc(DOCTYPE, name, force=True, ignore_on_trash=True),
            lambda: rename_doc(DOCTYPE, name, "audit-test-new", force=True),
            *(partial(frappe.db.sql, statement, name) for statement in statements),
            partial(frappe.db.sql_ddl, f"TRUNCATE TABLE {table}"),
            # PostgreSQL lets the owner of a table drop it, as AUDIT_TRAIL.md says
            *([partial(frappe.db.sql_ddl, f"DROP TABLE {table}")] if frappe.db.db_type == "mariadb" else []),
        ]


class TestEverydayLife(AuditTest):
    """Append-only must not break what people and Frappe do around an entry."""

    def test_it_can_be_commented_liked_and_tagged(self) -> None:
        from frappe.desk.doctype.tag.tag import add_tag
        from frappe.desk.like import toggle_like

        doc = self.entry()
        doc.add_comment("Comment", "looked at it")
        toggle_like(DOCTYPE, doc.name, "Yes")
        add_tag("seen", DOCTYPE, doc.name)
        self.assertIn("Administrator", self.stored(doc.name)["_liked_by"])

    def test_a_document_that_it_names_can_be_renamed_and_deleted(self) -> None:
        note = frappe.get_doc({"doctype": "Note", "title": frappe.generate_hash()}).insert()
        doc = SEPAAuditLog.log_sepa_event("Bank Submission", note, "file_sent")
        renamed = rename_doc("Note", note.name, f"audit-test-{note.name}", force=True)
        self.assertEqual(self.stored(doc.name)["reference_name"], renamed)
        frappe.delete_doc("Note", renamed)
        self.assertEqual(self.stored(doc.name)["entity_name"], f"Note/{note.name}")

    def test_it_has_the_indexes_of_its_queries(self) -> None:
        for fields in (
            "compliance_status_timestamp",
            "process_type_timestamp",
            "reference_doctype_reference_name",
        ):
            self.assertTrue(frappe.db.has_index(f"tab{DOCTYPE}", f"sepa_audit_log_{fields}"), fields)

    def test_only_reading_reporting_and_exporting_are_permitted(self) -> None:
        for permission in frappe.get_meta(DOCTYPE).permissions:
            granted = {right for right, given in permission.as_dict().items() if given == 1}
            self.assertEqual(granted & RIGHTS, {"read", "report", "export"}, permission.role)

    def test_the_desk_opens_its_list_and_form_but_offers_no_new_one(self) -> None:
        # with "read_only" the DocType would be missing here, and every address of it "not found"
        user = UserPermissions("Administrator")
        user.build_permissions()
        self.assertIn(DOCTYPE, user.can_read)
        self.assertNotIn(DOCTYPE, user.can_create + user.can_write + user.can_delete)


RIGHTS = {
    "read",
    "write",
    "create",
    "delete",
    "submit",
    "cancel",
    "amend",
    "report",
    "export",
    "import",
    "share",
}


class TestWriting(AuditTest):
    def test_an_entry_says_what_happened(self) -> None:
        doc = self.entry()
        self.assertEqual(doc.doctype, DOCTYPE)
        self.assertEqual((doc.process_type, doc.action), ("Batch Generation", "batch_generated"))
        self.assertEqual(doc.compliance_status, "Compliant")
        self.assertEqual(frappe.parse_json(doc.details), {"batch_size": 2})
        self.assertEqual((doc.user, len(doc.event_id)), ("Administrator", 32))
        self.assertTrue(doc.trace_id)

    def test_the_document_is_the_one_that_is_stored(self) -> None:
        doc = SEPAAuditLog.log_mandate_creation("LID-1", MANDATE, IBAN, "ABNANL2A")
        read = frappe.get_doc(DOCTYPE, doc.name)
        self.assertTrue(is_box(read.details))
        self.assertEqual(self.details(doc.name), frappe.parse_json(doc.details))
        self.assertEqual({**doc.as_dict(), "details": ""}, {**read.as_dict(), "details": ""})
        self.assertEqual((type(doc), bool(doc.is_new()), doc.owner), (type(read), False, "Administrator"))
        self.assert_refused(doc.name, doc.save)

    def test_the_same_event_again_is_the_entry_that_is_there(self) -> None:
        site, event = WrittenHere(), ("Bank Submission", "Note", "audit-test-twice", "file_sent", "Compliant")
        first = record(site, *event, event_id="audit-test-twice")
        again = site.entry(record(WrittenHere(), *event, event_id="audit-test-twice"))
        self.assertEqual((again.name, again.as_dict()), (first, site.entry(first).as_dict()))
        self.assertEqual(len(self.rows()), 1)

    def test_it_costs_the_transaction_few_statements(self) -> None:
        """And two that set how MariaDB treats rows that were changed meanwhile, from 11.6.2 on."""
        expected = {"mariadb": STATEMENTS, "postgres": [STATEMENTS[0], *STATEMENTS[2:]]}
        self.entry()
        with statements() as asked:
            self.entry()
        words = [statement.split()[0].lower() for statement in asked]
        self.assertEqual([word for word in words if word != "set"], expected[frappe.db.db_type])
        self.assertIn(words.count("set"), (0, 2))

    def test_what_the_seal_covers_is_what_is_stored(self) -> None:
        about = (
            "Bank Submission",
            "Note<b>",
            "audit-test-<b>&",
            "sent <i>now</i>",
            "Compliant",
            {"a": "<b>"},
        )
        name = record(FrappeSite(), *about, event_id="<audit-test>", outcome={"batch": "<BATCH>"})
        stored = FrappeSite().get(DOCTYPE, name)
        self.assertNotIn("<", "".join(str(value) for value in stored.values()))
        self.assertEqual(row_mac(canonical_record(stored), newest_mac_key(FrappeSite())), stored["row_mac"])
        self.assertTrue(details_fit(*opened(FrappeSite(), [stored])))

    def test_a_name_that_is_taken_is_not_taken_for_the_event(self) -> None:
        taken = self.entry().name
        names = iter([taken, taken, "audit-test-new"])
        with mock.patch.object(frappe_appending, "time_ordered_name", lambda: next(names)):
            self.assertEqual(self.entry().name, "audit-test-new")
        self.assertEqual(len(self.rows()), 2)

    def test_it_belongs_to_the_user_who_did_it(self) -> None:
        self.an_association_administrator()
        stored = self.stored(self.entry().name)
        self.assertEqual((stored["owner"], stored["modified_by"], stored["actor"]), (USER, USER, USER))
        self.assertEqual(stored["creation"], stored["modified"])

    def test_the_trace_is_that_of_frappes_own_monitor(self) -> None:
        from frappe.monitor import Monitor, get_trace_id

        frappe.local.monitor = Monitor("job", method="audit-test", kwargs={})
        try:
            self.assertEqual(self.entry().trace_id, get_trace_id())
        finally:
            del frappe.local.monitor

    def test_an_iban_is_stored_masked_only(self) -> None:
        doc = SEPAAuditLog.log_mandate_creation(
            "LID-1", MANDATE, IBAN.lower(), "ABNANL2A", False, f"bad {IBAN}"
        )
        details = self.details(doc.name)
        self.assertEqual((details["iban"], details["error"]), ("NL91****4300", "bad NL91****4300"))
        self.assertEqual(doc.sensitive_data, 1)

    def test_what_other_code_inserts_is_completed_and_redacted_too(self) -> None:
        entry = {"doctype": DOCTYPE, "process_type": "Bank Submission", "action": f"sent {IBAN}"}
        doc = frappe.get_doc({**entry, "details": {"iban": IBAN, "sum": 25.0}})
        doc.insert(ignore_permissions=True)
        stored = self.stored(doc.name)
        self.assertEqual(stored["action"], "sent NL91****4300")
        self.assertEqual(self.details(doc.name), {"iban": "NL91****4300", "sum": "25.0"})
        self.assertEqual(stored["compliance_status"], "Pending Review")
        self.assertTrue(stored["event_id"] and stored["timestamp"] and stored["user"] and stored["trace_id"])

    def test_a_process_type_that_nobody_named_is_not_the_first_of_the_list(self) -> None:
        doc = frappe.get_doc({"doctype": DOCTYPE, "action": "sent"})
        with self.assertRaises(frappe.MandatoryError):
            doc.insert(ignore_permissions=True)

    def test_markup_quotes_and_emoji_are_stored_unchanged(self) -> None:
        note = "<script>alert('1')</script> & \"two\" \U0001f600"
        doc = SEPAAuditLog.log_sepa_event("Bank Submission", BATCH, "file_sent", {"note": note})
        self.assertEqual(self.details(doc.name), {"note": note})
        self.assertEqual(frappe.parse_json(doc.details), {"note": note})

    def test_it_never_commits_the_callers_work(self) -> None:
        frappe.get_doc({"doctype": "Note", "title": "audit-test-half-done"}).insert()
        SEPAAuditLog.log_mandate_creation("LID-1", MANDATE, IBAN, None, False, "no")
        frappe.db.rollback()
        self.assertFalse(frappe.db.exists("Note", {"title": "audit-test-half-done"}))

    def test_a_success_goes_with_its_transaction(self) -> None:
        self.entry()
        frappe.db.rollback()
        self.assertEqual(self.rows(), [])

    def test_a_failure_survives_the_rollback_of_its_transaction_once(self) -> None:
        SEPAAuditLog.log_batch_generation(BATCH, success=False, error_msg="no creditor id")
        SEPAAuditLog.log_payment_processing(dict(BATCH, name="audit-test-2"), success=False)
        frappe.db.rollback()
        frappe.db.rollback()
        self.assertEqual(
            sorted(row["action"] for row in self.rows()), ["batch_generation_failed", "processing_failed"]
        )
        self.assertEqual(self.waiting(), [])

    def test_a_failure_does_not_take_the_rollback_of_others_away(self) -> None:
        called = []
        FrappeSite().after_rollback(lambda: called.append("before"))
        SEPAAuditLog.log_batch_generation(BATCH, success=False)
        FrappeSite().after_rollback(lambda: called.append("after"))
        frappe.db.rollback()
        self.assertEqual(sorted(called), ["after", "before"])
        self.assertEqual(len(self.rows()), 1)

    def test_a_failure_survives_a_savepoint_by_the_next_replay(self) -> None:
        site = LaterSite()
        spool.replay(site)  # what other tests left behind is no part of this one
        frappe.db.savepoint("business")
        SEPAAuditLog.log_batch_generation(BATCH, success=False)
        frappe.db.rollback(save_point="business")
        frappe.db.commit()
        self.assertEqual(self.rows(), [])
        self.assertEqual(spool.replay(site).written, 1)
        self.assertEqual([row["action"] for row in self.rows()], ["batch_generation_failed"])

    def test_a_committed_failure_is_not_brought_in_again(self) -> None:
        spool.replay(LaterSite())  # what other tests left behind is no part of this one
        SEPAAuditLog.log_batch_generation(BATCH, success=False)
        frappe.db.commit()
        self.assertEqual(spool.replay(LaterSite()).already_there, 1)
        self.assertEqual(len(self.rows()), 1)

    def test_an_event_that_the_database_refuses_breaks_nothing_and_waits(self) -> None:
        frappe.get_doc({"doctype": "Note", "title": "audit-test-business"}).insert()
        self.assertIsNone(SEPAAuditLog.log_sepa_event("Gardening", BATCH, "weeded"))
        self.assertTrue(frappe.db.exists("Note", {"title": "audit-test-business"}))
        self.assertEqual(len(self.waiting()), 1)


STATEMENTS = ["savepoint", "insert", "insert", "release"]
"""The row and on MariaDB its guard; the savepoint keeps one from being there without the other."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that goes to the database meanwhile."""
    asked: list[str] = []
    ask = frappe.db.sql

    def noted(query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(str(query))
        return ask(query, *args, **kwargs)

    with mock.patch.object(frappe.db, "sql", noted):
        yield asked


class LaterSite(FrappeSite):
    """The site as it is five minutes from now."""

    def now(self) -> Any:
        return super().now() + timedelta(minutes=5)
