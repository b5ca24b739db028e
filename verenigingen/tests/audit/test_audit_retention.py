"""Prune and erase in a bench, as typed: two people, an archive, and a trail that still verifies."""

from __future__ import annotations

import frappe

from verenigingen.tests.contracts.retention_contract import COMMITTEE, TREASURER, RetentionContract
from verenigingen.tests.support.audit_support import only_trail
from verenigingen.tests.support.support import SiteTest, bench
from verenigingen.tests.support.visitor import make_user
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.frappe_adapter import compat


class TestRetention(SiteTest, RetentionContract):
    """On a trail of its own: whatever the site's log held is taken away first."""

    def setUp(self) -> None:
        super().setUp()
        only_trail(self, TREASURER, COMMITTEE)
        make_user(TREASURER, "Inbox User")
        make_user(COMMITTEE, "Kascommissie")

    def typed(self, *arguments: str) -> tuple[int, str]:
        frappe.db.commit()
        done = bench("monitoring", "audit", *arguments)
        frappe.db.rollback()
        return done.returncode, done.stdout + done.stderr[-2000:]

    def is_kept(self, event: str) -> None:
        with self.assertRaises(compat.database_error()):
            frappe.db.delete(LOG, {"event_id": event})
        frappe.db.rollback()
