"""Routines inside a bench: opened once, ticked on the page by who may, and by nobody else."""

from __future__ import annotations

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.routines import items, periods, routines
from vuurtoren.settings import settings


class RoutinesTest(SiteTest):
    EMPTIED = (routines.DOCTYPE,)

    def key(self, item: str) -> str:
        found = items.BY_KEY[("weekly", item)]
        return routines.name_of(found, periods.key("weekly", self.site.now().date()))

    def test_a_list_is_opened_once(self) -> None:
        chosen = settings.read(self.site)
        for routine, expected in (("daily", 4), ("weekly", 4), ("monthly", 4)):
            self.assertTrue(routines.open_period(self.site, chosen, routine))
            self.assertFalse(routines.open_period(self.site, chosen, routine))
            self.assertEqual(self.site.count(routines.DOCTYPE, {"routine": routine}), expected)

    def test_a_tick_keeps_who_and_when_and_is_taken_back(self) -> None:
        routines.open_period(self.site, settings.read(self.site), "weekly")
        routines.tick(self.site, self.key("trends"), "as ever")
        row = self.site.get(routines.DOCTYPE, self.key("trends"))
        self.assertEqual((row["done_by"], row["note"]), ("Administrator", "as ever"))
        self.assertIsNotNone(row["done_at"])
        with self.assertRaises(NotPossible):
            routines.tick(self.site, self.key("trends"))
        routines.untick(self.site, self.key("trends"))
        self.assertIsNone(self.site.get(routines.DOCTYPE, self.key("trends"))["done_at"])

    def test_nobody_writes_a_tick_in_the_desk(self) -> None:
        for role in frappe.get_meta(routines.DOCTYPE).permissions:
            self.assertFalse(role.write or role.create or role.delete)
        frappe.set_user("Guest")
        self.assertFalse(frappe.has_permission(routines.DOCTYPE, "read"))
