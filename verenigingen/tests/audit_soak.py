"""Many writers at once, some of which hold their transaction open while others pass, beside a busy sealer."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import frappe

from verenigingen.audit.recording import complete, record
from verenigingen.audit.refusal import GUARD
from verenigingen.audit.seals.canonical import LEAF_CONTEXT, TEXTS
from verenigingen.audit.seals.rows import with_seal
from verenigingen.audit.seals.sealer import seal
from verenigingen.audit.seals.tables import CHECKPOINT, LEAF, LOG, pages
from verenigingen.audit.seals.verification import Anchor, verify
from verenigingen.site.errors import Busy
from verenigingen.site.frappe_site import FrappeSite
from verenigingen.tests import reference_tree

PREFIX, MARK = "soak-", "SOAK"
LATE_SHARE = 0.1
HELD_SECONDS = (0.2, 2.5)
MOST_IN_ONE_TRANSACTION = 9
OUTCOME = {"amount_cents": 2500, "currency": "EUR", "batch": MARK}
WHOLE_SHARE = 0.05
"""Of all transactions so many write their events through documents, the others in bulk."""
SEALER_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Soak:
    """What was asked for and what came of it; `refused` are deadlocks and timeouts that a writer saw."""

    asked: int
    written: int
    sealed: int
    refused: int
    late: int
    seconds: float
    tampered: bool
    as_the_reference: bool

    @property
    def lost(self) -> int:
        return self.asked - min(self.written, self.sealed)


def soak(
    site_name: str,
    rows: int,
    writers: int,
    *,
    late_share: float = LATE_SHARE,
    whole_share: float = WHOLE_SHARE,
) -> Soak:
    """Write that many events with processes of their own while another seals; then check all of them.

    The site's trail keeps them: only `clear_trail` takes them away.
    """
    processes, sites_path = multiprocessing.get_context("spawn"), frappe.local.sites_path
    run, finished, started = f"{PREFIX}{time.time_ns():x}-", processes.Event(), time.monotonic()
    sealer = processes.Process(target=_keep_sealing, args=(sites_path, site_name, finished))
    sealer.start()
    each = [rows // writers + (number < rows % writers) for number in range(writers)]
    jobs = [
        (sites_path, site_name, f"{run}{number}-", count, late_share, whole_share)
        for number, count in enumerate(each)
    ]
    with processes.Pool(writers) as pool:
        told = pool.starmap(_write, jobs)
    seconds = time.monotonic() - started
    finished.set()
    sealer.join()
    return _checked(run, rows, told, seconds)


def _checked(run: str, asked: int, told: list[tuple[int, int]], seconds: float) -> Soak:
    site = FrappeSite()
    while seal(site, sweep=True).overtaken:
        pass
    site.rollback()
    rows, events, leaves = dict[str, bytes](), 0, list[bytes]()
    last = ""
    while page := _page(site, last):
        rows |= {row["event_id"]: _reference_leaf(row) for row in page}
        last = page[-1]["name"]
    for found in pages(site, LEAF, ["position", "event"], "position", 0):
        leaves += [rows[leaf["event"]] for leaf in found]
        events += sum(leaf["event"].startswith(run) for leaf in found)
    (newest,) = site.get_all(CHECKPOINT, ["root", "note"], order_by="sequence desc", limit=1)
    return Soak(
        asked,
        sum(event.startswith(run) for event in rows),
        events,
        sum(refused for refused, _ in told),
        sum(late for _, late in told),
        seconds,
        verify(site, anchors=[Anchor.from_note(newest["note"])]).tampered,
        reference_tree.root(leaves).hex() == newest["root"],
    )


def _page(site: FrappeSite, last: str) -> list[dict[str, Any]]:
    fields = ["name", *TEXTS, "amount_cents", "sensitive_data"]
    return site.get_all(LOG, fields, {"name": (">", last)}, order_by="name", limit=1000)


def _reference_leaf(row: dict[str, Any]) -> bytes:
    """The leaf as the specification says it, by the standard library and none of our code."""
    content = {name: row[name] for name in TEXTS} | {"sensitive_data": row["sensitive_data"], "v": 1}
    absent = row["amount_cents"] == 0 and row["currency"] is None
    content["amount_cents"] = None if absent else row["amount_cents"]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\0" + LEAF_CONTEXT + text.encode()).digest()


def _connect(sites_path: str, site_name: str) -> FrappeSite:
    frappe.init(site=site_name, sites_path=sites_path)
    frappe.connect()
    frappe.set_user("Administrator")
    return FrappeSite()


def _write(
    sites_path: str, site_name: str, mark: str, count: int, late_share: float, whole_share: float
) -> tuple[int, int]:
    site, chance, written, refused, late = _connect(sites_path, site_name), random.Random(mark), 0, 0, 0
    while written < count:
        batch = range(written, min(count, written + chance.randrange(1, MOST_IN_ONE_TRANSACTION)))
        try:
            in_bulk = chance.random() >= whole_share
            (_insert if in_bulk else _record)(site, [f"{mark}{number}" for number in batch])
            if chance.random() < late_share:
                late += 1
                time.sleep(chance.uniform(*HELD_SECONDS))
            site.commit()
            written = batch.stop
        except Busy:
            site.rollback()
            refused += 1
    frappe.destroy()
    return refused, late


def _record(site: FrappeSite, event_ids: list[str]) -> None:
    """The whole way through documents and their hooks."""
    for event_id in event_ids:
        known = _event(event_id)
        about = (known["reference_doctype"], event_id, known["action"], known["compliance_status"])
        record(site, known["process_type"], *about, known["details"], event_id=event_id, outcome=OUTCOME)


def _insert(site: FrappeSite, event_ids: list[str]) -> None:
    """The same rows past documents, with their guards: ten times as many in the same time."""
    rows = [with_seal(site, complete(site, _event(event_id))) for event_id in event_ids]
    names = [frappe.generate_hash(length=10) for _ in rows]
    site.insert_many(LOG, [row | {"name": name} for row, name in zip(rows, names, strict=True)])
    for name in names:
        site.guard_row(GUARD, name)


def _event(event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "process_type": "Payment Processing",
        "action": "processed",
        "compliance_status": "Compliant",
        "reference_doctype": "Payment Request",
        "reference_name": event_id,
        "details": {"amount": "25.00", "currency": "EUR", "note": "contributie"},
        **OUTCOME,
    }


def _keep_sealing(sites_path: str, site_name: str, finished: Event) -> None:
    site = _connect(sites_path, site_name)
    while not finished.wait(SEALER_PAUSE_SECONDS):
        seal(site)
    frappe.destroy()
