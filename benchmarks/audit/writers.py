"""Writers whose transactions wait 50 ms, with and without an audit event in each; in a bench."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.pool import Pool

import frappe
import psutil

from benchmarks.audit.trails import MARK
from benchmarks.measuring import Row, timed
from vuurtoren.audit.recording.recording import record
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.errors import Busy

WRITERS = 16
TRANSACTION_SECONDS = 0.05
ROUNDS = 6
"""How often the writers run without events and then with them."""
ALONE = 500
TITLE = "benchmark-writers"


@dataclass(frozen=True)
class Turn:
    """What all writers did in one turn; `machine_percent` of all cores was busy, whoever kept them so."""

    done: int
    refused: int
    per_second: float
    cpu_ms: float
    machine_percent: float


def event_row(title: str) -> Row:
    """One event after the other in one transaction, without anybody else, rolled back in the end."""
    site = FrappeSite()
    timing = timed(lambda: _audit(site, "x"), ALONE, warm_up=20)
    frappe.db.rollback()
    return Row.of("an audit event", f"{title}, {ALONE} events", timing, goal="p95 ≤ 2 ms")


def writer_rows(title: str, site_name: str, seconds: float) -> Iterator[Row]:
    """In turns without and with, several times, so that both meet the same machine."""
    turns: dict[bool, list[Turn]] = {False: [], True: []}
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        _turn(pool, site_name, seconds / ROUNDS / 4, True)
        for _ in range(ROUNDS):
            for audited in turns:
                turns[audited].append(_turn(pool, site_name, seconds / ROUNDS / 2, audited))
    frappe.db.delete("Note", {"title": ("like", f"{TITLE}%")})
    frappe.db.commit()
    size = f"{title}, {sum(turn.done for both in turns.values() for turn in both):,} transactions"
    what = f"{WRITERS} writers, {TRANSACTION_SECONDS * 1000:.0f} ms transactions"
    yield Row(f"{what}, un-audited", size, _pace(turns[False]), compared=_load(turns[False]))
    pairs = zip(turns[True], turns[False], strict=True)
    ratios = sorted(audited.per_second / max(1, plain.per_second) for audited, plain in pairs)
    ratio = f"median of {ROUNDS} pairs {statistics.median(ratios):.0%} ({ratios[0]:.0%} to {ratios[-1]:.0%})"
    compared = f"{ratio}; {_load(turns[True])}"
    yield Row(f"{what}, audited", size, _pace(turns[True]), goal="≥ 90 % of un-audited", compared=compared)


def _pace(turns: Sequence[Turn]) -> str:
    return f"{statistics.median(turn.per_second for turn in turns):,.0f} transactions/s"


def _load(turns: Sequence[Turn]) -> str:
    cpu_ms = statistics.median(turn.cpu_ms for turn in turns)
    busy = statistics.median(turn.machine_percent for turn in turns)
    refused = sum(turn.refused for turn in turns)
    cores = psutil.cpu_count()
    return f"CPU {cpu_ms:.1f} ms each, {cores} cores {busy:.0f} % busy, {refused} refused"


def _turn(pool: Pool, site_name: str, seconds: float, audited: bool) -> Turn:
    psutil.cpu_percent()
    started = time.monotonic()
    told = pool.starmap(_write_for, [(site_name, seconds, audited)] * WRITERS, chunksize=1)
    took, busy = time.monotonic() - started, psutil.cpu_percent()
    done = sum(count for count, _, _ in told)
    cpu_ms = sum(cpu for _, _, cpu in told) / max(1, done) * 1000
    return Turn(done, sum(lost for _, lost, _ in told), done / took, cpu_ms, busy)


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
    """The business waits for something, and then writes a document."""
    frappe.db.get_value("Note", {"title": TITLE})
    time.sleep(TRANSACTION_SECONDS)
    title = f"{TITLE}-{time.time_ns()}"
    frappe.get_doc({"doctype": "Note", "title": title, "content": "x"}).insert()
    if audited:
        _audit(site, title)


def _audit(site: FrappeSite, title: str) -> None:
    details = {"amount": "25.00", "currency": "EUR"}
    about = ("Note", title, "payment_processed", "Compliant", details)
    record(site, "Payment Processing", *about, outcome={"batch": MARK})
