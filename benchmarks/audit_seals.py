"""The seals of the audit trail in a bench: writers with late commits, sealing, and full verification.

    cd BENCH/sites && PYTHONPATH=APP ../env/bin/python -m benchmarks.audit_seals SITE [--rows N] [--writers N]

SITE is a scratch site: its audit rows are never taken out again, for the database refuses that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import time
from datetime import timedelta
from multiprocessing.synchronize import Event

import frappe

from benchmarks.measuring import Row, print_table
from verenigingen.audit.recording import complete, record
from verenigingen.audit.seals.keys import ensure_keys
from verenigingen.audit.seals.rows import with_seal
from verenigingen.audit.seals.sealer import seal
from verenigingen.audit.seals.tables import CHECKPOINT, LEAF, LOG
from verenigingen.audit.seals.verification import Anchor, verify
from verenigingen.site.frappe_site import FrappeSite

LATE_SHARE = 0.1
LONGEST_HOLD_SECONDS = 2.5
SEEDED_AT_ONCE = 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--written", type=int, default=20_000)
    given = parser.parse_args()
    _connect(given.site)
    site = FrappeSite()
    ensure_keys(site)
    frappe.db.commit()
    print_table(
        f"Seals, {site.platform}, MariaDB",
        [
            *_written_rows(given.site, given.written, given.writers),
            *_sealed_rows(site, given.rows),
            *_verified_rows(site),
        ],
    )


def _connect(site: str) -> None:
    frappe.init(site=site)
    frappe.connect()
    frappe.set_user("Administrator")


def _written_rows(site_name: str, count: int, writers: int) -> list[Row]:
    """Writers that hold some transactions open for seconds, beside a sealer that never stops."""
    site = FrappeSite()
    before = site.count(LOG)
    finished = multiprocessing.Event()
    sealer = multiprocessing.Process(target=_keep_sealing, args=(site_name, finished))
    workers = [
        multiprocessing.Process(target=_write, args=(site_name, number, count // writers))
        for number in range(writers)
    ]
    started = time.monotonic()
    for process in (sealer, *workers):
        process.start()
    for process in workers:
        process.join()
    seconds = time.monotonic() - started
    finished.set()
    sealer.join()
    frappe.db.rollback()
    seal(site)
    written, sealed = site.count(LOG) - before, site.count(LEAF)
    return [
        Row(
            f"{writers} writers, {LATE_SHARE:.0%} hold up to {LONGEST_HOLD_SECONDS} s",
            f"{written:,} rows",
            f"{written / seconds:,.0f} rows/s",
        ),
        Row(
            "written and not sealed at the end", f"{written:,} rows", f"{site.count(LOG) - sealed}", goal="0"
        ),
        Row(
            "asked for and not written",
            f"{written:,} rows",
            f"{count // writers * writers - written}",
            goal="0",
        ),
    ]


def _write(site_name: str, writer: int, count: int) -> None:
    _connect(site_name)
    site, chance, written = FrappeSite(), random.Random(writer), 0
    while written < count:
        for _ in range(min(chance.randrange(1, 10), count - written)):
            record(
                site,
                "Payment Processing",
                "Payment Request",
                f"P-{writer}-{written}",
                "processed",
                "Compliant",
            )
            written += 1
        if chance.random() < LATE_SHARE:
            time.sleep(chance.uniform(0.2, LONGEST_HOLD_SECONDS))
        frappe.db.commit()


def _keep_sealing(site_name: str, finished: Event) -> None:
    _connect(site_name)
    while not finished.wait(0.2):
        seal(FrappeSite())


def _sealed_rows(site: FrappeSite, count: int) -> list[Row]:
    now = site.now()
    for start in range(0, count, SEEDED_AT_ONCE):
        rows = []
        for number in range(start, start + SEEDED_AT_ONCE):
            values = {
                "process_type": "Payment Processing",
                "action": "processed",
                "compliance_status": "Compliant",
            }
            values |= {"details": {"amount": f"{number}.00", "currency": "EUR", "note": "x" * 400}}
            row = with_seal(site, complete(site, values))
            moment = now + timedelta(microseconds=number)
            rows.append(row | {"name": row["event_id"], "creation": moment, "modified": moment})
        site.insert_many(LOG, rows)
        frappe.db.commit()
    started = time.monotonic()
    done = seal(site)
    seconds = time.monotonic() - started
    return [
        Row(
            "sealing a backlog",
            f"{done.sealed:,} rows",
            f"{done.sealed / seconds:,.0f} rows/s",
            goal="≥ 5,000",
        )
    ]


def _verified_rows(site: FrappeSite) -> list[Row]:
    notes = site.get_all(CHECKPOINT, ["note"], order_by="sequence desc", limit=1)
    started = time.monotonic()
    result = verify(site, anchors=[Anchor.from_note(notes[0]["note"])])
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Row(
            "full verification",
            f"{result.rows_checked:,} rows",
            f"{result.rows_checked / seconds:,.0f} rows/s",
            goal="≥ 16,700",
        ),
        Row(
            "its peak memory, whole process",
            f"{result.rows_checked:,} rows",
            f"{peak_mb:,.0f} MB",
            goal="< 300 MB",
        ),
        Row("its answer", f"{len(result.findings)} findings", result.answer.split(":")[0], goal="ok"),
    ]


if __name__ == "__main__":
    main()
