"""The embedded site's idea of Frappe's own DocTypes against the real ones."""

from __future__ import annotations

import json
import unittest

import frappe

from vuurtoren import carrier
from vuurtoren.site.schema import FRAPPE_FIELDS, load_schemas

ROW_STAMPS = {"creation", "modified", "parent"}
"""Which of them is indexed differs between the versions and the databases."""


class TestFrappeSchema(unittest.TestCase):
    def test_every_field_that_the_embedded_schema_names_exists_with_its_type(self) -> None:
        for doctype, described in json.loads(FRAPPE_FIELDS.read_text("utf-8")).items():
            meta = frappe.get_meta(doctype)
            self.assertEqual(bool(meta.istable), bool(described.get("child")), doctype)
            self.assertEqual(bool(meta.issingle), bool(described.get("single")), doctype)
            for fieldname, kind in described["fields"].items():
                with self.subTest(doctype=doctype, field=fieldname):
                    field = meta.get_field(fieldname)
                    self.assertIsNotNone(field, "no such field")
                    self.assertEqual(field.fieldtype, kind.split(" of ", 1)[0])

    def test_every_index_that_the_embedded_schema_names_exists(self) -> None:
        for doctype, described in json.loads(FRAPPE_FIELDS.read_text("utf-8")).items():
            for fieldname in described.get("indexed", ()):
                with self.subTest(doctype=doctype, field=fieldname):
                    self.assertIn(fieldname, _first_indexed_columns(doctype))

    def test_our_own_doctypes_are_installed_as_their_files_say(self) -> None:
        for doctype, schema in load_schemas().items():
            meta = frappe.get_meta(doctype)
            if meta.module != carrier.module_name():
                continue
            for field in schema.fields.values():
                with self.subTest(doctype=doctype, field=field.name):
                    self.assertIn(
                        field.name,
                        frappe.db.get_table_columns(doctype) if not schema.single else schema.fields,
                    )
                    if (field.unique or field.indexed) and not schema.single:
                        self.assertIn(field.name, _first_indexed_columns(doctype) | ROW_STAMPS)


def _first_indexed_columns(doctype: str) -> set[str]:
    if frappe.db.db_type == "mariadb":
        rows = frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}`", as_dict=True)
        return {row["Column_name"] for row in rows if row["Seq_in_index"] == 1}
    rows = frappe.db.sql("SELECT indexdef FROM pg_indexes WHERE tablename = %s", (f"tab{doctype}",))
    return {definition.split("(", 1)[1].split(",")[0].split(")")[0].strip('" ') for (definition,) in rows}
