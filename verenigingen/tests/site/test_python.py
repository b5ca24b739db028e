"""The Python of this bench: no source of ours does what it warns of, and Frappe can read our signatures."""

from __future__ import annotations

import typing
import warnings
from importlib import import_module
from pathlib import Path

import frappe

from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier

APP = carrier.app_name()
PACKAGES = (APP, "vuurtoren")
ENDPOINTS = (f"{APP}.www.monitoring_dashboard", f"{APP}.utils.alert_manager")


def folder(package: str) -> Path:
    return Path(str(import_module(package).__file__)).parent


class TestPython(SiteTest):
    def test_no_source_gives_a_warning(self) -> None:
        for package in PACKAGES:
            for path in sorted(folder(package).rglob("*.py")):
                with self.subTest(path=str(path)), warnings.catch_warnings():
                    warnings.simplefilter("error")
                    compile(path.read_bytes(), str(path), "exec", dont_inherit=True)

    def test_the_types_of_every_endpoint_can_be_read(self) -> None:
        """Frappe 15 and 16 check the arguments of a request against them."""
        for name in ENDPOINTS:
            import_module(name)
        ours = [each for each in frappe.whitelisted if each.__module__.partition(".")[0] in PACKAGES]
        self.assertGreater(len(ours), 20)
        for function in ours:
            with self.subTest(function=f"{function.__module__}.{function.__qualname__}"):
                self.assertTrue(typing.get_type_hints(function))
