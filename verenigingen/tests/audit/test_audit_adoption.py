"""In a bench: entries that another app wrote into the table are taken over on the first day, and once."""

from __future__ import annotations

from typing import Any

import frappe

from verenigingen import install
from verenigingen.tests.contracts.adoption_contract import COMMITTEE, TREASURER, AdoptionContract
from verenigingen.tests.support.audit_support import only_trail
from verenigingen.tests.support.support import SiteTest, bench, configured_for_all
from verenigingen.tests.support.visitor import make_user
from vuurtoren.audit.adoption.adopted import CONFIG_KEY, GIVEN_BACK
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.frappe_adapter import compat


class TestAdoption(SiteTest, AdoptionContract):
    """On a trail of its own, by an installation: whatever the site's log held is taken away first."""

    def setUp(self) -> None:
        super().setUp()
        given_back = configured_for_all(**{CONFIG_KEY: {"state": GIVEN_BACK}})
        given_back.__enter__()
        self.addCleanup(given_back.__exit__, None, None, None)
        only_trail(self, TREASURER, COMMITTEE)
        make_user(TREASURER, "Inbox User")
        make_user(COMMITTEE, "Kascommissie")

    def insert(self, row: dict[str, str]) -> None:
        columns, places = ", ".join(f"`{column}`" for column in row), ", ".join(["%s"] * len(row))
        frappe.db.sql(f"INSERT INTO `tab{LOG}` ({columns}) VALUES ({places})", tuple(row.values()))

    def set_past_everything(self, name: str, column: str, value: Any) -> None:
        with self.site.lift_guard(append_only_guard.GUARD, [name]):
            frappe.db.sql(f"UPDATE `tab{LOG}` SET `{column}` = %s WHERE name = %s", (value, name))

    def is_kept(self, name: str) -> None:
        with self.assertRaises(compat.database_error()):
            frappe.db.sql(f"UPDATE `tab{LOG}` SET details = '{{}}' WHERE name = %s", (name,))
        frappe.db.rollback()

    def take_over(self) -> None:
        install._take_over_older_entries(self.site)

    def command(self, by: str) -> str:
        done = bench("monitoring", "audit", "adopt", "--by", by)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-2000:])
        frappe.db.rollback()
        return done.stdout
