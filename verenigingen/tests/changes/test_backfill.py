"""The past counted back from Frappe's own logs, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren.analytics.backfill.backfilling import JOB, backfill, rests_on
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.rows import DOCTYPE

METRIC = "logins.failed_last_day"


class TestBackfill(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)

    def forget(self) -> None:
        frappe.db.rollback()
        frappe.db.delete("Activity Log", {"subject": "backfill-test"})
        frappe.db.delete(DOCTYPE)
        frappe.db.delete("Monitoring Run", {"name": JOB})
        frappe.db.commit()

    def test_refused_log_ins_of_the_past_are_counted_once(self) -> None:
        now = self.site.now()
        for hours in (30, 40, 300):
            at = now - timedelta(hours=hours)
            self.site.insert(
                "Activity Log",
                {
                    "subject": "backfill-test",
                    "operation": "Login",
                    "status": "Failed",
                    "creation": at,
                    "modified": at,
                },
            )
        self.site.commit()
        self.assertIn(METRIC, [past.metric for past in backfill(self.site).past])
        told = dict(history.read(self.site, METRIC, now - timedelta(days=30)))
        for at, number in list(told.items())[::20]:
            since = {"creation": [(">=", at - timedelta(days=1)), ("<", at)]}
            wanted = {"operation": "Login", "status": "Failed", **since}
            self.assertEqual(number, self.site.count("Activity Log", wanted))
        self.assertEqual(rests_on(self.site, METRIC).logs, ("Activity Log",))
        self.assertNotIn(METRIC, [past.metric for past in backfill(self.site).past])
