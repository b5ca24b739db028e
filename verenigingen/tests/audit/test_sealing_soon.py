"""In a bench the seal follows the commit: one job at a time, through the real queue, never at its cost."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils.background_jobs import execute_job, get_queue

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.support import SiteTest, without_redis
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.tables import LEAF, LOG
from vuurtoren.frappe_adapter import jobs as frappe_jobs

BATCH = {"doctype": "Direct Debit Batch", "name": "audit-test-soon"}


class TestSealingSoon(SiteTest):
    """No worker of the bench may be at work: these tests count what waits and do it themselves."""

    def setUp(self) -> None:
        super().setUp()
        clear_trail({"reference_name": BATCH["name"]})
        self._empty()
        frappe.flags.in_test = False
        self.addCleanup(clear_trail, {"reference_name": BATCH["name"]})
        self.addCleanup(self._empty)
        self.addCleanup(setattr, frappe.flags, "in_test", True)

    def test_one_job_waits_however_many_events_and_transactions_there_are(self) -> None:
        for _ in range(3):
            self.event()
            self.event()
            frappe.db.commit()
        self.assertEqual(len(self.waiting()), 1)

    def test_the_job_seals_what_was_committed(self) -> None:
        self.event()
        frappe.db.commit()
        self.work()
        self.assertEqual(self.unsealed(), 0)
        self.assertEqual(frappe.db.count(LEAF), frappe.db.count(LOG))

    def test_a_commit_after_the_job_has_begun_asks_for_another(self) -> None:
        self.event()
        frappe.db.commit()
        self.work()
        self.event()
        frappe.db.commit()
        self.assertEqual(len(self.waiting()), 1)
        self.work()
        self.assertEqual(self.unsealed(), 0)

    def test_no_second_job_waits_when_the_cache_was_cleared(self) -> None:
        self.event()
        frappe.db.commit()
        frappe.cache().delete(frappe_jobs.key_of("asked", GUARD.then))
        self.event()
        frappe.db.commit()
        self.assertEqual(len(self.waiting()), 1)

    def test_a_transaction_that_is_rolled_back_asks_for_nothing(self) -> None:
        self.event()
        frappe.db.rollback()
        self.assertEqual(self.waiting(), [])

    def test_a_commit_without_an_event_asks_for_nothing(self) -> None:
        frappe.db.commit()
        self.assertEqual(self.waiting(), [])

    def test_a_dead_redis_breaks_no_commit(self) -> None:
        with without_redis():
            self.event()
            frappe.db.commit()
        self.assertEqual(frappe.db.count(LOG, {"reference_name": BATCH["name"]}), 1)
        self.assertEqual(self.waiting(), [])

    def event(self) -> None:
        log_sepa_event(self.site, "Batch Generation", BATCH, "made", {"compliance_status": "Compliant"})

    def unsealed(self) -> int:
        return len(self.site.get_unmatched(LOG, ["name"], "event_id", (LEAF, "event")))

    def waiting(self) -> list[Any]:
        jobs = [job for job in get_queue(frappe_jobs.QUEUE).jobs if job.kwargs["site"] == frappe.local.site]
        return [job for job in jobs if job.kwargs["method"] == frappe_jobs.run_path()]

    def work(self) -> None:
        """What a worker does with the job, in this process."""
        (job,) = self.waiting()
        get_queue(frappe_jobs.QUEUE).remove(job)
        job.delete()
        site = frappe.local.site
        try:
            execute_job(**job.kwargs)
        finally:
            frappe.init(site=site)
            frappe.connect()
            frappe.set_user("Administrator")
            frappe.flags.in_test = False

    def _empty(self) -> None:
        for job in self.waiting():
            get_queue(frappe_jobs.QUEUE).remove(job)
            job.delete()
        for what in ("asked", "job"):
            frappe.cache().delete(frappe_jobs.key_of(what, GUARD.then))
