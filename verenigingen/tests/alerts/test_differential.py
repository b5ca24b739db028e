"""Two, four and eight evaluators with a connection each store and tell what one does, on this database."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Lock
from typing import Any

import frappe

from verenigingen.tests.support.patience import SECONDS, results
from verenigingen.tests.support.random_watch import (
    MARK,
    Seen,
    Watch,
    random_watch,
    see,
)
from verenigingen.tests.support.support import SiteTest
from vuurtoren import failures
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.errors import TransactionLost
from vuurtoren.site.values import Mail, MailReceipt, MailState

EVALUATORS = (2, 4, 8)
WATCHES = int(os.environ.get("RANDOM_WATCHES", "2"))
START = datetime(2026, 11, 4, 10, 0)
FOLLOWERS = ("Alert Notification", "Alert Delivery", "Alert Step", "Alert Comment")


class WatchedSite(FrappeSite):
    """This site with a clock that the test moves and a letter box in place of the Email Queue."""

    def __init__(self, place: BenchPlace) -> None:
        super().__init__()
        self.place = place

    def now(self) -> datetime:
        return self.place.moment

    def conf(self, key: str, default: Any = None) -> Any:
        recipients = ["beheer@vereniging.example"]
        return recipients if key == "alert_recipients" else super().conf(key, default)

    def mail(self) -> MailState:
        return MailState("monitor@vereniging.example", "", "", "")

    def sendmail(self, mail: Mail) -> MailReceipt:
        with self.place.box:
            self.place.sent.append(mail)
        return MailReceipt("outbox", "message")


class BenchPlace:
    """Threads with a connection each to the site of this test."""

    def __init__(self, evaluators: int, pool: ThreadPoolExecutor) -> None:
        self.moment, self.sent, self.box = START, list[Mail](), Lock()
        self.evaluators, self.pool, self.name = evaluators, pool, frappe.local.site
        self.site = WatchedSite(self)

    def move(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)

    def at_once(self, work: Callable[[WatchedSite], None]) -> None:
        frappe.db.commit()
        together = Barrier(self.evaluators)
        results([self.pool.submit(self._one, together, work) for _ in range(self.evaluators)])
        frappe.db.commit()

    def _one(self, together: Barrier, work: Callable[[WatchedSite], None]) -> None:
        frappe.init(site=self.name)
        frappe.connect()
        try:
            together.wait(SECONDS)
            self._to_its_end(work)
        finally:
            frappe.db.rollback()
            frappe.destroy()

    def _to_its_end(self, work: Callable[[WatchedSite], None]) -> None:
        """In a deadlock the database undoes all but one: the others begin again, as their next tick would."""
        for others in reversed(range(self.evaluators)):
            try:
                return work(WatchedSite(self))
            except TransactionLost:
                frappe.db.rollback()
                if not others:
                    raise


class TestDifferential(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        failures.LOUD = True
        self.addCleanup(self.take_out)
        self.take_out()

    def take_out(self) -> None:
        failures.LOUD = False
        frappe.db.rollback()
        names = frappe.get_all("System Alert", {"rule": ("like", f"{MARK}%")}, pluck="name")
        for doctype in FOLLOWERS:
            if names and frappe.db.exists("DocType", doctype):
                frappe.db.delete(doctype, {"alert": ("in", names)})
        for doctype in ("System Alert", "Alert Rule State"):
            frappe.db.delete(doctype, {"rule": ("like", f"{MARK}%")})
        frappe.db.commit()

    def seen_by(self, evaluators: int, watch: Watch) -> Seen:
        self.take_out()
        failures.LOUD = True
        with ThreadPoolExecutor(evaluators) as pool:
            return see(BenchPlace(evaluators, pool), watch)

    def test_several_evaluators_store_and_tell_what_one_does(self) -> None:
        for seed in range(WATCHES):
            watch = random_watch(seed, rules=3, labels=4, ticks=8)
            alone = self.seen_by(1, watch)
            self.assertTrue(alone.alerts and alone.messages)
            for evaluators in EVALUATORS:
                with self.subTest(seed=seed, evaluators=evaluators):
                    self.assertEqual(vars(self.seen_by(evaluators, watch)), vars(alone))
