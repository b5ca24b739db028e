"""The audit rows of the table inside a bench, on MariaDB; run by its own Python from its sites folder.

The site must be one to throw away: its audit events are never taken out again, for the database refuses that.
"""

from __future__ import annotations

import argparse
import unittest
from collections.abc import Iterator
from itertools import chain

import frappe

from benchmarks.audit import planted as audit_planted
from benchmarks.audit.seals import seal_rows
from benchmarks.audit.soak import soak_rows
from benchmarks.audit.trails import must_be_disposable
from benchmarks.audit.writers import event_row, writer_rows
from benchmarks.measuring import Row, print_table
from verenigingen.tests.audit.test_no_iban_anywhere import TestNoIbanAnywhere
from vuurtoren.frappe_adapter.site import FrappeSite


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("--audit-rows", type=int, required=True)
    parser.add_argument("--soak-rows", type=int, required=True)
    parser.add_argument("--writer-seconds", type=float, required=True)
    given = parser.parse_args()
    site = connect(given.site)
    must_be_disposable(site)
    title = f"{site.platform}, MariaDB"
    print_table("The audit trail: personal data", _planted_rows(title))
    writers = writer_rows(title, given.site, given.writer_seconds * 3)
    print_table("The audit trail: writers", chain([event_row(title)], writers))
    print_table("The audit trail: a soak", soak_rows(title, given.site, given.soak_rows))
    sealed = seal_rows(title, connect, (given.site,), given.audit_rows)
    print_table("The audit trail: sealing and verifying", sealed)


def connect(site_name: str) -> FrappeSite:
    if not getattr(frappe.local, "db", None):
        frappe.init(site=site_name)
        frappe.connect()
        frappe.set_user("Administrator")
    return FrappeSite()


def _planted_rows(title: str) -> Iterator[Row]:
    """The in-bench test itself: database dump, logs of bench and site, private files, Email Queue."""
    result = unittest.TestResult()
    TestNoIbanAnywhere("test_it_is_in_no_table_no_log_and_no_message").run(result)
    problems = [text.strip().splitlines()[-1] for _, text in (*result.failures, *result.errors)]
    said = "0" if result.wasSuccessful() else f"found or not searched: {'; '.join(problems)}"
    yield Row(audit_planted.WHAT, f"{title}, 12 paths and Frappe's own Error Log", said, goal="0")


if __name__ == "__main__":
    main()
