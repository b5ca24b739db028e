"""Workers that are killed in the middle of a tick: nothing is lost and nothing is told twice."""

from __future__ import annotations

from itertools import count

import frappe

from verenigingen.alerts import outbox
from verenigingen.alerts.channels.desk import people
from verenigingen.tests.delivery_support import DeliveryTest
from verenigingen.tests.support import configured
from verenigingen.tests.worker import at, killed, once
from verenigingen.utils.alert_manager import run_tick

TITLE = "killed-worker test"


class TestKilledWorkers(DeliveryTest):
    def forget(self) -> None:
        super().forget()
        frappe.db.delete("Error Log", {"method": ("like", f"{TITLE}%")})
        frappe.db.commit()

    def told(self) -> dict[str, int]:
        """How many messages wait in the queue about each alert."""
        frappe.db.rollback()
        rows = frappe.get_all("Email Queue", ["reference_name"], {"reference_doctype": "System Alert"})
        names = [row.reference_name for row in rows]
        return {name: names.count(name) for name in names}

    def others_take_over(self) -> None:
        for _ in range(3):
            self.age(minutes=16)
            self.tell()

    def test_killed_around_any_commit_of_a_delivery_each_bell_rings_once(self) -> None:
        self.choose(channel_order="desk")
        for step in count(1):
            self.forget()
            names = [self.event(f"thing {number}") for number in range(2)]
            died = killed(self.tell, at(step))
            self.others_take_over()
            with self.subTest(step=step):
                for name in names:
                    self.assertEqual(self.rung_for(name), sorted(people(self.site)))
                self.assertEqual(self.state("desk"), ["Proven"] * 2)
            if not died:
                break
        self.assertGreater(step, 8)

    def test_killed_around_any_commit_of_a_delivery_each_mail_is_queued_once(self) -> None:
        for step in count(1):
            self.forget()
            names = [self.event(f"thing {number}") for number in range(2)]
            died = killed(self.tell, at(step))
            self.age(minutes=16)
            self.tell()
            with self.subTest(step=step):
                self.assertEqual(self.told(), dict.fromkeys(names, 1))
            if not died:
                break
        self.assertGreater(step, 8)

    def test_killed_around_any_commit_while_mail_is_refused_the_bell_rings_once(self) -> None:
        for step in count(1):
            self.forget()
            names = [self.event(f"thing {number}") for number in range(2)]
            with configured(mute_emails=1):
                died = killed(self.tell, at(step))
                self.others_take_over()
            with self.subTest(step=step):
                for name in names:
                    self.assertEqual(self.rung_for(name), sorted(people(self.site)))
            if not died:
                break
        self.assertGreater(step, 8)

    def test_killed_between_transition_and_delivery_the_next_tick_tells(self) -> None:
        for number in range(20):
            self.site.log_error(f"{TITLE} {number}", "ValueError: x")
        self.assertTrue(killed(run_tick, once(lambda: frappe.db.count("System Alert"))))
        self.assertEqual(self.told(), {})
        self.age(minutes=16)
        run_tick()
        frappe.db.rollback()
        names = frappe.get_all("System Alert", pluck="name")
        self.assertEqual(self.told(), dict.fromkeys(names, 1))
        self.assertEqual(frappe.db.get_value("Monitoring Run", "tick", "status"), "Succeeded")

    def test_killed_between_delivery_and_proof_nothing_is_told_again(self) -> None:
        name = self.event()
        handed_over = once(lambda: frappe.db.count(outbox.DOCTYPE, {"status": "Handed over"}))
        self.assertTrue(killed(self.tell, handed_over))
        frappe.db.set_value("Email Queue", self.queued(name), "status", "Sent")
        frappe.db.commit()
        self.age(minutes=16)
        run_tick()
        frappe.db.rollback()
        self.assertEqual((self.told()[name], self.rung_for(name)), (1, []))
        self.assertEqual(frappe.db.get_value(outbox.DOCTYPE, {"alert": name}, "status"), "Proven")
