"""What a fault touched is told to each reader as far as Frappe lets that reader read it."""

from __future__ import annotations

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren.analytics.reach.reach import Start, follow

READER = "verenigingen-reach@vereniging.example"


class TestReadingRights(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        if not frappe.db.exists("User", READER):
            made = {"doctype": "User", "email": READER, "first_name": "Reader", "send_welcome_email": 0}
            frappe.get_doc(made).insert(ignore_permissions=True)
        self.note = frappe.get_doc(
            {"doctype": "ToDo", "description": "reach", "allocated_to": "Administrator"}
        )
        self.note.insert(ignore_permissions=True)

    def test_the_administrator_reads_what_is_there(self) -> None:
        self.assertEqual(self.site.readable("ToDo", [self.note.name, "never"]), {self.note.name})

    def test_a_reader_sees_only_what_frappe_lets_them_see(self) -> None:
        frappe.set_user(READER)
        self.assertEqual(self.site.readable("ToDo", [self.note.name]), set())
        self.assertEqual(self.site.readable("Error Log", ["1"]), set())

    def test_what_is_not_readable_is_hidden_from_the_reach(self) -> None:
        start = Start(1, frozenset({("ToDo", str(self.note.name))}))
        self.assertEqual(follow(self.site, start).counted, {"ToDo": 1})
        frappe.set_user(READER)
        found = follow(self.site, start)
        self.assertEqual((found.counted, found.hidden), ({}, 1))
