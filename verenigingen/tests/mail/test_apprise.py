"""Addresses of other services are a password of the settings; what none took, the next channel tells."""

from __future__ import annotations

import json
from importlib.util import find_spec

import frappe

from verenigingen.tests.support.delivery_support import DeliveryTest
from vuurtoren.notifications import outbox
from vuurtoren.notifications.channels.apprise_channel import FIELD
from vuurtoren.settings.settings import DOCTYPE

SECRET = "bot-token-9317-of-the-board"


class TestApprise(DeliveryTest):
    def cleanup(self) -> None:
        self.choose(**{FIELD: ""})
        super().cleanup()

    def test_its_addresses_are_a_password(self) -> None:
        self.choose(**{FIELD: f"tgram://{SECRET}/12"})
        self.assertEqual(self.site.password(DOCTYPE, FIELD), f"tgram://{SECRET}/12")
        self.assertEqual(set(str(self.site.get_single(DOCTYPE)[FIELD])), {"*"})
        self.choose(repeat_hours=0)
        self.assertEqual(self.site.password(DOCTYPE, FIELD), f"tgram://{SECRET}/12")
        stored = frappe.db.sql("select * from `tabSingles` where doctype = %s", DOCTYPE)
        versions = frappe.get_all("Version", {"ref_doctype": DOCTYPE}, pluck="data")
        self.assertNotIn(SECRET, json.dumps([stored, versions], default=str))

    def test_without_an_address_the_next_channel_tells(self) -> None:
        self.choose(channel_order="apprise\ndesk", **{FIELD: ""})
        self.event()
        self.tell()
        self.assertEqual((self.state("apprise"), self.state("desk")), (["Failed"], ["Proven"]))

    def test_what_leads_inside_is_refused_and_the_next_channel_tells(self) -> None:
        if not find_spec("apprise"):
            self.skipTest("the library apprise is not in this bench")
        self.choose(channel_order="apprise\ndesk", **{FIELD: f"json://127.0.0.1:1/{SECRET}"})
        self.event()
        self.tell()
        self.assertEqual((self.state("apprise"), self.state("desk")), (["Failed"], ["Proven"]))
        rows = frappe.get_all(outbox.DOCTYPE, ["failure", "audience", "proof", "reference"])
        self.assertNotIn(SECRET, json.dumps(rows, default=str))
