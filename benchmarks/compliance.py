"""What the scan of the SEPA rules costs: everything, and a day's changes; each in a process of its own.

`python -m benchmarks.compliance scan|changes FOLDER` is what `rows` runs, to know the memory of one scan.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import vuurtoren.embedded.demo
from benchmarks.measuring import Row
from vuurtoren.compliance import scanning
from vuurtoren.compliance.reading.world import World
from vuurtoren.embedded.demo.dues.accounts import test_iban
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

HOST_DOCTYPES = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")
ROOT = Path(__file__).resolve().parent.parent
USAGES = 10
LINES = 10_000
CHANGED = 500
"""Mandates that are written on a day."""
AT_ONCE = 20_000
GOAL = "≤ 60 s, ≤ 300 MB"


def rows(mandates: int) -> Iterator[Row]:
    """The whole scan, the second one, and that of a day's changes."""
    with tempfile.TemporaryDirectory() as folder:
        site = open_site(Path(folder))
        fill(site, mandates)
        site.store.close()
        size = f"SQLite, {mandates:,} mandates, {mandates * USAGES:,} usages, a batch of {LINES:,}"
        for what, told in (("whole scan", "scan"), ("whole scan, again", "scan")):
            done = _in_a_process(told, folder)
            yield Row(
                what,
                size,
                f"{done['seconds']:.1f} s (CPU {done['cpu']:.1f} s)",
                "",
                GOAL,
                f"{done['rss_mb']} MB, {done['records']:,} records",
            )
        for changed, write in (
            (f"{CHANGED} mandates written that the batch collects on", touch),
            (f"the batch of {LINES:,} written", touch_the_batch),
        ):
            site = open_site(Path(folder))
            write(site)
            site.store.close()
            done = _in_a_process("changes", folder)
            yield Row(
                "scan of changes",
                changed,
                f"{done['seconds']:.2f} s (CPU {done['cpu']:.2f} s)",
                "",
                "≤ 2 s",
                f"{done['records']:,} records",
            )


def open_site(folder: Path) -> SQLiteSite:
    return SQLiteSite(folder / "site", extra_schema=[HOST_DOCTYPES], config={"time_zone": "Europe/Amsterdam"})


def fill(site: SQLiteSite, mandates: int) -> None:
    """Sound mandates of as many members, each collected on for ten months, and one batch of the next."""
    today = site.now().date()
    written = datetime.combine(today - timedelta(days=30), datetime.min.time())
    months = [today - timedelta(days=30 * number) for number in range(1, USAGES + 1)]
    for start in range(0, mandates, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, mandates))
        site.seed("Member", (_member(number, written) for number in numbers))
        site.seed("SEPA Mandate", (_mandate(number, written) for number in numbers))
        site.seed(
            "SEPA Mandate Usage", (_usage(number, day, written) for number in numbers for day in months)
        )
        site.commit()
    due = today + timedelta(days=14)
    batch = {"name": "B-NEXT", "batch_date": due, "status": "Draft", "currency": "EUR"}
    site.seed("Direct Debit Batch", [batch | {"creation": written}])
    lines = range(min(LINES, mandates))
    site.seed(
        "Sales Invoice",
        ({"name": f"SINV-{n}", "outstanding_amount": 15.0, "status": "Unpaid"} for n in lines),
    )
    site.seed("Direct Debit Batch Invoice", (_line(number) for number in lines))
    site.commit()


def touch(site: SQLiteSite) -> None:
    """A day's work: mandates that the next batch collects on, some of them so that they break a rule."""
    for number in range(CHANGED):
        site.update(
            "SEPA Mandate", f"M-{number:07d}", {"account_holder_name": "" if number % 50 == 0 else "A"}
        )
    site.commit()


def touch_the_batch(site: SQLiteSite) -> None:
    """All that was written before is judged already; then somebody saves the batch."""
    scanning.remember(World(site), site.now() + scanning.OVERLAP)
    site.update("Direct Debit Batch", "B-NEXT", {"modified": site.now() + 2 * scanning.OVERLAP})
    site.commit()


def _member(number: int, written: datetime) -> dict[str, Any]:
    return {"name": f"P-{number:07d}", "status": "Active", "iban": test_iban(number), "creation": written}


def _mandate(number: int, written: datetime) -> dict[str, Any]:
    return {
        "name": f"M-{number:07d}",
        "mandate_id": f"LIGHT-{number:07d}",
        "member": f"P-{number:07d}",
        "status": "Active",
        "is_active": 1,
        "mandate_type": "RCUR",
        "account_holder_name": "A",
        "iban": test_iban(number),
        "sign_date": date(2020, 1, 2),
        "creation": written,
    }


def _usage(number: int, day: date, written: datetime) -> dict[str, Any]:
    return {
        "name": f"U-{number:07d}-{day:%y%m%d}",
        "parent": f"M-{number:07d}",
        "parenttype": "SEPA Mandate",
        "parentfield": "usage_history",
        "usage_date": day,
        "sequence_type": "RCUR",
        "amount": 15.0,
        "status": "Collected",
        "creation": written,
    }


def _line(number: int) -> dict[str, Any]:
    return {
        "parent": "B-NEXT",
        "parenttype": "Direct Debit Batch",
        "parentfield": "invoices",
        "invoice": f"SINV-{number}",
        "member": f"P-{number:07d}",
        "amount": 15.0,
        "currency": "EUR",
        "iban": test_iban(number),
        "mandate_reference": f"LIGHT-{number:07d}",
        "status": "Pending",
    }


def _in_a_process(what: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.compliance", what, folder]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2])
    site = open_site(folder)
    began, cpu_began = time.perf_counter(), time.process_time()
    done = scanning.scan_changes(site) if what == "changes" else scanning.scan(site)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps({"seconds": seconds, "cpu": cpu, "rss_mb": rss_mb, "records": done.records if done else 0})
    )


if __name__ == "__main__":
    main()
