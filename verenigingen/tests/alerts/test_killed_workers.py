"""Workers that are killed in the middle of a tick: nothing is lost and nothing is told twice."""

from __future__ import annotations

import os
import signal
from itertools import count
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_queue
from rq import SimpleWorker

from verenigingen.monitoring_jobs import take_over_tick
from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.support import configured
from verenigingen.tests.support.worker import at, killed, once
from verenigingen.utils.alert_manager import run_tick
from vuurtoren import carrier
from vuurtoren.alerts.people import people
from vuurtoren.frappe_adapter import compat
from vuurtoren.notifications import outbox
from vuurtoren.rounds.checks import Round

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
        # beside another app something else may be wrong too, and follow from it
        with_its_cause = {"reason": "told with its cause"}
        held = set(frappe.get_all("Alert Notification", with_its_cause, pluck="alert"))
        names = set(frappe.get_all("System Alert", pluck="name")) - held
        self.assertTrue(names)
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


class TestJobOfADeadWorker(DeliveryTest):
    """The queue's job of the tick, which a real RQ worker begins and does not end."""

    def setUp(self) -> None:
        super().setUp()
        method = f"{carrier.app_name()}.monitoring_jobs.run_tick"
        self.scheduled = frappe.get_doc("Scheduled Job Type", {"method": method})
        self.method = method
        self.queue = get_queue("default")
        self.assertTrue(self.scheduled.enqueue(force=True))
        self.job = compat.rq_job(self.scheduled.rq_job_id)
        self.addCleanup(self.job.delete)

    def begin(self) -> None:
        """A worker takes the job out of its queue, and is killed while it measures."""
        self.queue.remove(self.job)
        self.assertTrue(killed(self.work, lambda number, made: False))

    def work(self) -> None:
        def die(round_: Round) -> str:
            os.kill(os.getpid(), signal.SIGKILL)
            return ""

        with patch.object(Round, "measure", die):
            worker = SimpleWorker([self.queue], connection=self.queue.connection)
            worker.execute_job(self.job, self.queue)

    def beats_no_more(self) -> None:
        """As if a minute and a half had passed since the last beat."""
        self.age(minutes=1.5)
        registry = self.job.started_job_registry
        for beat in compat.rq_job_beats(self.job):
            registry.connection.zadd(registry.key, {beat: 1})

    def run_of_the_tick(self) -> tuple[str, int]:
        frappe.db.rollback()
        row = frappe.db.get_value("Monitoring Run", "tick", ["status", "runs_today"])
        return tuple(row) if row else ("", 0)

    def test_while_its_worker_beats_it_is_left_to_it(self) -> None:
        self.begin()
        take_over_tick()
        self.assertEqual(self.run_of_the_tick(), ("Running", 0))
        self.assertTrue(self.scheduled.is_job_in_queue())

    def test_of_a_dead_worker_the_tick_is_done_once_and_the_scheduler_goes_on(self) -> None:
        self.begin()
        self.beats_no_more()
        self.assertTrue(self.scheduled.is_job_in_queue(), "Frappe takes it for a job that runs")
        for _ in range(2):
            take_over_tick()
            self.assertEqual(self.run_of_the_tick(), ("Succeeded", 1))
        self.assertEqual(compat.rq_job_beats(self.job), {})
        self.assertTrue(self.scheduled.enqueue(force=True))

    def test_a_worker_of_another_machine_is_taken_over_as_soon(self) -> None:
        self.begin()
        self.site.update("Monitoring Run", "tick", {"holder": "elsewhere:1"})
        self.site.commit()
        self.beats_no_more()
        take_over_tick()
        self.assertEqual(self.run_of_the_tick(), ("Succeeded", 1))

    def test_a_job_that_waits_is_left_in_its_queue(self) -> None:
        self.assertFalse(self.site.release_job(self.method))
        self.assertTrue(self.scheduled.is_job_in_queue())

    def test_a_job_that_waits_in_no_queue_is_given_free(self) -> None:
        self.queue.remove(self.job)
        self.assertTrue(self.scheduled.is_job_in_queue())
        self.assertTrue(self.site.release_job(self.method))
        self.assertFalse(self.scheduled.is_job_in_queue())
