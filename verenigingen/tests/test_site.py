"""The promises of every Site, kept by the connected Frappe site."""

from __future__ import annotations

import unittest

import frappe

from verenigingen.site import current_site
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.site.protocol import Site
from verenigingen.tests.site_contract import SiteContract


class TestFrappeSite(SiteContract, unittest.TestCase):
    def setUp(self) -> None:
        frappe.set_user("Administrator")
        super().setUp()

    def make_site(self) -> Site:
        return FrappeSite()

    def test_it_is_the_current_site(self) -> None:
        self.assertIsInstance(current_site(), FrappeSite)
