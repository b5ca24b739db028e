"""What nobody may see nobody may guess: no count, filter, order, template or permission tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

import frappe
from frappe.model.rename_doc import rename_doc
from jinja2.exceptions import SecurityError

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest
from verenigingen.tests.support.visitor import VisitedTest, Visitor, make_user, remove_user
from vuurtoren import carrier
from vuurtoren.audit.details.details_box import is_box, opened
from vuurtoren.audit.details.details_encryption import encrypt_older
from vuurtoren.audit.recording.recording import complete
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.canonical import sealed_values
from vuurtoren.audit.seals.keys import DETAILS_KEYS, newest_mac_key
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification.verification import verify

SECRET = "Geertruida-Xylofoon"
ABOUT = {"doctype": "Note", "name": "audit-hidden-1"}
MANAGER, OLD_NAME, NEW_NAME = (f"{who}@audit-hidden.example" for who in ("manager", "annie", "anna"))
RIGHT, WRONG = "%Xylo%", "%Zzzz%"


class HiddenTest(VisitedTest):
    manager: ClassVar[Visitor]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make_user(MANAGER, "System Manager")
        cls.visitors[MANAGER] = Visitor().sign_in(MANAGER)

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        # as the database does it: the last System Manager cannot be deleted as others can
        frappe.db.delete("Has Role", {"parent": MANAGER})
        frappe.db.delete("User", {"name": MANAGER})
        frappe.db.commit()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)
        details = {"member": SECRET, "sensitive_data": 1}
        self.name = str(log_sepa_event(self.site, "Bank Submission", ABOUT, "sent", details))
        frappe.db.commit()

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_name": ("like", "audit-hidden-%")})
        clear_trail({"reference_name": self.name})

    def ask(self, user: str, path: str, **asked: Any) -> tuple[int, str]:
        """What an address answers: the status, and the text where there is one to learn from."""
        if path.startswith("JSON "):
            answer = self.visitors[user].send(path.removeprefix("JSON "), asked)
            return answer.status_code, answer.get_data(as_text=True) if answer.status_code == 200 else ""
        given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()}
        answer = self.visitors[user].get(f"{path}?{urlencode(given)}")
        return answer.status_code, answer.get_data(as_text=True) if answer.status_code == 200 else ""


def questions(doctype: str, column: str, guess: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address that takes a DocType and a filter, or orders by a column."""
    rows, one = [[doctype, column, "like", guess]], {column: ["like", guess]}
    card = {"document_type": doctype, "function": "Count", "aggregate_function_based_on": "", "name": "x"}
    method = "/api/method/"
    for name in ("frappe.client.get_count", "frappe.desk.reportview.get_count", "frappe.client.get_list"):
        for filters in (rows, one):
            yield method + name, {"doctype": doctype, "filters": filters}
    grouped = {"doctype": doctype, "fields": ["count(name) as n"], "filters": rows, "group_by": column}
    yield method + "frappe.client.get_list", grouped
    yield method + "frappe.desk.reportview.get", grouped | {"fields": ["name"], "order_by": f"{column} desc"}
    yield (
        method + "frappe.desk.reportview.get_list",
        {"doctype": doctype, "fields": ["name"], "filters": rows},
    )
    yield method + "frappe.client.get_value", {"doctype": doctype, "fieldname": "name", "filters": one}
    yield method + "frappe.client.get_value", {"doctype": doctype, "fieldname": column, "filters": one}
    yield method + "frappe.client.get", {"doctype": doctype, "filters": one}
    group = {"doctype": doctype, "current_filters": rows, "field": "process_type"}
    yield method + "frappe.desk.listview.get_group_by_count", group
    for search in ("search_link", "search_widget"):
        asked = {"doctype": doctype, "txt": "", "filters": one, "searchfield": "name"}
        yield method + f"frappe.desk.search.{search}", asked
    yield (
        method + "frappe.desk.search.search_widget",
        {"doctype": doctype, "txt": guess, "searchfield": column},
    )
    yield method + "frappe.www.list.get", {"doctype": doctype, "txt": guess.strip("%")}
    yield (
        method + "frappe.www.list.get_list_data",
        {"doctype": doctype, "txt": guess.strip("%"), column: guess},
    )
    result = "frappe.desk.doctype.number_card.number_card.get_result"
    yield method + result, {"doc": card, "filters": rows}
    tree = {"doctype": doctype, "parent": "", "filters": one}
    yield method + "frappe.desk.treeview.get_children", tree
    nearby = {"doctype": doctype, "value": "0", "prev": "0", "filters": rows, "sort_field": column}
    yield method + "frappe.desk.form.utils.get_next", nearby
    # a body of JSON may hold a filter where a name belongs
    for name, key in (
        ("frappe.client.get", "name"),
        ("frappe.client.delete", "name"),
        ("frappe.client.has_permission", "docname"),
        ("frappe.client.validate_link", "docname"),
        ("frappe.desk.form.load.getdoc", "name"),
        ("frappe.desk.form.load.get_docinfo", "name"),
        ("run_doc_method", "dn"),
    ):
        yield "JSON " + method + name, {"doctype": doctype, "dt": doctype, key: one, "method": "as_dict"}
    yield f"/api/resource/{doctype}", {"filters": rows, "order_by": column}
    yield f"/api/v2/document/{doctype}", {"filters": rows}
    yield f"/api/v2/doctype/{doctype}/count", {"filters": rows}
    yield "/api/v2/method/frappe.client.get_count", {"doctype": doctype, "filters": rows}
    if doctype != "Note":
        joined = {"doctype": "Note", "filters": rows}
        yield method + "frappe.client.get_count", joined


