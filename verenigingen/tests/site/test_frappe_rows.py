"""Rows in a real database: who wins, what is refused, and what a refusal leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe

from verenigingen.tests.support.support import SiteTest, read_only_connection
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter import packed as frappe_packed
from vuurtoren.frappe_adapter.rows import Table, translated
from vuurtoren.site.errors import AlreadyExists, ReadOnly, TransactionLost, UnknownDocType
from vuurtoren.site.markup import without_markup

JOB = "rows-test"


class TestFrappeRows(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self._remove()
        self.addCleanup(self._remove)

    def _remove(self) -> None:
        frappe.db.rollback()
        frappe.db.delete("Monitoring Run", {"job": JOB})
        frappe.db.commit()

    def run_row(self, **values: Any) -> str:
        return self.site.insert("Monitoring Run", {"job": JOB, "status": "Running"} | values)

    def test_a_compare_and_swap_sees_what_another_connection_committed(self) -> None:
        name = self.run_row(version=1)
        self.site.commit()
        self.site.get("Monitoring Run", name)  # this transaction's snapshot begins here
        with compat.own_connection():
            self.assertTrue(self.site.update("Monitoring Run", name, {"version": 2}, expect={"version": 1}))
            self.site.commit()
        self.assertFalse(self.site.update("Monitoring Run", name, {"version": 2}, expect={"version": 1}))

    def test_a_name_that_another_connection_took_meanwhile_is_there_already(self) -> None:
        # of another table, or its locks keep the other connection out
        kept = self.site.insert("Note", {"title": JOB})
        self.site.get("Monitoring Run", JOB)  # this transaction's snapshot begins here
        with compat.own_connection():
            self.run_row()
        with self.assertRaises(AlreadyExists):
            self.run_row()
        self.assertTrue(self.site.get("Note", kept))

    def test_a_server_that_rolled_everything_back_is_told_from_one_that_is_busy(self) -> None:
        """As MariaDB does from 11.6.2 on with a write that is not ours, and before where it is asked to."""
        asked = "SHOW VARIABLES LIKE 'innodb_snapshot_isolation'"
        if frappe.db.db_type != "mariadb" or not frappe.db.sql(asked):
            self.skipTest("this server knows no such refusal")
        name = self.run_row(version=1)
        self.site.commit()
        frappe.db.sql("SET SESSION innodb_snapshot_isolation = 1")
        self.addCleanup(frappe.db.sql, "SET SESSION innodb_snapshot_isolation = DEFAULT")
        self.site.get("Monitoring Run", name)  # this transaction's snapshot begins here
        with compat.own_connection():
            self.site.update("Monitoring Run", name, {"version": 2})
        with self.assertRaises(TransactionLost), translated():
            frappe.db.sql("UPDATE `tabMonitoring Run` SET version = 3 WHERE name = %s", (name,))

    def test_no_text_of_our_own_is_markup_to_the_desk_however_it_is_written(self) -> None:
        text = "<img src=x onerror=alert(1)>"
        safe = without_markup(text)
        name = self.run_row(error=text)
        self.assertEqual(self.site.get("Monitoring Run", name)["error"], safe)
        self.site.update("Monitoring Run", name, {"error": f"again {text}"})
        self.assertEqual(self.site.get("Monitoring Run", name)["error"], f"again {safe}")
        self.site.insert_many("Error Kind", [{"name": JOB, "fingerprint": JOB, "example": text}])
        self.assertEqual(self.site.get("Error Kind", JOB)["example"], safe)

    def test_a_text_with_markup_is_found_by_the_text_that_was_written(self) -> None:
        name = self.run_row(holder="<worker>")
        self.assertEqual(self.site.count("Monitoring Run", {"job": JOB, "holder": "<worker>"}), 1)
        self.assertEqual(self.site.count("Monitoring Run", {"holder": ("in", ["<worker>"])}), 1)
        self.assertTrue(
            self.site.update("Monitoring Run", name, {"version": 2}, expect={"holder": "<worker>"})
        )

    def test_details_of_an_alert_are_json_without_markup(self) -> None:
        details = {"<b>cause": ["<img src=x onerror=alert(1)>"]}
        row = AlertManager().send_alert("TEST", "LOW", "<img src=x onerror=alert(1)>", details)
        assert row is not None, "an alert of nothing but markup is an alert"
        self.addCleanup(frappe.db.delete, "System Alert", {"name": row["name"]})
        self.assertNotIn("<", row["details"] + row["message"])
        self.assertEqual(frappe.parse_json(row["details"])["<b>cause"], details["<b>cause"])

    def test_a_refused_row_leaves_no_message_box_for_the_next_response(self) -> None:
        self.run_row()
        with self.assertRaises(AlreadyExists):
            self.run_row()
        self.assertEqual(frappe.local.message_log, [])

    def test_a_row_may_bring_its_own_times(self) -> None:
        long_ago = datetime(2020, 1, 2, 3, 4, 5)
        row = self.site.get("Monitoring Run", self.run_row(creation=long_ago))
        assert row is not None
        self.assertEqual((row["creation"], row["modified"]), (long_ago, long_ago))

    def test_a_row_about_a_document_that_is_gone_is_possible(self) -> None:
        values = {"alert_type": JOB, "severity": "LOW", "message": "x", "acknowledged_by": "gone@example.com"}
        name = self.site.insert("System Alert", values)
        self.assertEqual(self.site.get("System Alert", name)["acknowledged_by"], "gone@example.com")

    def test_a_name_is_text_even_where_frappe_numbers_its_rows(self) -> None:
        self.site.log_error("rows-test", "text")
        frappe.db.rollback()
        names = [row["name"] for row in self.site.get_all("Error Log", ["name"], {"method": "rows-test"})]
        self.assertEqual([type(name) for name in names], [str])
        self.assertEqual(self.site.count("Error Log", {"name": ("in", names)}), 1)
        self.assertEqual(self.site.get("Error Log", names[0])["method"], "rows-test")
        self.assertEqual(self.site.delete("Error Log", {"name": names[0]}, limit=5), 1)
        self.site.commit()

    def test_a_doctype_without_stored_rows_does_not_exist_for_the_monitor(self) -> None:
        self.assertFalse(self.site.has_doctype("RQ Job"))
        with self.assertRaises(UnknownDocType):
            self.site.count("RQ Job")

    def test_a_table_field_exists_but_has_no_column(self) -> None:
        self.assertTrue(self.site.has_field("Monitoring Settings", "rules"))
        self.assertFalse(self.site.has_field("Monitoring Settings", "section_rules"))

    def test_it_says_so_when_the_database_takes_no_writes(self) -> None:
        name = self.run_row()
        self.site.commit()
        with read_only_connection():
            with self.assertRaises(ReadOnly):
                self.site.update("Monitoring Run", name, {"version": 9})
            with self.assertRaises(ReadOnly):
                self.site.insert("Monitoring Run", {"job": JOB + "2", "status": "Running"})

    def test_a_packed_row_that_holds_no_number_where_one_belongs_is_read_another_way(self) -> None:
        table, fields = Table("Monitoring Run"), ["version", "holder"]
        self.assertEqual(
            frappe_packed.rows(table, fields, [("7\x1fa\x1f00",)]), [{"version": 7, "holder": "a"}]
        )
        for text in ("1abc\x1fa\x1f00", "7\x1fa\x1fb\x1f00", "", None):
            self.assertIsNone(frappe_packed.rows(table, fields, [(text,)]))
