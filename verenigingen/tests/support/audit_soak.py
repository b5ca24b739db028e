"""Many writers at once, some of which hold their transaction open while others pass, beside a busy sealer."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import frappe

from verenigingen.tests.support import reference_tree
from verenigingen.tests.support.patience import SECONDS, joined, turns, until
from vuurtoren.audit.recording.recording import complete, record
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.canonical import LEAF_CONTEXT, TEXTS
from vuurtoren.audit.seals.rows import with_seal
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG, pages
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.errors import Busy

LONGEST_SECONDS = 4 * 3600.0
PREFIX, MARK = "soak-", "SOAK"
LATE_SHARE = 0.1
HELD_SECONDS = (0.2, 2.5)
MOST_IN_ONE_TRANSACTION = 9
OUTCOME = {"amount_cents": 2500, "currency": "EUR", "batch": MARK}
WHOLE_SHARE = 0.05
"""Of all transactions so many write their events through documents, the others in bulk."""
SEALER_PAUSE_SECONDS = 0.2
SECONDS_A_ROW = 0.5
"""Far more than a row takes; a writer that hangs is not waited for."""
MOST_REFUSALS = 1000
PAGE = 1000


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
    sealer = processes.Process(target=_keep_sealing, args=(sites_path, site_name, finished), daemon=True)
    sealer.start()
    each = [rows // writers + (number < rows % writers) for number in range(writers)]
    jobs = [
        (sites_path, site_name, f"{run}{number}-", count, late_share, whole_share)
        for number, count in enumerate(each)
    ]
    with processes.Pool(writers) as pool:
        told = pool.starmap_async(_write, jobs).get(SECONDS + rows * SECONDS_A_ROW)
    seconds = time.monotonic() - started
    finished.set()
    joined([sealer])
    return _checked(run, rows, told, seconds)


def _checked(run: str, asked: int, told: list[tuple[int, int]], seconds: float) -> Soak:
    site = FrappeSite()
    until(lambda: not seal(site, sweep=True).overtaken, "a sealer that is alone")
    site.rollback()
    rows, events, leaves = dict[str, bytes](), 0, list[bytes]()
    for page in _pages(site):
        rows |= {row["event_id"]: _reference_leaf(row) for row in page}
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


def _pages(site: FrappeSite) -> Iterator[list[dict[str, Any]]]:
    fields, last = ["name", *TEXTS, "amount_cents", "sensitive_data"], ""
    for _ in range(site.count(LOG) // PAGE + 1):
        page = site.get_all(LOG, fields, {"name": (">", last)}, order_by="name", limit=PAGE)
        if page:
            yield page
            last = page[-1]["name"]


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
            assert refused < MOST_REFUSALS, f"a writer was refused {refused} times"
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
    for _ in turns("sealing", seconds=LONGEST_SECONDS):
        if finished.wait(SEALER_PAUSE_SECONDS):
            break
        seal(site)
    frappe.destroy()
