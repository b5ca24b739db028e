"""Text that tries to be more than text: markup, line breaks and formulas on every way out of the site."""

from __future__ import annotations

import json
from email import message_from_string
from email.policy import default as modern
from io import BytesIO

import frappe
from openpyxl import load_workbook

from verenigingen.tests.support.delivery_support import DeliveryTest
from verenigingen.tests.support.support import configured
from verenigingen.tests.support.visitor import PAGE, Visitor
from verenigingen.tests.support.wire import PUBLIC, Wire, wired
from vuurtoren.notifications import outbox

TEXT = '=HYPERLINK("http://x","y") <script>alert(1)</script>\r\nBcc: thief@evil.example'
URL = "https://hooks.example.org/in"
SECRET = {"alert_webhook_secret": "a secret that both sides know"}
SLACK = "texts-test"


class TestTexts(DeliveryTest):
    def cleanup(self) -> None:
        super().cleanup()
        self.choose(webhook_url="", slack_webhook="")
        frappe.delete_doc("Slack Webhook URL", SLACK, force=True, ignore_missing=True)
        frappe.db.commit()

    def post(self, text: str = TEXT, answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n") -> Wire:
        """What one alert of this text sends over the wire, which leads nowhere."""
        self.event(text)
        with configured(**SECRET), wired() as wire:
            wire.answer = answer
            self.tell()
        return wire

    def test_a_mail_has_it_as_text_and_no_header_of_its_own(self) -> None:
        name = self.event(TEXT)
        self.tell()
        raw = str(frappe.db.get_value("Email Queue", {"reference_name": name}, "message"))
        mail = message_from_string(raw, policy=modern)
        self.assertIsNone(mail["Bcc"])
        self.assertNotIn("\n", mail["Subject"])
        html = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
        self.assertNotIn("<script>alert", html)
        self.assertIn("HYPERLINK", html)

    def test_a_webhook_gets_it_as_text_and_no_header_of_its_own(self) -> None:
        self.choose(channel_order="webhook\ndesk", webhook_url=URL)
        head, body = self.post().sent.split(b"\r\n\r\n", 1)
        self.assertNotIn(b"thief", head)
        message = json.loads(body)["alerts"][0]["message"]
        self.assertTrue(message.startswith("'=HYPERLINK"))
        self.assertIn("\nBcc: ", message)

    def test_a_redirect_to_a_link_local_address_is_not_followed_and_the_bell_rings(self) -> None:
        self.choose(channel_order="webhook\ndesk", webhook_url=URL)
        wire = self.post("redirected", b"HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\n\r\n")
        self.assertEqual(wire.connected, [(PUBLIC, 443, "hooks.example.org")])
        self.assertIn("redirects are not followed", self.failure("webhook"))
        self.assertTrue(self.bells())

    def test_slack_gets_it_escaped_through_frappes_own_address(self) -> None:
        address = {"webhook_name": SLACK, "webhook_url": "https://hooks.slack.example/services/x"}
        frappe.get_doc({"doctype": "Slack Webhook URL", **address}).insert(ignore_permissions=True)
        self.choose(channel_order="slack", slack_webhook=SLACK)
        head, body = self.post().sent.split(b"\r\n\r\n", 1)
        self.assertTrue(head.startswith(b"POST /services/x HTTP/1.1"))
        self.assertNotIn("<script", json.loads(body)["text"])
        self.assertEqual(frappe.db.get_value(outbox.DOCTYPE, {"channel": "slack"}, "status"), "Proven")

    def test_the_page_and_the_list_of_the_desk_have_it_as_text(self) -> None:
        name = self.event(TEXT)
        visitor = Visitor().sign_in("Administrator", "admin")
        page = visitor.get(PAGE).get_data(as_text=True)
        self.assertIn("HYPERLINK", page)
        self.assertNotIn("<script>alert(1)", page)
        row = json.loads(visitor.get(f"/api/resource/System Alert/{name}").data)["data"]
        self.assertNotIn("<script", row["message"])

    def test_no_cell_of_an_export_of_the_list_is_a_formula(self) -> None:
        """Without the id, which Frappe exports of no list on PostgreSQL."""
        self.event(TEXT)
        visitor = Visitor().sign_in("Administrator", "admin")
        asked = {
            "doctype": "System Alert",
            "file_format_type": "Excel",
            "title": "System Alert",
            "view": "Report",
            "fields": json.dumps(["`tabSystem Alert`.`message`"]),
            "filters": "[]",
            "order_by": "`tabSystem Alert`.`creation` desc",
            "start": "0",
            "page_length": "20",
        }
        answer = visitor.post("/api/method/frappe.desk.reportview.export_query", asked)
        self.assertEqual(answer.status_code, 200)
        cells = [cell for row in load_workbook(BytesIO(answer.data)).active.iter_rows() for cell in row]
        self.assertTrue(any("HYPERLINK" in str(cell.value) for cell in cells))
        self.assertEqual([cell.value for cell in cells if cell.data_type == "f"], [])
