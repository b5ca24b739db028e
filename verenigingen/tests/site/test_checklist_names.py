"""What the checklist's names ask of a real site: whether it has us, and what may be called over HTTP."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier
from vuurtoren.frappe_adapter.beside import checklist_names
from vuurtoren.names.checklist import ANSWERED
from vuurtoren.names.ours import module_of_ours, overridden_methods


class TestChecklistNames(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)

    def forget(self) -> None:
        setattr(frappe.local, checklist_names.KEPT, None)

    def test_a_site_that_has_us_is_ours(self) -> None:
        self.assertTrue(checklist_names.is_installed_here(carrier.app_name()))

    def test_a_site_that_has_not_is_not(self) -> None:
        with patch.object(frappe, "get_installed_apps", lambda: ["frappe"]):
            self.assertFalse(checklist_names.is_installed_here(carrier.app_name()))

    def test_it_is_asked_once_for_a_site(self) -> None:
        asked: list[str] = []
        with patch.object(frappe, "get_installed_apps", lambda: asked.append(frappe.local.site) or []):
            for site in ("one.made-up", "one.made-up", "two.made-up"):
                with patch.object(frappe.local, "site", site):
                    checklist_names.is_installed_here(carrier.app_name())
        self.assertEqual(asked, ["one.made-up", "two.made-up"])

    def test_what_takes_the_place_of_a_function_is_callable_as_that_was(self) -> None:
        @frappe.whitelist(methods=["POST"])
        def theirs() -> None: ...

        def ours(*args: Any) -> None: ...

        checklist_names.whitelist_like(theirs, ours)
        self.addCleanup(self._take_out, theirs, ours)
        self.assertTrue(checklist_names.is_whitelisted(ours))
        self.assertNotIn(ours, frappe.guest_methods)
        self.assertEqual(frappe.allowed_http_methods_for_whitelisted_func[ours], ["POST"])

    def _take_out(self, *functions: Any) -> None:
        for function in functions:
            frappe.whitelisted.remove(function)
            del frappe.allowed_http_methods_for_whitelisted_func[function]

    def test_every_name_of_the_checklist_is_one_of_ours(self) -> None:
        for module, names in ANSWERED.items():
            for name in names:
                with self.subTest(name=f"{module}.{name}"):
                    self.assertTrue(callable(frappe.get_attr(f"{module_of_ours(module)}.{name}")))

    def test_frappe_answers_with_ours_over_http_where_the_names_are_another_apps(self) -> None:
        hooks = frappe.get_hooks("override_whitelisted_methods", {})
        for theirs, mine in overridden_methods().items():
            with self.subTest(name=theirs):
                self.assertEqual(hooks.get(theirs), [mine])

    def test_no_other_site_is_asked_where_there_is_none(self) -> None:
        with patch.object(frappe.utils, "get_sites", lambda path=None: [frappe.local.site]):
            self.assertFalse(checklist_names.other_site_has(carrier.app_name()))

    def test_a_site_that_cannot_be_asked_may_have_the_app(self) -> None:
        with (
            patch.object(frappe.utils, "get_sites", lambda path=None: [frappe.local.site, "no.such.site"]),
            patch("threading.excepthook"),
        ):
            self.assertTrue(checklist_names.other_site_has(carrier.app_name()))
