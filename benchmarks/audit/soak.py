"""A soak of the audit trail in a bench: late commits beside a busy sealer, then everything is checked.

    cd BENCH/sites && PYTHONPATH=APP ../env/bin/python -m benchmarks.audit.soak SITE [--rows N] [--writers N]

SITE must be a site to throw away: its audit rows are never taken out again, for the database refuses that.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import frappe

from benchmarks.audit.trails import must_be_disposable
from benchmarks.measuring import Row, print_table
from verenigingen.tests.support.audit_soak import HELD_SECONDS, soak
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.frappe_adapter.site import FrappeSite

WRITERS = 16


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=WRITERS)
    given = parser.parse_args()
    frappe.init(site=given.site)
    frappe.connect()
    must_be_disposable(FrappeSite())
    title = f"{FrappeSite().platform}, MariaDB"
    print_table("A soak of the audit trail", soak_rows(title, given.site, given.rows, given.writers))


def soak_rows(title: str, site_name: str, rows: int, writers: int = WRITERS) -> Iterator[Row]:
    ensure_keys(FrappeSite())
    frappe.db.commit()
    done = soak(site_name, rows, writers)
    held = f"{done.late:,} transactions held {HELD_SECONDS[0]} to {HELD_SECONDS[1]} s"
    pace = f"{done.asked / done.seconds:,.0f} rows/s; {held}"
    size = f"{title}, {rows:,} rows, {writers} writers"
    yield Row("soak: events lost", size, f"{done.lost}", goal="0", compared=pace)
    yield Row("soak: deadlocks and timeouts that a writer saw", size, f"{done.refused}", goal="0")
    whole = "as the reference" if done.as_the_reference else "ANOTHER ROOT"
    yield Row("soak: tree", size, f"{whole}, {'tampered' if done.tampered else 'verified'}", goal="equal")


if __name__ == "__main__":
    main()
