"""Somebody else holds what the monitor needs: it names that, and the next tick does what was left."""

from __future__ import annotations

import threading
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import frappe

from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.patience import TEST_SECONDS, happened, joined, until
from verenigingen.utils.alert_manager import run_tick
from vuurtoren.frappe_adapter import compat

TITLE = "lock test"
STATE, ALERT, NOTIFICATION = "tabAlert Rule State", "tabSystem Alert", "tabAlert Notification"
LONG_ENOUGH = 61
"""After so many minutes the state of a rule is written again although it says the same."""
HEAVY = 300
"""A transaction with so many changes is not the one that the server gives up to end a deadlock."""


def elsewhere(work: Callable[[], None]) -> threading.Thread:
    """Work of another process on this site, in a thread with a connection of its own."""
    site = frappe.local.site

    def run() -> None:
        frappe.init(site)
        frappe.connect()
        try:
            work()
        finally:
            frappe.db.rollback()
            frappe.destroy()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def held(table: str, name: str) -> bool:
    """Whether somebody else holds this row now."""
    with compat.own_connection():
        try:
            frappe.db.sql(f"SELECT name FROM `{table}` WHERE name = %s FOR UPDATE NOWAIT", (name,))
        except frappe.QueryTimeoutError:
            return True
    return False


class TestLocks(DeliveryTest):
    def setUp(self) -> None:
        if frappe.db.db_type != "mariadb":
            raise unittest.SkipTest("the other holder is written for MariaDB")
        super().setUp()
        for number in range(20):
            self.site.log_error(f"{TITLE} {number}", "ValueError: x")
        frappe.db.commit()

    def forget(self) -> None:
        super().forget()
        frappe.db.delete("Error Log", {"method": ("like", f"{TITLE}%")})
        frappe.db.commit()

    @contextmanager
    def impatient(self) -> Iterator[None]:
        frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 1")
        try:
            yield
        finally:
            frappe.db.rollback()
            frappe.db.sql("SET SESSION innodb_lock_wait_timeout = DEFAULT")

    @contextmanager
    def holding(self, statement: str, *values: object) -> Iterator[None]:
        took, over = threading.Event(), threading.Event()

        def hold() -> None:
            try:
                frappe.db.sql(statement, values)
            finally:
                took.set()
            happened(over, "the end of what is done meanwhile", TEST_SECONDS)

        thread = elsewhere(hold)
        happened(took, "another one who holds the lock")
        try:
            yield
        finally:
            over.set()
            joined([thread])

    def tick(self) -> tuple[str, str]:
        run_tick()
        frappe.db.rollback()
        row = frappe.db.get_value("Monitoring Run", "tick", ["status", "error"], as_dict=True)
        return row.status, row.error or ""

    def told(self) -> list[int]:
        """How many messages each open alert about errors has had."""
        names = frappe.get_all("System Alert", {"rule": "error_rate_hourly"}, pluck="name")
        return [self.messages(name) for name in names]

    def messages(self, name: str) -> int:
        """How often the alert was handed to the mail, alone or among others in a summary."""
        taken = {"alert": name, "channel": "email", "handed_over_at": ("is", "set")}
        return frappe.db.count("Alert Delivery", taken)

    def test_a_lock_that_is_not_let_go_is_named_and_the_next_tick_does_what_was_left(self) -> None:
        self.tick()
        self.age(minutes=LONG_ENOUGH)
        with self.impatient(), self.holding(f"SELECT name FROM `{STATE}` FOR UPDATE"):
            status, error = self.tick()
        self.assertEqual(status, "Failed")
        self.assertIn("judging: Busy", error)
        self.age(minutes=4)
        self.assertEqual((self.tick()[0], self.told()), ("Succeeded", [1]))

    def test_a_locked_alert_is_told_all_the_same(self) -> None:
        name = self.event()
        with self.impatient(), self.holding(f"SELECT name FROM `{ALERT}` WHERE name = %s FOR UPDATE", name):
            status, error = self.tick()
        self.assertEqual((status, error, self.messages(name)), ("Succeeded", "", 1))

    def test_a_locked_notification_is_told_by_the_next_tick_and_once(self) -> None:
        name = self.event()
        mine = f"SELECT name FROM `{NOTIFICATION}` WHERE alert = %s FOR UPDATE"
        with self.impatient(), self.holding(mine, name):
            status, error = self.tick()
        self.assertEqual((status, self.queued(name)), ("Failed", "None"))
        self.assertIn("telling: Busy", error)
        self.age(minutes=4)
        self.assertEqual(self.tick()[0], "Succeeded")
        self.assertEqual(self.messages(name), 1)

    def test_a_deadlock_undoes_one_rule_and_the_next_tick_goes_on(self) -> None:
        self.tick()
        self.age(minutes=LONG_ENOUGH)
        alert = frappe.db.get_value("System Alert", {"rule": "error_rate_hourly"}, "name")
        ready, ended = threading.Event(), threading.Event()

        def cross() -> None:
            """Hold the alert, wait until the tick holds the state of its rule, and want that too."""
            try:
                rows = [(f"{TITLE} {number}", f"{TITLE} {number}") for number in range(HEAVY)]
                frappe.db.bulk_insert("Monitoring Run", ["name", "job"], rows)
                frappe.db.sql(f"SELECT name FROM `{ALERT}` WHERE name = %s FOR UPDATE", (alert,))
            finally:
                ready.set()
            until(lambda: ended.is_set() or held(STATE, "error_rate_hourly"), "the tick's lock on its rule")
            with suppress(frappe.QueryDeadlockError):
                frappe.db.sql(f"SELECT name FROM `{STATE}` WHERE name = 'error_rate_hourly' FOR UPDATE")

        thread = elsewhere(cross)
        happened(ready, "another one who holds the alert")
        try:
            status, error = self.tick()
        finally:
            ended.set()
            joined([thread])
        self.assertEqual(status, "Failed")
        self.assertIn("rolled everything back", error)
        self.age(minutes=4)
        self.assertEqual((self.tick()[0], self.told()), ("Succeeded", [1]))
