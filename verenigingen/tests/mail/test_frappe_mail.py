"""Messages handed to the Email Queue, the reasons why not, and errors that are always logged."""

from __future__ import annotations

from email import message_from_string
from typing import Any

import frappe

from verenigingen.tests.support.support import SiteTest, configured, without_redis
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.values import Mail

SENDER = {
    "mail_server": "127.0.0.1",
    "mail_port": 1,
    "auto_email_id": "monitor@example.com",
    "mute_emails": None,
}


class TestMail(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        frappe.db.set_value("Email Account", {"enable_outgoing": 1}, "enable_outgoing", 0)

    def send(self, *recipients: str, **fields: Any) -> str:
        people = recipients or ("beheer@example.com",)
        given = {
            "subject": "[HIGH] site: häppened",
            "text": "Plain <b>text</b>",
            "html": "<p>Some <b>HTML</b></p>",
        }
        return self.site.sendmail(Mail(recipients=people, **(given | fields))).reference

    def test_a_message_waits_in_the_queue_and_its_row_is_named(self) -> None:
        with configured(**SENDER):
            row = frappe.get_doc("Email Queue", self.send())
        self.assertEqual(row.status, "Not Sent")
        self.assertEqual([person.recipient for person in row.recipients], ["beheer@example.com"])

    def test_a_message_has_both_bodies_as_they_were_written(self) -> None:
        with configured(**SENDER):
            row = frappe.get_doc("Email Queue", self.send())
        bodies = {
            part.get_content_type(): part.get_payload(decode=True).decode()
            for part in message_from_string(row.message).walk()
            if part.get_content_maintype() == "text"
        }
        self.assertIn("Plain <b>text</b>", bodies["text/plain"])
        self.assertIn("<b>HTML</b>", bodies["text/html"])

    def test_many_recipients_need_no_background_job(self) -> None:
        people = [f"person{number}@example.com" for number in range(45)]
        before = frappe.db.count("Email Queue")
        with configured(**SENDER):
            self.send(*people)
        self.assertEqual(frappe.db.count("Email Queue") - before, 3)

    def test_a_message_belongs_to_its_alert(self) -> None:
        with configured(**SENDER):
            name = self.send(reference_doctype="System Alert", reference_name="some-alert")
        self.assertEqual(frappe.db.get_value("Email Queue", name, "reference_name"), "some-alert")

    def test_without_an_outgoing_account_it_says_so(self) -> None:
        with configured(mail_server=None, mute_emails=None):
            self.assertIn("Email Account", self.site.mail().no_account_because)
            with self.assertRaises(MailNotAccepted) as refused:
                self.send()
        self.assertIn("Email Account", str(refused.exception))
        self.assertEqual(frappe.local.message_log, [])

    def test_muted_mail_is_not_accepted(self) -> None:
        with configured(**SENDER | {"mute_emails": 1}):
            self.assertIn("mute_emails", self.site.mail().muted_because)
            with self.assertRaises(MailNotAccepted):
                self.send()

    def test_a_message_is_queued_and_an_error_logged_without_redis(self) -> None:
        with without_redis(), configured(**SENDER):
            self.assertTrue(self.send())
            self.site.log_error("errors-test without redis", "text")
        frappe.db.rollback()
        self.assertEqual(self.site.count("Error Log", {"method": "errors-test without redis"}), 1)
        frappe.db.delete("Error Log", {"method": "errors-test without redis"})
        frappe.db.commit()

    def test_a_suspended_queue_is_named(self) -> None:
        frappe.db.set_default("suspend_email_queue", 1)
        try:
            with configured(**SENDER):
                self.assertIn("suspended", self.site.mail().suspended_because)
        finally:
            frappe.db.set_default("suspend_email_queue", 0)

    def test_a_message_that_nobody_would_get_is_not_accepted(self) -> None:
        frappe.get_doc(
            {"doctype": "Email Unsubscribe", "email": "gone@example.com", "global_unsubscribe": 1}
        ).insert(ignore_permissions=True)
        with configured(**SENDER), self.assertRaises(MailNotAccepted) as refused:
            self.send("gone@example.com")
        self.assertIn("unsubscribed", str(refused.exception))


class TestErrors(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._remove)

    def _remove(self) -> None:
        frappe.db.delete("Error Log", {"method": ("like", "errors-test%")})
        frappe.db.commit()

    def logged(self, title: str) -> list[Any]:
        return frappe.get_all("Error Log", ["method", "error"], {"method": ("like", f"{title}%")})

    def test_an_error_survives_the_rollback_of_what_failed(self) -> None:
        self.site.insert("Monitoring Run", {"job": "errors-test", "status": "Running"})
        self.site.log_error("errors-test rollback", "why")
        self.site.rollback()
        self.assertEqual(len(self.logged("errors-test rollback")), 1)
        self.assertIsNone(self.site.get("Monitoring Run", "errors-test"))

    def test_a_title_over_several_lines_does_not_trade_places_with_the_text(self) -> None:
        self.site.log_error("errors-test one\ntwo", "the text")
        self.assertEqual(
            [(r.method, r.error) for r in self.logged("errors-test")], [("errors-test one two", "the text")]
        )

    def test_an_empty_text_does_not_bring_in_local_variables(self) -> None:
        self.site.log_error("errors-test empty", "")
        self.assertEqual(self.logged("errors-test empty")[0].error, "errors-test empty")

    def test_logging_never_raises_even_when_nothing_can_be_written(self) -> None:
        with configured(db_port=1):
            self.site.log_error("errors-test no connection", "text")

    def test_what_anybody_logs_is_redacted(self) -> None:
        frappe.log_error(
            title="errors-test NL91ABNA0417164300", message="of NL91 ABNA 0417 1643 00, jan@example.nl"
        )
        row = self.logged("errors-test")[0]
        self.assertNotIn("ABNA", row.method + row.error)
        self.assertIn("NL91****4300", row.error)
        self.assertNotIn("jan@example.nl", row.error)

    def test_redaction_never_makes_a_title_too_long(self) -> None:
        title = "errors-test " + "pwd=a " * 21
        frappe.log_error(title=title.strip(), message="x")
        self.assertLessEqual(len(self.logged("errors-test")[0].method), 140)
