"""Messages on a real bench: the queue of Frappe, its bell, and what happens when mail goes nowhere."""

import threading
from email import message_from_string

import frappe

from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.patience import joined
from verenigingen.tests.support.support import configured, without_redis
from vuurtoren.alerts import alerts
from vuurtoren.alerts.people import people
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.notifications import outbox
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings


class TestDelivery(DeliveryTest):
    def test_a_message_is_proven_once_frappe_has_sent_it(self) -> None:
        name = self.event()
        self.tell()
        self.assertEqual(self.state("email"), ["Handed over"])
        frappe.db.set_value("Email Queue", self.queued(name), "status", "Sent")
        self.tell()
        self.assertEqual((self.state("email"), self.state("desk")), (["Proven"], []))

    def test_mail_that_goes_nowhere_rings_the_bell_within_two_ticks(self) -> None:
        for number in range(5):
            with self.subTest(number=number):
                name = self.event(f"black hole {number}")
                self.tell()
                for _ in range(2):
                    self.age(minutes=4)
                    self.tell()
                rung = {bell["for_user"] for bell in self.bells() if bell["document_name"] == name}
                self.assertEqual(rung, set(people(self.site)))

    def test_an_error_of_the_queue_rings_the_bell_at_the_next_tick_with_its_reason(self) -> None:
        name = self.event()
        self.tell()
        frappe.db.set_value(
            "Email Queue",
            self.queued(name),
            {"status": "Error", "error": "Traceback\nSMTPAuthenticationError: 535"},
        )
        self.tell()
        self.assertEqual((self.state("email"), self.state("desk")), (["Not proven"], ["Proven"]))
        failure = frappe.db.get_value(outbox.DOCTYPE, {"channel": "email"}, "failure")
        self.assertIn("SMTPAuthenticationError: 535", failure)

    def test_a_message_that_vanished_from_the_queue_rings_the_bell(self) -> None:
        self.event()
        self.tell()
        frappe.db.delete("Email Queue", {"reference_doctype": "System Alert"})
        self.tell()
        self.assertEqual((self.state("email"), self.state("desk")), (["Not proven"], ["Proven"]))

    def test_a_suspended_queue_rings_the_bell_at_once(self) -> None:
        frappe.db.set_default("suspend_email_queue", 1)
        self.event()
        self.tell()
        self.assertEqual((self.state("email"), self.state("desk")), (["Not proven"], ["Proven"]))

    def test_muted_mail_rings_the_bell_at_once(self) -> None:
        self.event()
        with configured(mute_emails=1):
            self.tell()
        self.assertEqual((self.state("email"), self.state("desk")), (["Failed"], ["Proven"]))

    def test_with_redis_gone_the_bell_is_stored_all_the_same(self) -> None:
        name = self.event()
        with configured(mute_emails=1), without_redis():
            self.tell()
        rung = {bell["for_user"] for bell in self.bells() if bell["document_name"] == name}
        self.assertEqual(rung, set(people(self.site)))

    def test_the_bell_shows_text_as_text_and_leads_to_the_alert(self) -> None:
        self.choose(channel_order="desk")
        name = self.event("=1+1 <script>alert(1)</script>\nsecond line")
        self.tell()
        for bell in self.bells():
            self.assertNotIn("<script", bell["subject"] + bell["email_content"])
            self.assertIn("=1+1", bell["subject"])
            self.assertEqual((bell["document_type"], bell["document_name"]), ("System Alert", name))

    def test_the_bell_sends_no_mail_of_its_own(self) -> None:
        before = frappe.db.count("Email Queue")
        self.choose(channel_order="desk")
        self.event()
        self.tell()
        self.assertEqual(frappe.db.count("Email Queue"), before)

    def test_the_end_answers_the_first_mail_of_its_alert(self) -> None:
        name = self.event()
        self.site.update("System Alert", name, {"kind": "Breach"})
        self.tell()
        alerts.resolve(self.site, name, settings=settings.read(self.site))
        self.site.commit()
        self.tell()
        first, second = frappe.get_all(
            "Email Queue", ["message_id", "message"], {"reference_name": name}, order_by="creation"
        )
        self.assertEqual(first.message_id, f"alert-{name}@{frappe.local.site}")
        self.assertNotEqual(second.message_id, first.message_id)
        headers = message_from_string(second.message)
        self.assertEqual(headers["In-Reply-To"], f"<{first.message_id}>")
        self.assertIn("Subject", headers)
        self.assertEqual(headers["References"], f"<{first.message_id}>")
        for message in (first.message, second.message):
            told = message_from_string(message)
            self.assertEqual(told.get_all("Auto-Submitted"), ["auto-generated"])
            self.assertEqual(told.get_all("List-Post"), ["NO"])
            self.assertIn(f"<monitoring.{self.site.name}>", told["List-Id"])
            self.assertEqual(told["List-Archive"], f"<{self.site.url('monitoring_dashboard/alerts')}>")

    def test_several_deliverers_at_once_ring_once(self) -> None:
        self.choose(channel_order="desk")
        for number in range(4):
            self.event(f"thing {number}")
        failures: list[BaseException] = []
        name = frappe.local.site

        def work() -> None:
            try:
                frappe.init(site=name)
                frappe.connect()
                other = FrappeSite()
                deliver(other, settings.read(other))
            except Exception as failure:
                failures.append(failure)
            finally:
                frappe.destroy()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        joined(workers)
        frappe.db.rollback()
        self.tell()
        self.assertEqual(failures, [])
        self.assertEqual(len(self.bells()), 4 * len(people(self.site)))
        self.assertEqual(self.state("desk"), ["Proven"] * 4)

    def test_people_read_deliveries_and_change_nothing(self) -> None:
        meta = frappe.get_meta(outbox.DOCTYPE)
        self.assertEqual(
            {rule.role for rule in meta.permissions}, {"System Manager", "Verenigingen Administrator"}
        )
        self.assertFalse(any(rule.write or rule.create or rule.delete for rule in meta.permissions))
