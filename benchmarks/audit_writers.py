"""Writers whose transactions take 50 ms, with and without an audit event in each; in a bench."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from itertools import cycle, islice

import frappe

from benchmarks.audit_trails import MARK
from benchmarks.measuring import Row
from verenigingen.audit.recording import record
from verenigingen.site.errors import Busy
from verenigingen.site.frappe_site import FrappeSite

WRITERS = 16
TRANSACTION_SECONDS = 0.05
ROUNDS = 6
TITLE = "benchmark-writers"


def writer_rows(title: str, site_name: str, seconds: float) -> Iterator[Row]:
    """In turns with and without, several times, so that both meet the same machine."""
    each = seconds / ROUNDS
    done, refused, spent = {False: 0, True: 0}, 0, {False: 0.0, True: 0.0}
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        pool.starmap(_connect, [(site_name,)] * WRITERS, chunksize=1)
        for audited in islice(cycle((False, True)), ROUNDS):
            told = pool.starmap(_write_for, [(site_name, each, audited)] * WRITERS, chunksize=1)
            done[audited] += sum(count for count, _, _ in told)
            refused += sum(lost for _, lost, _ in told)
            spent[audited] += sum(cpu for _, _, cpu in told)
    frappe.db.delete("Note", {"title": ("like", f"{TITLE}%")})
    frappe.db.commit()
    shown = {audited: f"{count / (seconds / 2):,.0f} transactions/s" for audited, count in done.items()}
    cpu_ms = {audited: spent[audited] / max(1, done[audited]) * 1000 for audited in done}
    yield Row(
        f"{WRITERS} writers, {TRANSACTION_SECONDS * 1000:.0f} ms transactions, audited",
        f"{title}, {sum(done.values()):,} transactions",
        shown[True],
        goal="≥ 90 % of un-audited",
        compared=f"un-audited {shown[False]}: {done[True] / max(1, done[False]):.0%}; "
        f"CPU {cpu_ms[True]:.1f} and {cpu_ms[False]:.1f} ms each; {refused} refused",
    )


def _connect(site_name: str) -> None:
    if not getattr(frappe.local, "db", None):
        frappe.init(site=site_name)
        frappe.connect()
        frappe.set_user("Administrator")


def _write_for(site_name: str, seconds: float, audited: bool) -> tuple[int, int, float]:
    _connect(site_name)
    site, done, refused = FrappeSite(), 0, 0
    cpu, end = time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            _transaction(site, audited)
            site.commit()
            done += 1
        except Busy:
            site.rollback()
            refused += 1
    return done, refused, time.process_time() - cpu


def _transaction(site: FrappeSite, audited: bool) -> None:
    title = f"{TITLE}-{time.time_ns()}"
    frappe.get_doc({"doctype": "Note", "title": title, "content": "x"}).insert()
    time.sleep(TRANSACTION_SECONDS)
    if audited:
        details = {"amount": "25.00", "currency": "EUR"}
        about = ("Note", title, "payment_processed", "Compliant", details)
        record(site, "Payment Processing", *about, outcome={"batch": MARK})