class TestGuessing(HiddenTest):
    def test_who_may_not_read_learns_nothing_by_any_question(self) -> None:
        for user in (self.portal, "Guest"):
            for column, right in (("action", "%sent%"), ("actor", "%dministrato%"), ("details", "%encrypt%")):
                self._same_answers(user, column, right)

    def test_who_may_read_learns_nothing_of_hidden_columns(self) -> None:
        (clear,) = opened(self.site, [self.site.get(LOG, self.name)])
        for user in (MANAGER, self.admin):
            self._same_answers(user, "details", RIGHT)
            self._same_answers(user, "details_salt", f"%{clear['details_salt'][:12]}%")

    def _same_answers(self, user: str, column: str, right: str) -> None:
        asked = zip(questions(LOG, column, right), questions(LOG, column, WRONG), strict=True)
        for (path, one), (_, other) in asked:
            with self.subTest(user=user, path=path, column=column):
                self.assertEqual(self.ask(user, path, **one), self.ask(user, path, **other))

    def test_no_doctype_of_this_app_is_counted_for_who_may_not_read_it(self) -> None:
        own = frappe.get_all("DocType", {"module": carrier.module_name()}, pluck="name")
        self.assertIn("SEPA Audit Anchor", own)
        for doctype in (*own, "Singles", "sepa audit log"):
            for user in (self.portal, "Guest"):
                for ask in ("get", "post"):
                    with self.subTest(doctype=doctype, user=user):
                        self.assertGreaterEqual(self.count(user, doctype, ask)[0], 400)

    def count(self, user: str, doctype: str, how: str = "get", **filters: Any) -> tuple[int, Any]:
        path, asked = (
            "/api/method/frappe.client.get_count",
            {"doctype": doctype, "filters": json.dumps(filters)},
        )
        visitor = self.visitors[user]
        answer = visitor.post(path, asked) if how == "post" else visitor.get(f"{path}?{urlencode(asked)}")
        return answer.status_code, (answer.get_json() or {}).get("message")

    def test_who_may_read_gets_the_count_and_others_count_what_is_not_ours_as_ever(self) -> None:
        # 16 as released asks itself for the permission, and for the parent of a child table
        none_or_refused = ((200, 0), (403, None))
        for user in (self.admin, MANAGER):
            self.assertEqual(self.count(user, LOG, reference_name=ABOUT["name"]), (200, 1))
            self.assertIn(self.count(user, "SEPA Audit Anchor", channel="nowhere"), none_or_refused)
        self.assertIn(self.count(self.portal, "Note", title="nothing of that name"), none_or_refused)


class TestOtherWays(HiddenTest):
    def test_the_table_holds_a_box_and_no_salt(self) -> None:
        row = frappe.db.get_value(LOG, self.name, ["details", "details_salt"], as_dict=True)
        self.assertTrue(is_box(row.details))
        self.assertIsNone(row.details_salt)
        (dump,) = frappe.db.sql(f"SELECT * FROM `tab{LOG}` WHERE name = %s", self.name)
        self.assertNotIn(SECRET, str(dump))

    def test_the_key_lies_in_the_configuration_and_not_in_the_database(self) -> None:
        self.assertEqual([len(key) for key in frappe.get_site_config()[DETAILS_KEYS]], [64])

    def test_a_document_a_template_and_a_print_format_get_the_box(self) -> None:
        document = frappe.get_doc(LOG, self.name)
        template = "{{ doc.details }} {{ frappe.get_doc(doc.doctype, doc.name).as_dict() }}"
        shown = frappe.render_template(template, {"doc": document})
        self.assertNotIn(SECRET, shown)
        self.assertNotIn(SECRET, document.as_json())

    def test_no_template_opens_or_exports(self) -> None:
        document = frappe.get_doc(LOG, self.name)
        for call in ("apply_fieldlevel_read_permissions()", "export('/tmp/never-made')", "search()"):
            with self.subTest(call=call), self.assertRaises((SecurityError, frappe.ValidationError)):
                frappe.render_template("{{ doc." + call + " }}", {"doc": document})
        self.assertNotIn(SECRET, str(document.as_dict()))

    def test_a_manager_does_not_export(self) -> None:
        document = frappe.get_doc(LOG, self.name)
        frappe.set_user(MANAGER)
        with self.assertRaises(frappe.PermissionError):
            document.export("/tmp/never-made")

    def test_permissions_and_properties_that_a_manager_changes_show_the_box(self) -> None:
        from frappe.custom.doctype.property_setter.property_setter import make_property_setter
        from frappe.permissions import add_permission, reset_perms

        self.addCleanup(frappe.clear_cache, doctype=LOG)
        self.addCleanup(frappe.db.commit)
        self.addCleanup(frappe.db.delete, "Property Setter", {"doc_type": LOG})
        self.addCleanup(reset_perms, LOG)
        add_permission(LOG, "System Manager", 1)
        make_property_setter(LOG, "details", "permlevel", "0", "Int")
        make_property_setter(LOG, "details", "hidden", "0", "Check")
        frappe.clear_cache(doctype=LOG)
        frappe.db.commit()
        fields = ["name", "details", "details_salt"]
        filters = {"name": self.name}
        asked = {"doctype": LOG, "fields": fields, "filters": filters}
        status, said = self.ask(MANAGER, "/api/method/frappe.client.get_list", **asked)
        self.assertEqual(status, 200)
        self.assertNotIn(SECRET, said)
        for path in (f"/api/resource/{LOG}/{self.name}", "/api/method/frappe.client.get"):
            status, said = self.ask(MANAGER, path, doctype=LOG, name=self.name)
            self.assertEqual(status, 200)
            self.assertNotIn(SECRET, said)


