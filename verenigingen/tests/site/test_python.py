"""The Python of this bench: no source of ours does what it warns of, Frappe can read our signatures, and a
worker has read what its jobs need."""

from __future__ import annotations

import subprocess
import sys
import typing
import warnings
from importlib import import_module
from pathlib import Path

import frappe

from verenigingen.commands import READ_AHEAD
from verenigingen.tests.support.support import SiteTest
from vuurtoren import carrier

APP = carrier.app_name()
PACKAGES = (APP, "vuurtoren")
ENDPOINTS = (f"{APP}.www.monitoring_dashboard", f"{APP}.utils.alert_manager")

BEGINS = "import sys, frappe.utils.bench_helper as bench; bench.get_app_groups(); print(*sys.modules); "
TICKS = """
from importlib import import_module
import frappe
jobs, before = import_module(sys.argv[3]), set(sys.modules)
frappe.init(site=sys.argv[4])
frappe.connect()
jobs.run_tick()
print(*(set(sys.modules) - before))
"""


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

    def test_a_worker_has_read_the_code_of_a_tick_and_other_commands_have_not(self) -> None:
        there = {name for name in READ_AHEAD if importable(name)}
        self.assertGreater(len(there), 10)
        for command in ("worker", "worker-pool"):
            with self.subTest(command=command):
                (read,) = self.lines_of(BEGINS, command)
                self.assertEqual(there - read, set())
        (read,) = self.lines_of(BEGINS, "schedule")
        self.assertNotIn("vuurtoren.rounds.taking_over", read)

    def test_a_tick_in_a_worker_reads_next_to_nothing_anew(self) -> None:
        read, anew = self.lines_of(BEGINS + TICKS, "worker", f"{APP}.monitoring_jobs", frappe.local.site)
        ours = {name for name in anew if name.startswith("vuurtoren.")}
        self.assertLess(len(ours), 10, ours)
        self.assertLess(len(anew), len(read) / 10)

    def lines_of(self, program: str, *arguments: str) -> list[set[str]]:
        """The words of each line that a program prints which begins as `bench` does."""
        command = [sys.executable, "-c", program, "frappe", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [set(line.split()) for line in done.stdout.splitlines()]


def importable(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True
