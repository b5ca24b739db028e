"""Processes that put the days of the history together at once lose nothing and count nothing twice."""

from __future__ import annotations

import frappe

from verenigingen.tests.support import rolling
from verenigingen.tests.support.support import SiteTest
from verenigingen.tests.support.worker import at, begin
from vuurtoren.metrics.history.rows import DOCTYPE


class TestTwoWriters(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)
        rolling.fill(self.site)

    def forget(self) -> None:
        frappe.db.rollback()
        frappe.db.delete(DOCTYPE)
        frappe.db.commit()

    def test_two_processes_put_the_same_days_together(self) -> None:
        workers = [begin(lambda: rolling.put_together(self.site)) for _ in range(2)]
        for worker in workers:
            worker.end()
        self.assertEqual(rolling.wrong(self.site, late=False), [])

    def test_what_arrives_meanwhile_is_in_the_hours_and_days_once(self) -> None:
        work = (rolling.put_together, rolling.arrive_late, rolling.put_together)
        workers = [begin(lambda each=each: each(self.site)) for each in work]
        for worker in workers:
            worker.end()
        self.assertEqual(rolling.wrong(self.site, late=True), [])

    def test_one_that_dies_beside_another_leaves_nothing_half_done(self) -> None:
        for step in (1, 4, 7):
            with self.subTest(step=step):
                self.forget()
                rolling.fill(self.site)
                other = begin(lambda: rolling.put_together(self.site))
                begin(lambda: rolling.put_together(self.site), at(step)).end()
                other.end()
                self.assertEqual(rolling.wrong(self.site, late=False), [])