class TestOlderRows(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_name": ("like", "audit-hidden-%")})
        clear_trail({"action": ("in", ("details_encrypted", "user_renamed"))})

    def write_in_clear(self, number: int) -> str:
        told = {"process_type": "Bank Submission", "action": "sent", "reference_doctype": "Note"}
        about = {"reference_name": f"audit-hidden-{number}", "details": {"note": f"caf\u00e9 {number}"}}
        key = newest_mac_key(self.site)
        row = complete(self.site, told | about)
        return self.site.append(GUARD, row, lambda stored: {**stored, **sealed_values(stored, key)})

    def test_they_are_encrypted_under_the_guard_and_their_seals_stay(self) -> None:
        names = [self.write_in_clear(number) for number in range(5)]
        frappe.db.commit()
        seal(self.site)
        before = self.site.get_all(LOG, ["name", "creation", "modified", "row_mac"], {"name": ("in", names)},
                                   order_by="name")  # fmt: skip
        self.assertGreaterEqual(encrypt_older(self.site, anew=True).encrypted, 5)
        frappe.db.rollback()
        rows = self.site.get_all(LOG, ["event_id", "details", "details_salt"], {"name": ("in", names)})
        self.assertTrue(all(is_box(row["details"]) for row in rows))
        self.assertEqual({json.loads(row["details"])["note"] for row in opened(self.site, rows)},
                         {f"caf\u00e9 {number}" for number in range(5)})  # fmt: skip
        after = self.site.get_all(LOG, ["name", "creation", "modified", "row_mac"], {"name": ("in", names)},
                                  order_by="name")  # fmt: skip
        self.assertEqual(after, before)
        self.assertFalse(verify(self.site).tampered, verify(self.site).findings)
        self.assertEqual(append_only_guard.missing(self.site), "")
        with self.assertRaises(Exception):  # noqa: B017 - each database has a class of its own for it
            frappe.db.set_value(LOG, names[0], "details", "{}")
        frappe.db.rollback()


class TestRenamedUser(HiddenTest):
    def test_a_rename_is_an_entry_and_a_forged_user_is_found(self) -> None:
        self.addCleanup(remove_user, NEW_NAME)
        make_user(OLD_NAME, "System Manager")
        frappe.set_user(OLD_NAME)
        about = {"doctype": "Note", "name": "audit-hidden-2"}
        name = str(log_sepa_event(self.site, "Bank Submission", about, "sent"))
        frappe.set_user("Administrator")
        frappe.db.commit()
        rename_doc("User", OLD_NAME, NEW_NAME, force=True)
        frappe.db.commit()
        self.addCleanup(clear_trail, {"action": "user_renamed"})
        seal(self.site)
        shown = frappe.db.get_value(LOG, name, ["user", "owner", "actor"])
        self.assertEqual(tuple(shown), (NEW_NAME, NEW_NAME, OLD_NAME))
        result = verify(self.site)
        self.assertFalse(result.tampered, result.findings)
        self.assertIn(name, {finding.row for finding in result.of("renamed")})
        # nothing refuses this, as Frappe's own rename must be able to do it
        frappe.db.set_value(LOG, name, "user", "Guest", update_modified=False)
        frappe.db.commit()
        self.assertEqual([finding.row for finding in verify(self.site).of("row changed")], [name])
        document = frappe.get_doc(LOG, name)
        self.assertTrue(document.verified.startswith("No"), document.verified)
