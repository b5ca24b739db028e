"""No event is lost between writers that commit late and a sealer that never stops."""

from __future__ import annotations

import frappe

from verenigingen.tests.support.audit_soak import PREFIX, soak
from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest
from vuurtoren.audit.seals.keys import ensure_keys


class TestSoak(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        ensure_keys(self.site)
        frappe.db.commit()
        self.addCleanup(clear_trail, {"event_id": ("like", f"{PREFIX}%")})

    def test_late_commits_beside_a_sealer_lose_no_event_and_make_the_reference_tree(self) -> None:
        done = soak(frappe.local.site, 120, 4, late_share=0.3, whole_share=0.5)
        self.assertGreater(done.late, 0)
        self.assertEqual((done.written, done.sealed, done.lost, done.refused), (120, 120, 0, 0))
        self.assertTrue(done.as_the_reference)
        self.assertFalse(done.tampered)
