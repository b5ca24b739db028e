"""The promises of every Site, kept by the connected Frappe site."""

from __future__ import annotations

import unittest

import frappe

from verenigingen.tests.contracts.site_contract import SiteContract
from verenigingen.tests.support.support import bounded
from vuurtoren.composition import current_site
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.translations import CONTEXT


class TestFrappeSite(SiteContract, unittest.TestCase):
    def setUp(self) -> None:
        bounded(self)
        frappe.set_user("Administrator")
        super().setUp()

    def make_site(self) -> Site:
        return FrappeSite()

    def test_it_is_the_current_site(self) -> None:
        self.assertIsInstance(current_site(), FrappeSite)

    def test_our_words_are_ours_and_those_of_others_theirs(self) -> None:
        before = frappe.local.lang
        self.addCleanup(setattr, frappe.local, "lang", before)
        frappe.local.lang = "nl"
        theirs = frappe._("Reason")
        made = frappe.get_doc(
            {
                "doctype": "Translation",
                "language": "nl",
                "source_text": "Reason",
                "translated_text": "Waarom wij",
                "context": CONTEXT,
            }
        ).insert(ignore_permissions=True)
        self.addCleanup(made.delete, ignore_permissions=True)
        site = FrappeSite()
        self.assertEqual(site.translate("Reason"), "Waarom wij")
        self.assertEqual(frappe._("Reason"), theirs)
        self.assertEqual(site.translate("Amend"), frappe._("Amend"))  # a word of Frappe alone
        self.assertEqual(site.translate("a text that nobody translated"), "a text that nobody translated")
