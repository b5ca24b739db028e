"""Days of the clock: it stood still for days, went back, or was changed by law."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from unittest.mock import patch

import frappe

from verenigingen.tests.contracts.clock_contract import RULE, ClockContract
from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.support import forget_errors, live_in
from verenigingen.utils.alert_manager import run_tick
from vuurtoren.health import liveness

TITLE = "clock test"
AMSTERDAM = "Europe/Amsterdam"
STEP = timedelta(minutes=20)


@contextmanager
def frozen(at_utc: datetime) -> Iterator[None]:
    """Time stands still; freezegun alone would forget in which pass of a repeated hour it stands."""
    from freezegun import api, freeze_time

    made = api.datetime_to_fakedatetime
    keeping = patch.object(api, "datetime_to_fakedatetime", lambda real: made(real).replace(fold=real.fold))
    with keeping, freeze_time(at_utc, ignore=["vuurtoren.site.site_time"]):
        yield


class ClockTest(DeliveryTest):
    def forget(self) -> None:
        super().forget()
        forget_errors()

    def errors(self) -> None:
        for number in range(20):
            self.site.log_error(f"{TITLE} {number}", "ValueError: x")
        frappe.db.rollback()

    def no_more_errors(self) -> None:
        forget_errors()

    def tick(self) -> None:
        run_tick()
        frappe.db.rollback()
        row = frappe.db.get_value("Monitoring Run", "tick", ["status", "error"], as_dict=True)
        self.assertEqual((row.status, row.error or ""), ("Succeeded", ""))

    def mails_about(self, alert: str) -> int:
        frappe.db.rollback()
        return int(frappe.db.count("Email Queue", {"reference_name": alert}))


class TestTimeThatPassed(ClockTest, ClockContract):
    """The contract, with Frappe's jobs, log and queue of mail."""


class TestNightsOfTheClockChange(ClockTest):
    @classmethod
    def setUpClass(cls) -> None:
        if not find_spec("freezegun"):
            raise unittest.SkipTest("freezegun comes with Frappe's development requirements")
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        self.zone = frappe.db.get_single_value("System Settings", "time_zone")
        self.addCleanup(live_in, self.zone)
        live_in(AMSTERDAM)
        self.assertEqual(self.site.time_zone(), AMSTERDAM)

    def night(self, begins_utc: datetime, *, with_errors: bool) -> None:
        """Ticks from an hour before the change until two hours after it."""
        for number in range(10):
            with frozen(begins_utc + number * STEP):
                if with_errors and number == 0:
                    self.errors()
                    frappe.db.commit()
                if with_errors:
                    self.keep_errors_fresh()
                self.tick()
                self.assertEqual(liveness.health(self.site, details=False)["status"], "ok")

    def told_of_errors(self) -> list[int]:
        frappe.db.rollback()
        alerts = frappe.get_all("System Alert", {"rule": RULE}, pluck="name")
        return [self.mails_about(name) for name in alerts]

    def keep_errors_fresh(self) -> None:
        now = self.site.now()
        fresh = {"creation": now, "modified": now}
        for name in frappe.get_all("Error Log", {"method": ("like", f"{TITLE}%")}, pluck="name"):
            self.site.update("Error Log", str(name), fresh)
        self.site.commit()

    def test_a_quiet_night_stays_quiet_and_a_standing_alert_is_told_once(self) -> None:
        for change_utc in (datetime(2026, 10, 25, 1), datetime(2027, 3, 28, 1)):
            for with_errors in (False, True):
                with self.subTest(change_utc=change_utc, with_errors=with_errors):
                    self.forget()
                    self.night(change_utc - 3 * STEP, with_errors=with_errors)
                    self.assertEqual(self.told_of_errors(), [1] if with_errors else [])

    def test_a_time_that_the_clock_shows_twice_comes_back_as_the_one_that_it_was(self) -> None:
        for minutes in (-30, 30):
            began_utc = datetime(2026, 10, 25, 1) + timedelta(minutes=minutes)
            with frozen(began_utc):
                name = self.event(f"at {minutes}")
            with frozen(began_utc + timedelta(minutes=75)):
                (row,) = self.site.get_all("System Alert", ["timestamp"], {"name": name})
                self.assertEqual(f"{row['timestamp']:%H:%M}", "02:30")
                passed = self.site.now() - row["timestamp"]
                # the last digit of a stored time says in which pass it was
                self.assertLessEqual(abs(passed - timedelta(minutes=75)), timedelta(microseconds=1))

    def test_a_window_that_begins_in_the_repeated_hour_loses_nothing(self) -> None:
        wanted = {"method": ("in", [f"{TITLE} {number}" for number in range(20)])}
        for minutes in (-20, 10):
            with frozen(datetime(2026, 10, 25, 1) + timedelta(minutes=minutes)):
                self.errors()
        with frozen(datetime(2026, 10, 25, 1, 30)):
            since = self.site.now() - timedelta(hours=1)
            self.assertEqual(self.site.count("Error Log", wanted | {"creation": (">=", since)}), 40)
