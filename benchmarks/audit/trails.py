"""Long audit trails to measure with: honest events, each different, written in bulk past the documents."""

from __future__ import annotations

from datetime import datetime, timedelta

from vuurtoren.audit.details.details_box import boxed
from vuurtoren.audit.seals.canonical import sealed_values, utc_text
from vuurtoren.audit.seals.keys import ensure_keys, newest_details_key
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

AT_ONCE = 1000
MARK = "BENCHMARK"
MARKS = (MARK, "SOAK")
"""The batch of every event that a benchmark writes."""
DETAILS = '{"amount":"%d.00","currency":"EUR","invoice":"ACC-SINV-2026-%07d","note":"%s"}'
NOTE = "maandelijkse contributie, automatische incasso; " * 4
STATUSES = ("Compliant", "Exception", "Compliant", "Pending Review")
PROCESSES = ("Payment Processing", "Mandate Creation", "Batch Generation", "Bank Submission")


def grow(site: Site, size: int) -> None:
    """Write events until the trail has that many, committing every thousand."""
    keys, present = (ensure_keys(site).mac[-1], newest_details_key(site)), site.count(LOG)
    start = site.now() - timedelta(days=1)
    for first in range(present, size, AT_ONCE):
        rows = [event(site, number, start, keys) for number in range(first, min(size, first + AT_ONCE))]
        site.insert_many(LOG, rows)
        site.commit()


def event(site: Site, number: int, start: datetime, keys: tuple[bytes, bytes]) -> Row:
    """One finished row, about as long as those of the SEPA code."""
    at_utc = site.to_utc(start + timedelta(milliseconds=number))
    at = site.from_utc(at_utc)
    mandate = f"SEPA-MAND-2026-{number % 50_000:05d}"
    row: Row = {
        "event_id": f"{number * 2654435761 % 2**32:08x}{number:024x}",
        "event_time_utc": utc_text(at_utc),
        "timestamp": at,
        "process_type": PROCESSES[number % 4],
        "action": "payment_processed",
        "compliance_status": STATUSES[number % 3],
        "severity": "info",
        "reference_doctype": "SEPA Mandate",
        "reference_name": mandate,
        "entity_name": f"SEPA Mandate/{mandate}",
        "user": "Administrator",
        "actor": "Administrator",
        "trace_id": f"{number // 10:032x}",
        "mandate": mandate,
        "batch": MARK,
        "amount_cents": number % 10_000,
        "currency": "EUR",
        "iban_masked": "NL91****4300",
        "iban_fingerprint": f"{number % 50_000:016x}",
        "details": DETAILS % (number % 100, number, NOTE),
        "sensitive_data": 0,
    }
    mac_key, details_key = keys
    row |= sealed_values(row, mac_key)
    row |= boxed(row, details_key, mac_key)
    # ordered by time, as the names of all entries are
    return row | {"name": f"{number:016x}", "creation": at, "modified": at, "owner": row["user"]}


def must_be_disposable(site: Site) -> None:
    """Raise SystemExit where the trail holds events that no benchmark wrote: they could not be told apart."""
    own = site.count(LOG) - site.count(LOG, {"batch": ("in", MARKS)})
    if own:
        raise SystemExit(
            f"{site.name} has {own} audit events of its own. These benchmarks write events that nobody can"
            " take out again: name a site made for that, and drop it afterwards."
        )
