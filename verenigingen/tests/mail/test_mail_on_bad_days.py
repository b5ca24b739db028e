"""Mail servers that refuse, hang, and accept and lose: Frappe's own queue, worked off by a real worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from pypika import Interval

from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.patience import happened
from verenigingen.tests.support.smtp_listener import Listener, smtp_listener
from verenigingen.tests.support.support import configured
from verenigingen.tests.support.worker import Worker, begin
from vuurtoren.alerts.people import people
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.values import QueuesState

BLACK_HOLES = int(os.environ.get("BLACK_HOLES", "20"))
"""How many messages vanish one after the other; 100 take about a minute."""
WAITED_SECONDS = 240
NO_LOGIN = {"disable_mail_smtp_authentication": 1, "mail_login": None, "mail_password": None}


def flush() -> None:
    """What Frappe's scheduler has a worker do every few minutes, four minutes after the last mail."""
    from frappe.email import queue

    mails = frappe.qb.DocType("Email Queue")
    waited = mails.creation - Interval(seconds=WAITED_SECONDS)
    frappe.qb.update(mails).set(mails.creation, waited).where(mails.status == "Not Sent").run()
    frappe.db.commit()
    frappe.flags.testing_email = True  # in a test run Frappe would send nothing
    frappe.local.outgoing_email_account = {}
    queue.flush()


def one_worker(_site: FrappeSite) -> QueuesState:
    return QueuesState((), 1, 1)


class TestMailOnBadDays(DeliveryTest):
    def setUp(self) -> None:
        super().setUp()
        frappe.db.delete("Email Queue", {"status": ("in", ("Not Sent", "Partially Sent"))})
        frappe.db.set_value("Email Account", {"enable_outgoing": 1}, "enable_outgoing", 0)
        frappe.db.commit()

    @contextmanager
    def server(self, **behaviour: bool) -> Iterator[Listener]:
        with smtp_listener(**behaviour) as listener, configured(mail_port=listener.port, **NO_LOGIN):
            yield listener

    def tick(self) -> None:
        self.age(minutes=4)
        self.tell()

    def everybody(self) -> list[str]:
        return sorted(people(self.site))

    def test_a_server_that_takes_the_message_is_the_proof(self) -> None:
        with self.server() as listener:
            name = self.event()
            self.tell()
            begin(flush).end()
            self.tick()
        self.assertEqual((len(listener.messages), self.state("email")), (1, ["Proven"]))
        self.assertEqual(self.rung_for(name), [])

    def test_a_server_that_refuses_rings_the_bell_within_two_ticks_and_is_quoted(self) -> None:
        with self.server(refuse_recipients=True):
            name = self.event()
            self.tell()
            for _ in range(2):
                begin(flush).end()
                self.tick()
        self.assertEqual(self.rung_for(name), self.everybody())
        self.assertIn("nobody of that name", self.failure("email"))

    def test_a_server_that_is_not_there_rings_the_bell_within_two_ticks(self) -> None:
        with configured(mail_port=1, **NO_LOGIN):
            name = self.event()
            self.tell()
            for _ in range(2):
                begin(flush).end()
                self.tick()
        self.assertEqual(self.rung_for(name), self.everybody())
        self.assertIn("Connection refused", self.failure("email"))

    def hanging(self, listener: Listener) -> Worker:
        """A worker that has called the server and waits for a word of it."""
        worker = begin(flush)
        happened(listener.called, "a worker that calls the mail server")
        return worker

    def test_a_black_hole_for_mail_rings_the_bell_within_two_ticks_in_every_run(self) -> None:
        with self.server(silent=True) as listener:
            worker = None
            for number in range(BLACK_HOLES):
                name = self.event(f"black hole {number}")
                self.tell()
                worker = worker or self.hanging(listener)
                for _ in range(2):
                    self.tick()
                with self.subTest(number=number):
                    self.assertEqual(self.rung_for(name), self.everybody())
            assert worker
            worker.kill()

    def test_with_one_worker_the_bell_has_rung_before_a_black_hole_can_hold_it(self) -> None:
        with self.server(silent=True) as listener, patch.object(FrappeSite, "queues", one_worker):
            name = self.event("black hole")
            self.tell()
            self.assertEqual(self.rung_for(name), self.everybody())
            worker = self.hanging(listener)
            for _ in range(2):
                self.tick()
            worker.kill()
        self.assertEqual(self.rung_for(name), self.everybody())

    def test_a_worker_killed_while_it_sends_leaves_a_bell_and_no_second_message(self) -> None:
        with self.server(silent=True) as listener:
            name = self.event()
            self.tell()
            worker = self.hanging(listener)
            frappe.db.rollback()
            self.assertEqual(frappe.db.get_value("Email Queue", self.queued(name), "status"), "Sending")
            worker.kill()
        with self.server() as listener:
            for _ in range(4):
                begin(flush).end()
                self.tick()
        self.assertEqual((self.rung_for(name), listener.messages), (self.everybody(), []))

    def test_what_a_server_accepts_and_loses_is_told_again_until_somebody_answers(self) -> None:
        """Nobody can see such a loss: the server's word counts as the proof, and only people can miss it."""
        self.choose(repeat_hours=24)
        with self.server() as listener:
            self.event()
            self.tell()
            begin(flush).end()
            self.tick()
            self.assertEqual(self.state("email"), ["Proven"])
            self.age(hours=24)
            self.tell()
            begin(flush).end()
        self.assertEqual(len(listener.messages), 2)

    def test_beside_a_server_that_accepts_and_loses_a_parallel_bell_rings_at_once(self) -> None:
        self.choose(parallel_channels="desk")
        with self.server():
            name = self.event()
            self.tell()
        self.assertEqual(self.rung_for(name), self.everybody())

    def test_without_an_account_the_bell_rings_at_once(self) -> None:
        with configured(mail_server=None):
            name = self.event()
            self.tell()
        self.assertEqual(self.rung_for(name), self.everybody())
        self.assertIn("Email Account", self.failure("email"))

    def test_mail_that_works_again_tells_what_was_refused(self) -> None:
        with configured(mute_emails=1):
            name = self.event()
            self.tell()
        with self.server() as listener:
            self.tick()
            begin(flush).end()
        self.assertEqual((len(listener.messages), self.rung_for(name)), (1, self.everybody()))
